import { fanOutRow, player } from "../fanout.ts";
import { hasSrs, startSrs } from "../others.ts";
import { startOurs } from "../ours.ts";
import type { Row } from "../row.ts";

function urlOf(extension: string) {
  return ({ http }: { readonly http: number }) =>
    `http://127.0.0.1:${http}/live/bench.${extension}`;
}

/** Many players of FLV over HTTP, with and without writes that wait for each other. */
export const flv: Row = fanOutRow("HTTP-FLV", 200, [
  ...[0, 350].map((window) =>
    player(
      `this server, window ${window}`,
      () => startOurs([`RTMP.mergeWindow=${window}`]),
      urlOf("flv"),
    )
  ),
  ...[0, 350].map((window) =>
    player(`SRS, window ${window}`, () => startSrs(window), urlOf("flv"), hasSrs)
  ),
]);

/** What MPEG-TS adds to FLV. */
export const ts: Row = fanOutRow(
  "Media over HTTP",
  50,
  ["flv", "ts"].map((extension) =>
    player(`this server, ${extension}`, () => startOurs(), urlOf(extension))
  ),
);
