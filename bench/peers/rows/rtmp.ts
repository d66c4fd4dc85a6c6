import { fanOutRow, player } from "../fanout.ts";
import {
  hasMonaServer,
  hasNginx,
  hasSrs,
  startMonaServer,
  startNginx,
  startSrs,
} from "../others.ts";
import { startOurs } from "../ours.ts";
import type { Row } from "../row.ts";

const rtmpOf = ({ rtmp }: { readonly rtmp: number }) => `rtmp://127.0.0.1:${rtmp}/live/bench`;

/** One publisher, many players of RTMP. */
export const rtmp: Row = fanOutRow("RTMP", 200, [
  ...[0, 40, 350].map((window) =>
    player(
      `this server, window ${window}`,
      () => startOurs([`RTMP.mergeWindow=${window}`]),
      rtmpOf,
    )
  ),
  player("nginx-rtmp", startNginx, rtmpOf, hasNginx),
  player("MonaServer in C++", startMonaServer, rtmpOf, hasMonaServer),
  player("SRS, window 350", () => startSrs(350), rtmpOf, hasSrs),
]);
