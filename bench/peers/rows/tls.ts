import { fanOut } from "../fanout.ts";
import { type Ours, startOurs } from "../ours.ts";
import type { Contender, Row } from "../row.ts";

const PLAYERS = 100;

/** What TLS adds, of HTTP-FLV and RTMP. */
export const tls: Row = {
  title: `Media to ${PLAYERS} players`,
  unit: "CPU-s/GB",
  contenders: [false, true].flatMap((isNative) => [
    player("HTTP-FLV", isNative, ({ http }) => `http://127.0.0.1:${http}/live/bench.flv`),
    player("HTTPS-FLV", isNative, ({ https }) => `https://127.0.0.1:${https}/live/bench.flv`),
    player("RTMP", isNative, ({ rtmp }) => `rtmp://127.0.0.1:${rtmp}/live/bench`),
    player("RTMPS", isNative, ({ rtmps }) => `rtmps://127.0.0.1:${rtmps}/live/bench`),
  ]),
};

function player(protocol: string, isNative: boolean, url: (server: Ours) => string): Contender {
  const name = isNative ? `${protocol}, native` : protocol;
  return {
    name,
    measure: async (seconds) => {
      const server = await startOurs([], { isNative });
      const live = { name, server, publish: server.rtmp, play: url(server) };
      return (await fanOut(live, PLAYERS, seconds)).secondsPerGigabyte;
    },
  };
}
