import { makeFilm, publishFilm } from "./film.ts";
import { cpuSecondsOf, type Running } from "./processes.ts";
import { pause } from "../ports.ts";
import type { Contender, Row } from "./row.ts";

/** A server with a port of RTMP, where the publisher goes. */
export interface LiveServer extends Running {
  readonly rtmp: number;
}

const WARM_UP = 3_000;
/** Milliseconds until the publisher's stream is there. */
const FIRST_FRAMES = 1_500;

/** A server, and where its players go. */
export function player<Server extends LiveServer>(
  name: string,
  begin: () => Promise<Server>,
  url: (server: Server) => string,
  isInstalled?: () => boolean,
): (players: number) => Contender {
  return (players) => ({
    name,
    ...(isInstalled && { isInstalled }),
    measure: async (seconds) => {
      const film = await Deno.makeTempFile({ suffix: ".flv" });
      try {
        await makeFilm(film);
        const server = await begin();
        return await fanOut({ server, film, play: url(server) }, players, seconds);
      } finally {
        await Deno.remove(film);
      }
    },
  });
}

/** Seconds of processor time of each server for each GB that so many players got. */
export function fanOutRow(
  title: string,
  players: number,
  contenders: readonly ReturnType<typeof player>[],
): Row {
  return {
    title: `${title} to ${players} players`,
    unit: "CPU-s/GB",
    contenders: contenders.map((contender) => contender(players)),
  };
}

/** One publisher, `count` players in another process. */
async function fanOut(
  { server, film, play }: {
    readonly server: LiveServer;
    readonly film: string;
    readonly play: string;
  },
  count: number,
  seconds: number,
): Promise<number> {
  const publisher = publishFilm(film, server.rtmp);
  await pause(FIRST_FRAMES);
  const players = script("players.ts", String(count), play);
  const output = players.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const input = players.stdin.getWriter();
  const line = async () => {
    const { value, done } = await output.read();
    if (done) throw new Error("the players are gone");
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
    const before = cpuSecondsOf(server);
    await pause(seconds * 1000);
    const { bytes, alive } = await ask();
    if (alive < count) throw new Error(`${count - alive} players were cut`);
    return (cpuSecondsOf(server) - before) / (bytes / 1e9);
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
