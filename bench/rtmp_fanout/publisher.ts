/**
 * Publishes H.264- and AAC-shaped tags in real time: `publisher.ts PORT NAME RATE`, where 1 is about
 * 2.6 Mbit/s.
 */
import { command, connectCommand, MARKS, message, open, sharedNow, writeAll } from "./wire.ts";

const FRAME_INTERVAL = 1000 / 30;
const SOUND_INTERVAL = 1024 / 44.1;
const KEY_EVERY = 60;
const KEY_SIZE = 40_000;
const INTER_SIZE = 9_600;
const SOUND_SIZE = 330;

const port = Number(Deno.args[0]);
const name = Deno.args[1]!;
const rate = Number(Deno.args[2]);
const conn = await open(
  port,
  connectCommand(port),
  command(0, "releaseStream", 2, null, name),
  command(0, "createStream", 3, null),
  command(1, "publish", 4, null, name, "live"),
);
drain();

const AVC_HEADER = [
  0,
  0,
  0,
  0,
  1,
  0x64,
  0,
  0x1f,
  0xff,
  0xe1,
  0,
  4,
  0x67,
  0x64,
  0,
  0x1f,
  1,
  0,
  1,
  0x68,
];
await writeAll(conn, message(6, 9, 1, 0, Uint8Array.of(0x17, ...AVC_HEADER)));
await writeAll(conn, message(4, 8, 1, 0, Uint8Array.of(0xaf, 0, 0x12, 0x10)));

const start = performance.now();
let frames = 0;
let sounds = 0;
setInterval(async () => {
  const elapsed = performance.now() - start;
  for (; frames * FRAME_INTERVAL <= elapsed; frames++) {
    await writeAll(conn, message(6, 9, 1, Math.round(frames * FRAME_INTERVAL), frame(frames)));
  }
  for (; sounds * SOUND_INTERVAL <= elapsed; sounds++) {
    await writeAll(conn, message(4, 8, 1, Math.round(sounds * SOUND_INTERVAL), sound()));
  }
}, 4);

function frame(index: number): Uint8Array {
  const isKey = index % KEY_EVERY === 0;
  const body = new Uint8Array(Math.round(rate * (isKey ? KEY_SIZE : INTER_SIZE))).fill(0x55);
  body.set([isKey ? 0x17 : 0x27, 1, 0, 0, 0]);
  stamp(body, MARKS.video, 5);
  return body;
}

function sound(): Uint8Array {
  const body = new Uint8Array(Math.round(rate * SOUND_SIZE)).fill(0x33);
  body.set([0xaf, 1]);
  stamp(body, MARKS.audio, 2);
  return body;
}

function stamp(body: Uint8Array, mark: Uint8Array, at: number): void {
  body.set(mark, at);
  new DataView(body.buffer).setFloat64(at + mark.length, sharedNow());
}

async function drain(): Promise<void> {
  const buffer = new Uint8Array(16_384);
  while (await conn.read(buffer) !== null);
  Deno.exit(1);
}
