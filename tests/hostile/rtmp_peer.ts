import { ByteWriter } from "../../src/bytes/mod.ts";
import { Amf0Writer, writeValues } from "../../src/codecs/mod.ts";
import { writeMessage } from "../../src/protocols/rtmp/wire/chunk_writer.ts";

const CHUNK_SIZE = 65_536;
const BLOCK = 1536;

/** Types of the messages that attacks are made of. */
export const Type = {
  chunkSize: 1,
  abort: 2,
  acknowledgement: 3,
  control: 4,
  data: 18,
  command: 20,
  video: 9,
};

/** A command as one RTMP message. */
export function command(streamId: number, ...values: unknown[]): Uint8Array {
  const writer = new Amf0Writer();
  writeValues(writer, ...values);
  return message(Type.command, streamId, 0, writer.take());
}

/** One RTMP message, in chunks of {@link CHUNK_SIZE}. */
export function message(
  type: number,
  streamId: number,
  time: number,
  payload: Uint8Array,
): Uint8Array {
  const out = new ByteWriter(payload.length + 64);
  writeMessage(
    out,
    { chunkStreamId: type === Type.video ? 6 : 3, type, streamId, time },
    payload,
    CHUNK_SIZE,
  );
  return out.take();
}

/** `count` times what `make` gives, as one write. */
export function many(count: number, make: (index: number) => Uint8Array): Uint8Array {
  const out = new ByteWriter(65_536);
  for (let i = 0; i < count; i++) out.bytes(make(i));
  return out.take();
}

/** An RTMP client that writes whatever it is given, and reads without looking. */
export class HostilePeer {
  /** The server ended the connection. */
  isCut = false;
  readonly #conn: Deno.Conn;

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Connects to an application and creates stream 1. */
  static async open(port: number, app = "t"): Promise<HostilePeer> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const peer = new HostilePeer(conn);
    const hello = new Uint8Array(1 + BLOCK);
    hello[0] = 3;
    await peer.write(hello);
    const answer = new Uint8Array(1 + 2 * BLOCK);
    for (let have = 0; have < answer.length;) {
      const count = await conn.read(answer.subarray(have));
      if (count === null) throw new Error("cut within the handshake");
      have += count;
    }
    await peer.write(answer.subarray(1, 1 + BLOCK));
    const size = new ByteWriter();
    writeMessage(
      size,
      { chunkStreamId: 2, type: Type.chunkSize, streamId: 0, time: 0 },
      new ByteWriter().u32(CHUNK_SIZE).take(),
      128,
    );
    await peer.write(size.take());
    const tcUrl = `rtmp://127.0.0.1:${port}/${app}`;
    await peer.write(command(0, "connect", 1, { app, tcUrl, flashVer: "LNX 9,0,124,2" }));
    await peer.write(command(0, "createStream", 2, null));
    void peer.#drain();
    return peer;
  }

  /** Writes all of it, or as much as the server takes before it ends the connection. */
  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length && !this.isCut;) {
        at += await this.#conn.write(bytes.subarray(at));
      }
    } catch {
      this.isCut = true;
    }
  }

  close(): void {
    try {
      this.#conn.close();
    } catch {
      // The server was faster.
    }
  }

  async #drain(): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      while (await this.#conn.read(buffer) !== null);
    } catch {
      // Closed by either side.
    }
    this.isCut = true;
  }
}
