import { ByteWriter } from "../../bytes/mod.ts";
import { encodeData, MessageType, statusInfo, statusMessage } from "../../flash/mod.ts";
import type { MediaEncoder, MediaMessage } from "../../media/mod.ts";
import { ChunkStreamId } from "./params.ts";
import { writeMessage } from "./wire/chunk_writer.ts";

/**
 * Media as RTMP chunks with absolute times and full headers: the same bytes for every player with
 * this stream id, encoding and chunk size.
 */
export class RtmpEncoder implements MediaEncoder {
  readonly key: string;
  readonly #name: string;
  readonly #streamId: number;
  readonly #amf3: boolean;
  readonly #chunkSize: number;

  /** @param name of the publication, for its notices */
  constructor(name: string, streamId: number, amf3: boolean, chunkSize: number) {
    this.key = `rtmp ${streamId} ${amf3 ? "amf3" : "amf0"} ${chunkSize}`;
    this.#name = name;
    this.#streamId = streamId;
    this.#amf3 = amf3;
    this.#chunkSize = chunkSize;
  }

  encode(message: MediaMessage, out: ByteWriter): void {
    switch (message.kind) {
      case "audio":
        return this.#write(
          out,
          ChunkStreamId.audio,
          MessageType.audio,
          message.time,
          message.payload,
        );
      case "video":
        return this.#write(
          out,
          ChunkStreamId.video,
          MessageType.video,
          message.time,
          message.payload,
        );
      case "data":
        return this.#writeData(out, message);
      case "published":
        return this.#notify(out, message, "PublishNotify", `${this.#name} is now published`);
      case "unpublished":
        return this.#notify(out, message, "UnpublishNotify", `${this.#name} is now unpublished`);
    }
  }

  #writeData(out: ByteWriter, message: MediaMessage): void {
    const data = encodeData(message, this.#amf3);
    this.#write(out, ChunkStreamId.data, data.type, message.time, data.payload);
  }

  #notify(out: ByteWriter, message: MediaMessage, code: string, description: string): void {
    const info = { ...statusInfo(`NetStream.Play.${code}`, description), details: this.#name };
    const { type, payload } = statusMessage(this.#amf3, info);
    this.#write(out, ChunkStreamId.data, type, message.time, payload);
  }

  #write(
    out: ByteWriter,
    chunkStreamId: number,
    type: number,
    time: number,
    payload: Uint8Array,
  ): void {
    const header = { chunkStreamId, type, streamId: this.#streamId, time };
    writeMessage(out, header, payload, this.#chunkSize);
  }
}
