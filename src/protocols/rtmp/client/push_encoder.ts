import type { ByteWriter } from "../../../bytes/mod.ts";
import { encodeData, MessageType } from "../../../flash/mod.ts";
import type { MediaEncoder, MediaMessage } from "../../../media/mod.ts";
import { ChunkStreamId, OUT_CHUNK_SIZE } from "../params.ts";
import { writeMessage } from "../wire/chunk_writer.ts";

/** The AMF0 string `@setDataFrame`: the server is to keep the metadata that follows. */
const SET_DATA_FRAME = Uint8Array.of(
  0x02,
  0,
  13,
  ...new TextEncoder().encode("@setDataFrame"),
);

/** Media as a publisher sends it on a stream. */
export class PushEncoder implements MediaEncoder {
  readonly key: string;
  readonly #streamId: number;

  constructor(streamId: number) {
    this.key = `rtmp push ${streamId}`;
    this.#streamId = streamId;
  }

  encode(message: MediaMessage, out: ByteWriter): void {
    const { kind, time, payload } = message;
    if (kind === "audio" || kind === "video") {
      this.#write(out, ChunkStreamId[kind], MessageType[kind], time, payload);
    } else if (kind === "data") {
      this.#data(message, out);
    }
  }

  #data(message: MediaMessage, out: ByteWriter): void {
    let { payload } = encodeData(message, false);
    if (message.role === "config") {
      const whole = new Uint8Array(SET_DATA_FRAME.length + payload.length);
      whole.set(SET_DATA_FRAME);
      whole.set(payload, SET_DATA_FRAME.length);
      payload = whole;
    }
    this.#write(out, ChunkStreamId.data, MessageType.data, message.time, payload);
  }

  #write(out: ByteWriter, id: number, type: number, time: number, payload: Uint8Array): void {
    const header = { chunkStreamId: id, type, streamId: this.#streamId, time };
    writeMessage(out, header, payload, OUT_CHUNK_SIZE);
  }
}
