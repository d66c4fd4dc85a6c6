import { ByteWriter } from "../../src/bytes/mod.ts";
import { ChunkReader } from "../../src/protocols/rtmp/wire/chunk_reader.ts";
import { writeMessage } from "../../src/protocols/rtmp/wire/chunk_writer.ts";
import { connectMessage, FLASH_PLAYER } from "./flash_peer.ts";
import { type HeardObject, heardObject } from "./object_client.ts";

const BLOCK = 1536;
const CHUNK_SIZE = 65_536;
const LIMITS = { message: 4_000_000, partial: 8_000_000 };

/** A client of RTMP on a TCP connection that uses shared objects. */
export class ObjectSocket {
  /** Bytes that came so far. */
  received = 0;
  onObject: (heard: HeardObject) => void = () => {};
  /** Takes messages of shared objects as they came, instead of {@link onObject}. */
  onPayload: ((payload: Uint8Array) => void) | undefined;
  readonly #conn: Deno.Conn;
  readonly #reader = new ChunkReader(LIMITS);
  #isClosed = false;

  private constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Connects to the application /live, which has to accept. */
  static async open(port: number, objectEncoding: 0 | 3 = 0): Promise<ObjectSocket> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const socket = new ObjectSocket(conn);
    const hello = new Uint8Array(1 + BLOCK);
    hello[0] = 3;
    await socket.#write(hello);
    const answer = new Uint8Array(1 + 2 * BLOCK);
    for (let have = 0; have < answer.length;) {
      const count = await conn.read(answer.subarray(have));
      if (count === null) throw new Error("closed within the handshake");
      have += count;
    }
    await socket.#write(answer.subarray(1, 1 + BLOCK));
    const size = new ByteWriter().u32(CHUNK_SIZE).take();
    await socket.#message(2, 1, size, 128);
    const { promise, resolve } = Promise.withResolvers<void>();
    void socket.#read(resolve);
    const { type, payload } = connectMessage(1, { ...FLASH_PLAYER, objectEncoding });
    await socket.#message(3, type, payload);
    await promise;
    return socket;
  }

  send({ type, payload }: { type: number; payload: Uint8Array }): Promise<void> {
    return this.#message(3, type, payload);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#conn.close();
  }

  async #message(chunkStreamId: number, type: number, payload: Uint8Array, chunkSize = CHUNK_SIZE) {
    const out = new ByteWriter(payload.length + 64);
    writeMessage(out, { chunkStreamId, type, streamId: 0, time: 0 }, payload, chunkSize);
    await this.#write(out.take());
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }

  async #read(onConnected: () => void): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (;;) {
        const count = await this.#conn.read(buffer);
        if (count === null) return;
        this.received += count;
        this.#reader.readChunks(buffer.subarray(0, count), ({ type, payload }) => {
          if (type === 20) onConnected();
          else if (type !== 16 && type !== 19) return false;
          else if (this.onPayload !== undefined) this.onPayload(payload);
          else this.onObject(heardObject(type, payload));
          return false;
        });
      }
    } catch (error) {
      if (!this.#isClosed) throw error;
    }
  }
}
