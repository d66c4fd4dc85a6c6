import { ByteWriter } from "../bytes/mod.ts";
import { Amf0Writer } from "../codecs/mod.ts";
import type { Role } from "../media/mod.ts";
import { writeData } from "./data_reader.ts";

/** `published` and `unpublished` tell listeners, in order with the media, that the publisher came or went. */
export type MediaKind = "audio" | "video" | "data" | "published" | "unpublished";

/** How the bytes of a data message are written. `amf0` may switch to AMF3 within (marker 0x11). */
export type DataFormat = "amf0" | "amf3" | "json" | "raw";

/** Bytes of one message in one encoding: `buffer[start, end)`. */
export interface Encoded {
  /** The log that made it: message slots are used again by later logs. */
  readonly owner: unknown;
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** One message of a publication, linked to the one that followed it. */
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
  /** Bytes of all messages of the publication before this one. */
  readonly position: number;
  /** Bytes in each encoding, by the slot of its log. */
  readonly encoded: (Encoded | undefined)[] = [];
  next: MediaMessage | undefined = undefined;
  #script: Uint8Array | undefined;

  constructor(
    kind: MediaKind,
    role: Role,
    time: number,
    payload: Uint8Array,
    position: number,
    name = "",
    format: DataFormat = "raw",
  ) {
    this.kind = kind;
    this.role = role;
    this.time = time;
    this.payload = payload;
    this.position = position;
    this.name = name;
    this.format = format;
  }

  /** What the message counts in a listener's queue, in bytes. */
  get size(): number {
    return this.payload.length + MESSAGE_OVERHEAD;
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

  /** The same message outside of the publication's chain, so that keeping it keeps no other. */
  alone(time = this.time): MediaMessage {
    return new MediaMessage(
      this.kind,
      this.role,
      time,
      this.payload,
      this.position,
      this.name,
      this.format,
    );
  }
}

/** Headers of a message in any protocol, about. */
const MESSAGE_OVERHEAD = 12;
