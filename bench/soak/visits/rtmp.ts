import { ByteWriter } from "../../../src/bytes/mod.ts";
import { writeMessage } from "../../../src/protocols/rtmp/wire/chunk_writer.ts";
import { command, message, Type } from "../../../tests/hostile/rtmp_peer.ts";
import { connected, type Connection } from "../connection.ts";
import {
  anyApp,
  anyName,
  aWhile,
  FAT,
  FILM,
  frames,
  type Kind,
  pause,
  type Ports,
  random,
  SILENCE,
  video,
} from "../visit.ts";

const BLOCK = 1536;
const STREAM = 1;

/** What a client sends first, its half of the handshake without a digest. */
export function hello(): Uint8Array {
  const bytes = new Uint8Array(1 + BLOCK);
  bytes[0] = 3;
  return bytes;
}

/** Bytes of the server's answer to {@link hello}. */
export const ANSWER = 1 + 2 * BLOCK;

/** What follows the server's answer: the rest of the handshake, connect and createStream. */
export function entry(answer: Uint8Array, port: number): Uint8Array {
  const app = anyApp();
  const tcUrl = `rtmp://127.0.0.1:${port}/${app}`;
  const out = new ByteWriter(4096).bytes(answer.subarray(1, 1 + BLOCK));
  const size = new ByteWriter().u32(65_536).take();
  writeMessage(out, { chunkStreamId: 2, type: Type.chunkSize, streamId: 0, time: 0 }, size, 128);
  out.bytes(command(0, "connect", 1, { app, tcUrl, flashVer: "LNX 9,0,124,2" }));
  out.bytes(command(0, "createStream", 2, null));
  return out.take();
}

export const play = (name: string) => command(STREAM, "play", 0, null, name);
export const publish = (name: string) => command(STREAM, "publish", 0, null, name);
export const call = (...args: unknown[]) => command(0, "echo", 5, null, ...args);
export const frame = (index: number, size?: number) =>
  message(Type.video, STREAM, index * 100, video(index, size));

function visit(port: number, does: (connection: Connection) => Promise<void>): Promise<void> {
  return connected(port, async (connection) => {
    await connection.write(hello());
    await connection.write(entry(await connection.read(ANSWER), port));
    await does(connection);
  });
}

/** A publisher that stays, with `size` bytes a frame, 25 a second. */
export function station({ rtmp }: Ports, name: string, size: number): Promise<void> {
  return visit(rtmp, async (connection) => {
    connection.drain();
    await connection.write(publish(name));
    for (let index = 0; connection.isOpen; index++) {
      await connection.write(message(Type.video, STREAM, index * 40, video(index, size)));
      await pause(40);
    }
    throw new Error(`the server ended the publisher of ${name}`);
  });
}

/** Publishes for a while; a third says so when it ends, one is cut, one falls silent. */
function publisher({ rtmp }: Ports): Promise<void> {
  return visit(rtmp, async (connection) => {
    connection.drain();
    await connection.write(publish(anyName()));
    try {
      await frames((index) => connection.write(frame(index)));
    } catch {
      // Somebody else has the name, and the server let this one go.
      return;
    }
    const end = random(3);
    if (end === 0) await connection.write(command(0, "deleteStream", 0, null, STREAM));
    if (end === 1) await pause(SILENCE);
  });
}

function player({ rtmp }: Ports): Promise<void> {
  return visit(rtmp, async (connection) => {
    connection.drain();
    await connection.write(play(random(2) === 0 ? FILM : anyName()));
    await aWhile();
  });
}

/** Plays what is large, and reads nothing of it. */
function staller({ rtmp }: Ports): Promise<void> {
  return visit(rtmp, async (connection) => {
    await connection.write(play(FAT));
    await pause(SILENCE);
  });
}

function caller({ rtmp }: Ports): Promise<void> {
  return visit(rtmp, async (connection) => {
    connection.drain();
    await connection.write(command(0, "enter", 3, null, anyName()));
    await connection.write(command(0, "say", 4, null, "hello"));
    for (let i = 0; i < 10; i++) await connection.write(call(i, { list: [i, "text"] }));
    await aWhile();
  });
}

export const rtmpKinds: readonly Kind[] = [
  { name: "RTMP publisher", share: 6, visit: publisher },
  { name: "RTMP player", share: 12, visit: player },
  { name: "RTMP player that stalls", share: 1, visit: staller },
  { name: "RTMP caller", share: 10, visit: caller },
];
