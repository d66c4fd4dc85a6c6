import type { ByteWriter } from "../../../bytes/mod.ts";
import { encodePublished } from "../../../flash/mod.ts";
import type { MediaEncoder, MediaMessage } from "../../../media/mod.ts";
import { MEDIA_CHUNK_STREAMS } from "../encoder.ts";
import { RELAY_CHUNK_SIZE } from "../params.ts";
import { writeMessage } from "../wire/chunk_writer.ts";

/** Media as a publisher sends it on a stream. */
export class PushEncoder implements MediaEncoder {
  readonly key: string;
  readonly #streamId: number;

  constructor(streamId: number) {
    this.key = `rtmp push ${streamId}`;
    this.#streamId = streamId;
  }

  encode(message: MediaMessage, out: ByteWriter): void {
    const sent = encodePublished(message);
    if (sent === undefined) return;
    const { kind, time } = message;
    const chunkStreamId = MEDIA_CHUNK_STREAMS[kind];
    const header = { chunkStreamId, type: sent.type, streamId: this.#streamId, time };
    writeMessage(out, header, sent.payload, RELAY_CHUNK_SIZE);
  }
}
