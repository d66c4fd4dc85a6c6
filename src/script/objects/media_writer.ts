import { ByteWriter } from "../../bytes/mod.ts";
import { type Container, CONTAINERS, type MediaEncoder, MediaMessage } from "../../media/mod.ts";
import { define, method } from "../lua/definition.ts";

/** Track of audio packets; any other number is video's. */
const AUDIO = 1;

/** Makes a file's bytes of packets: `mona:createMediaWriter(type)`. */
export class MediaWriter {
  readonly #container: Container;
  readonly #encoder: MediaEncoder;
  #hasHead = false;

  /** `type`: "mp2t" for an MPEG transport stream, anything else for FLV. */
  constructor(type: string) {
    this.#container = CONTAINERS.get(/^mp2t$/i.test(type) ? "ts" : "flv") as Container;
    this.#encoder = this.#container.encoder();
  }

  /** The bytes of one packet, after the file's head when it is the first; `time` in ms. */
  write(kind: "audio" | "video", time: number, payload: Uint8Array): Uint8Array {
    const out = new ByteWriter(payload.length + 64);
    const head = this.#hasHead ? undefined : this.#container.head?.({ audio: true, video: true });
    this.#hasHead = true;
    if (head !== undefined) out.bytes(head);
    this.#encoder.encode(new MediaMessage(kind, "frame", time >>> 0, payload), out);
    return out.take();
  }
}

/** What `mona:createMediaWriter` gives. */
export const mediaWriter = define<MediaWriter>({
  name: "MediaWriter",
  type: MediaWriter,
  members: {
    write: method((writer, args) => {
      const kind = args.number(1) === AUDIO ? "audio" : "video";
      return writer.write(kind, args.number(2), args.bytes(3));
    }),
  },
});
