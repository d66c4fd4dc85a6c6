/**
 * One publisher, many players in another process: what the server spends per GB delivered, how much
 * memory it holds and how late frames come. All servers are measured in one run, so that their
 * figures compare even where the machine is noisy.
 *
 *     deno task bench:fanout [--players 200] [--seconds 15] [--warm 8] [--rate 1]
 *       [--only edge|edges|scrape|monaserver|nginx|node]
 *
 * For `--warm` seconds, ten small streams and 40 players go through the server before: its code is
 * compiled then, as it is in one that has run for a while. `--players` go to each server, `--rate` is a part of 2.6 Mbit/s. `edge` compares a server with an
 * edge, `edges` three servers with three edges of one more, `scrape` one without the admin port with
 * one whose metrics and lists are asked for every second, in turns.
 */
import { parseArgs } from "node:util";
import { cpuSeconds, residentBytes } from "../process_stats.ts";
import {
  type Server,
  startEdges,
  startNginx,
  startNodeMediaServer,
  startOurs,
  startScraped,
  startSingles,
} from "./servers.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    players: { type: "string", default: "200" },
    seconds: { type: "string", default: "15" },
    warm: { type: "string", default: "8" },
    rate: { type: "string", default: "1" },
    only: { type: "string", default: "" },
  },
});
const PLAYERS = Number(values.players);
const SECONDS = Number(values.seconds);
const WARM = Number(values.warm);
const WARM_UP = 3_000;

interface Row {
  readonly server: string;
  readonly "CPU-s/GB": string;
  readonly "RSS MB": number;
  readonly "Mbit/s": number;
  readonly "video p50": string;
  readonly "p99 ms": string;
  readonly "audio p50": string;
  readonly "p99 ms ": string;
  readonly players: number;
}

const rows: Row[] = [];
for (const start of candidates()) {
  const server = await start();
  if (server === undefined) continue;
  try {
    rows.push(await measure(server));
  } finally {
    await server.stop();
  }
}
console.table(rows);
Deno.exit(0);

function candidates(): (() => Promise<Server | undefined>)[] {
  const all = {
    edge: [() => startOurs(0), () => startEdges(1)],
    edges: [() => startSingles(3), () => startEdges(3)],
    scrape: [() => startOurs(0), startScraped, () => startOurs(0), startScraped],
    monaserver: [0, 40, 350].map((window) => () => startOurs(window)),
    nginx: [startNginx],
    node: [startNodeMediaServer],
  };
  return Object.entries(all)
    .filter(([name]) => values.only === "" ? !/^(edge|scrape)/.test(name) : name === values.only)
    .flatMap(([, starts]) => starts);
}

async function measure(server: Server): Promise<Row> {
  const { ports, publisherPorts = ports } = server;
  if (WARM > 0) await compile(publisherPorts[0]!, ports[0]!);
  const publishers = publisherPorts.map((port) =>
    script("publisher.ts", String(port), "bench", values.rate)
  );
  const players = script("players.ts", ports.join(), "bench", String(PLAYERS * ports.length));
  const output = players.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const input = players.stdin.getWriter();
  let text = "";
  const line = async (): Promise<string> => {
    while (!text.includes("\n")) {
      const { value, done } = await output.read();
      if (done) throw new Error("the players are gone");
      text += value;
    }
    const end = text.indexOf("\n");
    const first = text.slice(0, end);
    text = text.slice(end + 1);
    return first;
  };
  const ask = async () => {
    await input.write(new TextEncoder().encode("\n"));
    return JSON.parse(await line()) as {
      bytes: number;
      alive: number;
      video: number[];
      audio: number[];
    };
  };
  try {
    await line();
    await pause(WARM_UP);
    await ask();
    const cpuBefore = cpuSeconds(...server.pids());
    await pause(SECONDS * 1000);
    const seen = await ask();
    const cpu = cpuSeconds(...server.pids()) - cpuBefore;
    const video = seen.video.sort((a, b) => a - b);
    const audio = seen.audio.sort((a, b) => a - b);
    return {
      server: server.name,
      "CPU-s/GB": (cpu / (seen.bytes / 1e9)).toFixed(2),
      "RSS MB": Math.round(residentBytes(...server.pids()) / 1e6),
      "Mbit/s": Math.round(seen.bytes * 8 / SECONDS / 1e6),
      "video p50": quantile(video, 0.5).toFixed(1),
      "p99 ms": quantile(video, 0.99).toFixed(1),
      "audio p50": quantile(audio, 0.5).toFixed(1),
      "p99 ms ": quantile(audio, 0.99).toFixed(1),
      players: seen.alive,
    };
  } finally {
    const children = [...publishers, players];
    for (const child of children) child.kill("SIGKILL");
    await Promise.all(children.map(({ status }) => status));
    await output.cancel();
  }
}

/** Lets a server work with small streams, up to when the time is over. */
async function compile(publisherPort: number, port: number): Promise<void> {
  const names = Array.from({ length: 10 }, (_, index) => `warm${index}`);
  const children = names.map((name) => script("publisher.ts", String(publisherPort), name, "0.3"));
  await pause(1_000);
  for (const name of names.slice(0, 2)) {
    children.push(script("players.ts", String(port), name, "20"));
  }
  await pause(WARM * 1000);
  for (const child of children) child.kill("SIGKILL");
  await Promise.all(children.map(({ status }) => status));
}

function script(name: string, ...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-net", "--allow-read", new URL(name, import.meta.url).pathname, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, milliseconds));
}

function quantile(sorted: number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}
