import { makeFilm } from "../film.ts";
import { hasRtmfpCpp, rtmfpCpp, startTcserver } from "../others.ts";
import { startOurs } from "../ours.ts";
import { cpuSecondsOf, type Running } from "../processes.ts";
import { pause } from "../../ports.ts";
import type { Contender, Row } from "../row.ts";

const PLAYERS = 15;
/** Milliseconds before it is measured: servers run for days, the runtime compiles for 20 s. */
const WARM_UP = 20_000;
/** What `tcconn` prints of each message of media. */
const MEDIA = /on(?:Video|Audio) ts: \d+ len: (\d+)/g;
/** Key agreements that the bench makes all come from one address. */
const UNLIMITED = "limits.handshakes=100000";
const BENCH = new URL("../../rtmfp.ts", import.meta.url).pathname;

type Server = Running & { readonly rtmfp: number };

const SERVERS: readonly [string, () => Server | Promise<Server>, () => boolean][] = [
  ["this server, native", () => startOurs([UNLIMITED], { isNative: true }), () => true],
  ["this server", () => startOurs([UNLIMITED]), () => true],
  ["rtmfp-cpp's tcserver", startTcserver, hasRtmfpCpp],
];

/** rtmfp-cpp's publisher and its players, which want HMAC and sequence numbers. */
export const rtmfp: Row = row(
  `RTMFP to ${PLAYERS} players of rtmfp-cpp`,
  "CPU-s/GB of media",
  async (server, seconds) => {
    const film = await Deno.makeTempFile({ suffix: ".flv" });
    const url = `rtmfp://127.0.0.1:${server.rtmfp}/live#bench`;
    const counts = { bytes: 0 };
    const children: Deno.ChildProcess[] = [];
    try {
      await makeFilm(film);
      children.push(program("tcpublish", ["-4", "-L", url, film]));
      await pause(500);
      for (let i = 0; i < PLAYERS; i++) children.push(program("tcconn", ["-4", url]));
      for (const child of children.slice(1)) void countMedia(child, counts);
      await pause(WARM_UP);
      const before = cpuSecondsOf(server);
      counts.bytes = 0;
      await pause(seconds * 1000);
      return (cpuSecondsOf(server) - before) / (counts.bytes / 1e9);
    } finally {
      for (const child of children) child.kill("SIGKILL");
      await Promise.all(children.map(({ status }) => status));
      await Deno.remove(film);
    }
  },
  hasRtmfpCpp,
);

/** Our own clients, which connect and leave. */
export const handshakes: Row = row(
  "A handshake of RTMFP in group 14",
  "CPU-ms",
  async (server, seconds) => {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--allow-all",
        BENCH,
        String(seconds),
        "handshakes",
        `${server.rtmfp}:${server.pids()[0]}`,
      ],
      stderr: "inherit",
    }).output();
    const text = new TextDecoder().decode(stdout);
    const found = /group 14: .* ([\d.]+) CPU-ms/.exec(text)?.[1];
    if (found === undefined) throw new Error(`no figure in ${text}`);
    return Number(found);
  },
);

function row(
  title: string,
  unit: string,
  measure: (server: Server, seconds: number) => Promise<number>,
  hasClients = () => true,
): Row {
  return {
    title,
    unit,
    contenders: SERVERS.map(([name, begin, isInstalled]): Contender => ({
      name,
      isInstalled: () => hasClients() && isInstalled(),
      measure: async (seconds) => {
        const server = await begin();
        try {
          return await measure(server, seconds);
        } finally {
          await server.stop();
        }
      },
    })),
  };
}

function program(name: string, args: readonly string[]): Deno.ChildProcess {
  const options = { stdin: "null", stdout: "piped", stderr: "null" } as const;
  return new Deno.Command(rtmfpCpp(name), { args: [...args], ...options }).spawn();
}

async function countMedia(player: Deno.ChildProcess, counts: { bytes: number }): Promise<void> {
  let rest = "";
  for await (const text of player.stdout.pipeThrough(new TextDecoderStream())) {
    rest += text;
    const end = rest.lastIndexOf("\n") + 1;
    for (const [, length] of rest.slice(0, end).matchAll(MEDIA)) counts.bytes += Number(length);
    rest = rest.slice(end);
  }
}
