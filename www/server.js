// What the server lists, and where it is reached.

/** A server that cannot be asked, or gives no list: the message says which. */
export class NoList extends Error {}

/**
 * Asks the function `streams` of the root application (main.lua).
 * @returns {Promise<{streams: object[], ports: {rtmp: number, rtmps: number}}>}
 * @throws {NoList}
 */
export async function listStreams() {
  let response;
  try {
    response = await fetch("/streams", { cache: "no-store" });
  } catch {
    throw new NoList("The server does not answer. Trying again…");
  }
  if (!response.ok) {
    await response.body?.cancel();
    throw new NoList(
      response.status === 404
        ? "This server does not say what is live: its main.lua has no function streams."
        : `This server does not say what is live (${response.status}).`,
    );
  }
  const [streams, rtmp = 1935, rtmps = 0] = await response.json();
  // An empty table of Lua is an empty object.
  const list = Array.isArray(streams) ? streams : Object.values(streams);
  return { streams: list, ports: { rtmp, rtmps } };
}

/** Where encoders and players of RTMP connect to; undefined when there is no such port. */
export function rtmpServer({ rtmp, rtmps }) {
  const isSecure = location.protocol === "https:" && rtmps > 0;
  const [scheme, port, usual] = isSecure ? ["rtmps", rtmps, 443] : ["rtmp", rtmp, 1935];
  if (!(port > 0)) return undefined;
  return `${scheme}://${location.hostname}${port === usual ? "" : `:${port}`}/live`;
}

/** The path of a stream of the application /live, without a container's extension. */
export const pathOf = (name) => `/live/${name.split("/").map(encodeURIComponent).join("/")}`;
