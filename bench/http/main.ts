/**
 * HTTP and WebSocket beside bare Deno.serve, in one run: a file of 1 kB, a JSON call to Lua, a
 * WebSocket call to Lua. Each server is a process of its own, asked in turns by this one over kept
 * connections; the figures are medians of the rounds.
 *
 *     deno task bench:http
 */
import { cpuSeconds } from "../process_stats.ts";
import { load, type Request } from "./load.ts";

const ROUNDS = 5;
const SECONDS = 2;
const CONNECTIONS = 32;

const encoder = new TextEncoder();
const call = '["echo",{"name":"value","count":1}]';

const file: Request = {
  open: "",
  bytes: encoder.encode("GET /file.txt HTTP/1.1\r\nhost: localhost\r\n\r\n"),
};
/** A call whose method is in the body, or the last part of the path. */
const json = (path: string): Request => ({
  open: "",
  bytes: encoder.encode(
    `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n` +
      `content-length: ${call.length}\r\n\r\n${call}`,
  ),
});
const socket: Request = {
  open: "GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n" +
    "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
  bytes: Uint8Array.of(0x81, 0x80 | call.length, 0, 0, 0, 0, ...encoder.encode(call)),
};

const cases: [string, Request, number | undefined][] = [
  ["a file of 1 kB", file, 0.7],
  ["a JSON call to Lua", json("/"), 0.5],
  ["the same by its path", json("/echo"), 0.5],
  ["a WebSocket call to Lua", socket, undefined],
];

interface Server {
  readonly process: Deno.ChildProcess;
  readonly port: number;
}

async function start(script: string): Promise<Server> {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", new URL(script, import.meta.url).pathname],
    stdout: "piped",
  }).spawn();
  const reader = process.stdout.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  return { process, port: Number(new TextDecoder().decode(value)) };
}

/** Seconds of processor time that it has used; NaN where the system does not tell. */
function processorSeconds({ process }: Server): number {
  return Deno.build.os === "linux" ? cpuSeconds(process.pid) : NaN;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}

const [bare, ours] = await Promise.all([start("bare.ts"), start("ours.ts")]);
try {
  for (const [name, request, wanted] of cases) {
    const rates = new Map<Server, number[]>([[bare, []], [ours, []]]);
    const costs = new Map<Server, number[]>([[bare, []], [ours, []]]);
    for (let round = 0; round <= ROUNDS; round++) {
      for (const server of [bare, ours]) {
        const before = processorSeconds(server);
        const count = await load(server.port, request, CONNECTIONS, SECONDS);
        const used = processorSeconds(server) - before;
        // The first round warms up.
        if (round === 0) continue;
        rates.get(server)!.push(count / SECONDS);
        costs.get(server)!.push(used / count * 1e6);
      }
    }
    const [bareRate, oursRate] = [bare, ours].map((server) => median(rates.get(server)!));
    const [bareCost, oursCost] = [bare, ours].map((server) => median(costs.get(server)!));
    const percent = Math.round(oursRate! / bareRate! * 100);
    const goal = wanted === undefined ? "" : ` (wanted: ${wanted * 100} %)`;
    console.log(
      `${name}: ${Math.round(oursRate!)}/s, ${oursCost!.toFixed(1)} µs of processor each; ` +
        `bare Deno.serve ${Math.round(bareRate!)}/s, ${
          bareCost!.toFixed(1)
        } µs; ${percent} %${goal}`,
    );
  }
} finally {
  for (const { process } of [bare, ours]) process.kill("SIGKILL");
}
