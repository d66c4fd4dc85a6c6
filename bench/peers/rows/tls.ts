import { fanOutRow, player } from "../fanout.ts";
import { type Ours, startOurs } from "../ours.ts";
import type { Row } from "../row.ts";

const URLS: Readonly<Record<string, (server: Ours) => string>> = {
  "HTTP-FLV": ({ http }) => `http://127.0.0.1:${http}/live/bench.flv`,
  "HTTPS-FLV": ({ https }) => `https://127.0.0.1:${https}/live/bench.flv`,
  RTMP: ({ rtmp }) => `rtmp://127.0.0.1:${rtmp}/live/bench`,
  RTMPS: ({ rtmps }) => `rtmps://127.0.0.1:${rtmps}/live/bench`,
};

/** What TLS adds, of HTTP-FLV and RTMP. */
export const tls: Row = fanOutRow(
  "Media",
  100,
  [false, true].flatMap((isNative) =>
    Object.entries(URLS).map(([name, url]) =>
      player(isNative ? `${name}, native` : name, () => startOurs([], { isNative }), url)
    )
  ),
);
