import assert from "node:assert/strict";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { MessageType } from "../../src/flash/mod.ts";
import { RtmpClient } from "../../src/protocols/rtmp/client/session.ts";
import { parseStreamUrl } from "../../src/protocols/rtmp/mod.ts";
import { ChunkReader } from "../../src/protocols/rtmp/wire/chunk_reader.ts";
import { writeMessage } from "../../src/protocols/rtmp/wire/chunk_writer.ts";
import { BLOCK_SIZE } from "../../src/protocols/rtmp/params.ts";
import type { RunningProgram } from "./server.ts";

/** Frames between key frames. */
const KEY_EVERY = 25;

/** An RTMP client of a server's stream "film". */
export class Peer {
  readonly started = Promise.withResolvers<number>();
  /** Numbers of the frames that came. */
  readonly frames: number[] = [];
  /** Why the server ended it; empty while it goes on. */
  ended = "";
  onFrame: () => void = () => {};
  readonly #conn: Deno.TcpConn;
  readonly #reader = new ChunkReader();
  /** Bytes of the server's handshake that are still to come. */
  #handshake = 1 + 2 * BLOCK_SIZE;
  #writing: Promise<void> = Promise.resolve();
  readonly #reading: Promise<void>;

  private constructor(conn: Deno.TcpConn, server: RunningProgram, does: "play" | "publish") {
    this.#conn = conn;
    this.started.promise.catch(() => {});
    const url = parseStreamUrl(`rtmp://127.0.0.1:${server.rtmp}/live/film`);
    assert.ok(url);
    const client = new RtmpClient({
      url,
      does,
      send: (bytes) => this.write(bytes),
      events: {
        started: (streamId) => this.started.resolve(streamId),
        media: () => {},
        batch: () => {},
        ended: (reason) => {
          this.ended ||= reason;
          this.started.reject(new Error(reason));
        },
      },
      now: 0,
    });
    this.#reading = this.#read(client);
  }

  static async open(server: RunningProgram, does: "play" | "publish"): Promise<Peer> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: server.rtmp });
    return new Peer(conn, server, does);
  }

  write(bytes: Uint8Array): void {
    this.#writing = this.#writing.then(async () => {
      for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
    }).catch((error) => this.#lost(error));
  }

  /** What was written and not read yet is lost. */
  async close(): Promise<void> {
    this.#conn.close();
    await Promise.all([this.#writing, this.#reading]);
  }

  /** A server that is killed resets the connection: for the test that is one more end. */
  #lost(error: unknown): void {
    this.ended ||= String(error);
    this.started.reject(error);
  }

  /** Frames beside the client, which is done when a stream ends: a player waits for the next. */
  #watch(bytes: Uint8Array): void {
    const start = Math.min(bytes.length, this.#handshake);
    this.#handshake -= start;
    if (start === bytes.length) return;
    this.#reader.readChunks(bytes.subarray(start), ({ type, payload }) => {
      if (type !== MessageType.video) return;
      this.frames.push(new DataView(payload.buffer, payload.byteOffset).getUint32(5));
      this.onFrame();
    });
  }

  async #read(client: RtmpClient): Promise<void> {
    const buffer = new Uint8Array(65_536);
    try {
      for (
        let count = await this.#conn.read(buffer);
        count;
        count = await this.#conn.read(buffer)
      ) {
        const bytes = buffer.subarray(0, count);
        client.receive(bytes);
        this.#watch(bytes);
      }
      this.#lost("the server closed the connection");
    } catch (error) {
      this.#lost(error);
    }
  }
}

/** A frame of video that carries its number, as RTMP. */
export function frame(
  index: number,
  streamId: number,
  { size = 400, isKey = index % KEY_EVERY === 0 } = {},
): Uint8Array {
  const payload = new Uint8Array(size);
  payload.set([isKey ? 0x17 : 0x27, 1]);
  new DataView(payload.buffer).setUint32(5, index);
  const out = new ByteWriter(size + 16);
  const header = { chunkStreamId: 6, type: MessageType.video, streamId, time: index * 33 };
  writeMessage(out, header, payload, 65_536);
  return out.take();
}
