/**
 * Plays one stream many times, from each port in turn, and counts: `players.ts PORT,PORT NAME
 * COUNT`. For each line on standard input it prints `{bytes, alive, video, audio}` since the line
 * before, the latter two as delays in ms.
 */
import { Buffer } from "node:buffer";
import { command, connectCommand, MARKS, open, sharedNow } from "./wire.ts";

/** Players whose frames are timed; the others only read. */
const TIMED = 10;
const OPENED_AT_ONCE = 20;

const ports = Deno.args[0]!.split(",").map(Number);
const name = Deno.args[1]!;
const count = Number(Deno.args[2]);
const marks = { video: Buffer.from(MARKS.video), audio: Buffer.from(MARKS.audio) };
let bytes = 0;
let alive = 0;
let delays: { video: number[]; audio: number[] } = { video: [], audio: [] };

for (let i = 0; i < count; i += OPENED_AT_ONCE) {
  await Promise.all(
    Array.from({ length: Math.min(OPENED_AT_ONCE, count - i) }, async (_, k) => {
      const port = ports[(i + k) % ports.length]!;
      const conn = await open(
        port,
        connectCommand(port),
        command(0, "createStream", 2, null),
        command(1, "play", 3, null, name),
      );
      alive++;
      play(conn, i + k < TIMED);
    }),
  );
}
console.log("ready");

for await (const _line of Deno.stdin.readable) {
  console.log(JSON.stringify({ bytes, alive, ...delays }));
  bytes = 0;
  delays = { video: [], audio: [] };
}
Deno.exit(0);

async function play(conn: Deno.TcpConn, isTimed: boolean): Promise<void> {
  const buffer = new Uint8Array(isTimed ? 65_536 : 262_144);
  try {
    for (;;) {
      const read = await conn.read(buffer);
      if (read === null) break;
      bytes += read;
      if (!isTimed) continue;
      const input = Buffer.from(buffer.buffer, 0, read);
      time(input, marks.video, delays.video);
      time(input, marks.audio, delays.audio);
    }
  } finally {
    alive--;
  }
}

function time(input: Buffer, mark: Buffer, into: number[]): void {
  const now = sharedNow();
  for (let at = input.indexOf(mark); at !== -1; at = input.indexOf(mark, at + mark.length)) {
    const stamp = at + mark.length;
    if (stamp + 8 <= input.length) into.push(now - input.readDoubleBE(stamp));
  }
}
