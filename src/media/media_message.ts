import { ByteWriter } from "../bytes/mod.ts";
import { Amf0Writer } from "../codecs/mod.ts";
import type { Role } from "./codec.ts";
import { type DataFormat, writeData } from "./data_message.ts";

/** `published` and `unpublished` tell, in order with the media, that a publisher came or went. */
export type MediaKind = "audio" | "video" | "data" | "published" | "unpublished";

/** The kinds of media that a stream has. */
export interface MediaKinds {
  readonly audio: boolean;
  readonly video: boolean;
}

/** One message of live media, as publishers send it and encoders write it. */
export class MediaMessage {
  readonly kind: MediaKind;
  readonly role: Role;
  /** Milliseconds, 32 bits: it wraps as RTMP's does. */
  readonly time: number;
  /** Audio, video: an FLV tag body. Data: what follows the name. Notices: empty. */
  readonly payload: Uint8Array;
  /** Name of a data message, such as `onMetaData`. */
  readonly name: string;
  readonly format: DataFormat;
  #script: Uint8Array | undefined;

  constructor(
    kind: MediaKind,
    role: Role,
    time: number,
    payload: Uint8Array,
    name = "",
    format: DataFormat = "raw",
  ) {
    this.kind = kind;
    this.role = role;
    this.time = time;
    this.payload = payload;
    this.name = name;
    this.format = format;
  }

  /** Data: the values in AMF0 alone, which is what FLV has. */
  get script(): Uint8Array {
    if (this.#script === undefined) {
      const writer = new Amf0Writer(new ByteWriter(this.payload.length + 16), "never");
      writeData(this, writer);
      this.#script = writer.take();
    }
    return this.#script;
  }
}
