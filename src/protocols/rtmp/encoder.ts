import type { ByteWriter } from "../../bytes/mod.ts";
import { encodeMedia } from "../../flash/mod.ts";
import type { MediaEncoder, MediaKind, MediaMessage } from "../../media/mod.ts";
import { ChunkStreamId } from "./params.ts";
import { writeMessage } from "./wire/chunk_writer.ts";

/** What carries each kind of a stream's messages, sent or pushed. */
export const MEDIA_CHUNK_STREAMS: Readonly<Record<MediaKind, number>> = {
  audio: ChunkStreamId.audio,
  video: ChunkStreamId.video,
  data: ChunkStreamId.data,
  published: ChunkStreamId.data,
  unpublished: ChunkStreamId.data,
};

/** What the bytes of a player depend on. */
export interface RtmpEncoderOptions {
  /** Name of the publication, for its notices. */
  readonly name: string;
  readonly streamId: number;
  readonly amf3: boolean;
  readonly chunkSize: number;
}

/**
 * Media as RTMP chunks with absolute times and full headers: the same bytes for every player with
 * this stream id, encoding and chunk size.
 */
export class RtmpEncoder implements MediaEncoder {
  readonly key: string;
  readonly #options: RtmpEncoderOptions;

  constructor(options: RtmpEncoderOptions) {
    const { streamId, amf3, chunkSize } = this.#options = options;
    this.key = `rtmp ${streamId} ${amf3 ? "amf3" : "amf0"} ${chunkSize}`;
  }

  encode(message: MediaMessage, out: ByteWriter): void {
    const { name, streamId, amf3, chunkSize } = this.#options;
    const { type, payload } = encodeMedia(message, amf3, name);
    const chunkStreamId = MEDIA_CHUNK_STREAMS[message.kind];
    writeMessage(out, { chunkStreamId, type, streamId, time: message.time }, payload, chunkSize);
  }
}
