import { fanOut } from "../fanout.ts";
import { hasMonaServer, hasNginx, type Other, startMonaServer, startNginx } from "../others.ts";
import { startOurs } from "../ours.ts";
import type { Contender, Row } from "../row.ts";

const PLAYERS = 200;

/** One publisher, many players of RTMP. */
export const rtmp: Row = {
  title: `RTMP to ${PLAYERS} players`,
  unit: "CPU-s/GB",
  contenders: [
    ...[0, 40, 350].map((window) =>
      contender(`this server, window ${window}`, () => startOurs([`RTMP.mergeWindow=${window}`]))
    ),
    contender("nginx-rtmp", startNginx, hasNginx),
    contender("MonaServer in C++", startMonaServer, hasMonaServer),
  ],
};

function contender(
  name: string,
  begin: () => Promise<Pick<Other, "rtmp" | "pids" | "stop">>,
  isInstalled = () => true,
): Contender {
  return {
    name,
    isInstalled,
    measure: async (seconds) => {
      const server = await begin();
      const play = `rtmp://127.0.0.1:${server.rtmp}/live/bench`;
      const live = { name, server, publish: server.rtmp, play };
      return (await fanOut(live, PLAYERS, seconds)).secondsPerGigabyte;
    },
  };
}
