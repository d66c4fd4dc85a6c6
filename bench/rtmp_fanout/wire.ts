import { ByteWriter } from "../../src/bytes/mod.ts";
import { Amf0Writer, type Value, writeValues } from "../../src/codecs/mod.ts";

/** Just enough of an RTMP client to load a server: it sends without waiting and reads without parsing. */

const CHUNK_SIZE = 0xffff;
const HANDSHAKE_SIZE = 1536;

/** What marks a frame of each kind; the sender's time in ms (f64) follows. */
export const MARKS = {
  video: Uint8Array.of(0x4d, 0x4f, 0x4e, 0x41, 0xb3, 0x5e, 0x1c, 0x07),
  audio: Uint8Array.of(0x4d, 0x4f, 0x4e, 0x41, 0xb3, 0x5e, 0x1c, 0x08),
};

/** Milliseconds on a clock that processes of this machine share. */
export const sharedNow = () => performance.timeOrigin + performance.now();

/** One message of up to one chunk, as a type 0 chunk. */
export function message(
  csid: number,
  type: number,
  streamId: number,
  time: number,
  payload: Uint8Array,
): Uint8Array {
  const out = new ByteWriter(12 + payload.length);
  out.u8(csid).u24(time).u24(payload.length).u8(type).u32LE(streamId).bytes(payload);
  return out.take();
}

export function command(streamId: number, ...values: Value[]): Uint8Array {
  const writer = new Amf0Writer();
  writeValues(writer, ...values);
  return message(3, 20, streamId, 0, writer.take());
}

export function connectCommand(port: number): Uint8Array {
  return command(0, "connect", 1, {
    app: "live",
    flashVer: "LNX 9,0,124,2",
    tcUrl: `rtmp://127.0.0.1:${port}/live`,
    fpad: false,
    capabilities: 15,
    audioCodecs: 4071,
    videoCodecs: 252,
    videoFunction: 1,
  });
}

/** Connects, shakes hands and sends `commands` after a large chunk size. */
export async function open(port: number, ...commands: Uint8Array[]): Promise<Deno.TcpConn> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const hello = new Uint8Array(1 + HANDSHAKE_SIZE);
  hello[0] = 3;
  await writeAll(conn, hello);
  const answer = new Uint8Array(1 + 2 * HANDSHAKE_SIZE);
  let have = 0;
  while (have < answer.length) {
    const count = await conn.read(answer.subarray(have));
    if (count === null) throw new Error("the server closed during the handshake");
    have += count;
  }
  await writeAll(conn, answer.subarray(1, 1 + HANDSHAKE_SIZE));
  const size = new ByteWriter().u32(CHUNK_SIZE).take();
  await writeAll(conn, message(2, 1, 0, 0, size));
  for (const bytes of commands) {
    await writeAll(conn, bytes);
    // Servers that take one command per read, in their own time.
    await new Promise((resume) => setTimeout(resume, 20));
  }
  return conn;
}

export async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}
