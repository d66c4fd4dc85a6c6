/** The control interface: what is asked of the server, with the token of this tab. */

const KEY = "mona token";
const BASE = "/api/v1";

/** Milliseconds until a stream of events that broke is opened again. */
const RETRY = 2000;

/** An answer that says no, or none at all (status 0). */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const watchers = new Set();

/** Who this tab is, and whether the server is there. */
export const connection = {
  token: sessionStorage.getItem(KEY) ?? "",
  isUp: true,
  /** The server refused the token that was given. */
  isRefused: false,
};

function change(values) {
  if (Object.entries(values).every(([name, value]) => connection[name] === value)) return;
  Object.assign(connection, values);
  for (const watcher of [...watchers]) watcher();
}

/** Hears of changes of {@link connection}; returns how to hear no more. */
export function watch(watcher) {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function logIn(token) {
  if (token === "") sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
  change({ token, isRefused: false });
}

/** Asks whether a token is the right one, and keeps it if it is. @throws {ApiError} */
export async function tryToken(token) {
  await ask("/overview", { token });
  logIn(token);
}

async function request(path, { method = "GET", body, signal, headers = {}, token = connection.token } = {}) {
  let response;
  try {
    response = await fetch(`${BASE}${path}`, {
      method,
      signal,
      cache: "no-store",
      headers: {
        authorization: `Bearer ${token}`,
        ...body === undefined ? {} : { "content-type": "application/json" },
        ...headers,
      },
      ...body === undefined ? {} : { body: JSON.stringify(body) },
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    change({ isUp: false });
    throw new ApiError(0, "The server does not answer.");
  }
  change({ isUp: true });
  if (response.ok) return response;
  if (response.status === 401 && token === connection.token) {
    sessionStorage.removeItem(KEY);
    change({ token: "", isRefused: token !== "" });
  }
  let message = `The server answered ${response.status}.`;
  try {
    const { error } = await response.json();
    if (typeof error === "string") message = error;
  } catch {
    // The status has to do.
  }
  throw new ApiError(response.status, message);
}

/** The JSON of an answer. @throws {ApiError} */
export async function ask(path, options) {
  return await (await request(path, options)).json();
}

/** Does something; its body is an object. @throws {ApiError} */
export const act = (path, body = {}) => ask(path, { method: "POST", body });
export const remove = (path) => ask(path, { method: "DELETE" });

/** A path with a query of what is not empty. */
export function withQuery(path, values) {
  const query = new URLSearchParams(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ""),
  );
  return query.size === 0 ? path : `${path}?${query}`;
}

/** A name as one part of a path. */
export const part = (name) => encodeURIComponent(name);

/** Where media for a preview come from, and what to send along. */
export const preview = (name) => ({
  url: `${BASE}/publications/${part(name)}/preview.flv`,
  headers: { authorization: `Bearer ${connection.token}` },
});

/**
 * Server-sent events until the signal stops them, over a restart of the server too: EventSource
 * sends no token.
 * @param onEvent called with the kind and the data of each
 */
export async function follow(path, onEvent, signal) {
  let last;
  while (!signal.aborted) {
    try {
      const headers = last === undefined ? {} : { "last-event-id": last };
      const { body } = await request(path, { signal, headers });
      for await (const event of eventsIn(body)) {
        last = event.id ?? last;
        onEvent(event.kind, event.data);
      }
    } catch (error) {
      if (signal.aborted) return;
      if (error.status === 401) return;
      // A server that was started again counts from 1.
      last = undefined;
    }
    await new Promise((resume) => setTimeout(resume, RETRY));
  }
}

async function* eventsIn(body) {
  const decoder = new TextDecoder();
  let rest = "";
  const reader = body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const event = eventOf(block);
      if (event !== undefined) yield event;
    }
  }
}

function eventOf(block) {
  const fields = Object.fromEntries(
    block.split("\n").filter((line) => !line.startsWith(":")).map((line) => {
      const at = line.indexOf(": ");
      return [line.slice(0, at), line.slice(at + 2)];
    }),
  );
  if (fields.event === undefined || fields.data === undefined) return undefined;
  return { kind: fields.event, id: fields.id, data: JSON.parse(fields.data) };
}
