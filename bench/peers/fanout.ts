import { cpuSeconds, pause, residentMegabytes, type Running } from "./processes.ts";

/** A server under load, and where its players go. */
export interface Live {
  readonly name: string;
  readonly server: Running;
  /** Port of RTMP, where the publisher goes: 2.6 Mbit/s of a stream named `bench`. */
  readonly publish: number;
  readonly play: string;
}

/** What one fan-out took. */
export interface Spent {
  readonly name: string;
  /** Seconds of processor time of the server for each GB that the players got. */
  readonly secondsPerGigabyte: number;
  readonly megabytes: number;
  readonly players: number;
}

const WARM_UP = 3_000;

/** One publisher, `count` players in another process. */
export async function fanOut(live: Live, count: number, seconds: number): Promise<Spent> {
  const { name, server, publish, play } = live;
  const publisher = script("../rtmp_fanout/publisher.ts", String(publish), "bench", "1");
  await pause(500);
  const players = script("players.ts", String(count), play);
  const output = players.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const input = players.stdin.getWriter();
  const line = async () => {
    const { value, done } = await output.read();
    if (done) throw new Error(`${name}: the players are gone`);
    return value;
  };
  const ask = async () => {
    await input.write(new TextEncoder().encode("\n"));
    return JSON.parse(await line()) as { bytes: number; alive: number };
  };
  try {
    await line();
    await pause(WARM_UP);
    await ask();
    const before = cpuSeconds(server);
    await pause(seconds * 1000);
    const { bytes, alive } = await ask();
    return {
      name,
      secondsPerGigabyte: (cpuSeconds(server) - before) / (bytes / 1e9),
      megabytes: residentMegabytes(server),
      players: alive,
    };
  } finally {
    for (const child of [publisher, players]) child.kill("SIGKILL");
    await Promise.all([publisher.status, players.status]);
    await output.cancel();
    await server.stop();
  }
}

function script(file: string, ...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", new URL(file, import.meta.url).pathname, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}
