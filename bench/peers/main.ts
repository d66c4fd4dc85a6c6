/**
 * Kinds of work of this server beside others that do the same, each as often as `--rounds` says,
 * in turn, so that the ratios of a noisy machine can be trusted:
 *
 *     deno task bench:peers [tls …] [--rounds 2] [--seconds 10]
 *
 * Peers that are not installed are left out. Where they are is given by the environment: MONASERVER,
 * the folder of MonaServer in C++; SRS, its program; RTMFP_CPP, the folder of rtmfp-cpp's examples;
 * NODE_MODULES, where `npm install ws` was run; nginx is the system's. With MONASERVER_BIN this server
 * is an executable, else the source.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import type { Contender, Row } from "./row.ts";
import { broadcast, socketMemory } from "./rows/broadcast.ts";
import { flv, ts } from "./rows/http.ts";
import { json } from "./rows/json.ts";
import { handshakes, rtmfp } from "./rows/rtmfp.ts";
import { rtmp } from "./rows/rtmp.ts";
import { memory, start } from "./rows/start.ts";
import { tls } from "./rows/tls.ts";

const ROWS: Readonly<Record<string, Row>> = {
  rtmp,
  flv,
  ts,
  tls,
  rtmfp,
  handshakes,
  broadcast,
  socketMemory,
  json,
  start,
  memory,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string", default: "2" },
    seconds: { type: "string", default: "10" },
  },
});
const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];

for (const name of positionals.length > 0 ? positionals : Object.keys(ROWS)) {
  const row = ROWS[name];
  if (row === undefined) throw new Error(`${name}: one of ${Object.keys(ROWS).join(", ")}`);
  const contenders = row.contenders.filter(({ isInstalled }) => isInstalled?.() ?? true);
  const found = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      try {
        found.get(contender)!.push(await contender.measure(seconds));
      } catch (error) {
        console.error(`${name}, ${contender.name}: ${error}`);
      }
    }
  }
  console.log(`\n${row.title} (load of the machine: ${loadavg()[0]!.toFixed(1)})`);
  const base = Math.min(...found.get(contenders[0]!)!);
  console.table([...found].map(([{ name }, figures]) => ({
    server: name,
    [row.unit]: figures.map((figure) => figure.toFixed(2)).join(" / "),
    ratio: (Math.min(...figures) / base).toFixed(2),
  })));
}
Deno.exit(0);
