import { type DataFormat, type MediaKind, MediaMessage, type Role } from "../media/mod.ts";

/** Bytes of one message in one encoding: `buffer[start, end)`. */
export interface Encoded {
  /** The log that made it: message slots are used again by later logs. */
  readonly owner: unknown;
  readonly buffer: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/** A message of a publication, linked to the one that followed it. */
export class ChainedMessage extends MediaMessage {
  /** Bytes of all messages of the publication before this one. */
  readonly position: number;
  /** Bytes in each encoding, by the slot of its log. */
  readonly encoded: (Encoded | undefined)[] = [];
  next: ChainedMessage | undefined = undefined;

  constructor(
    kind: MediaKind,
    role: Role,
    time: number,
    payload: Uint8Array,
    position: number,
    name?: string,
    format?: DataFormat,
  ) {
    super(kind, role, time, payload, name, format);
    this.position = position;
  }

  /** What the message counts in a listener's queue, in bytes. */
  get size(): number {
    return this.payload.length + MESSAGE_OVERHEAD;
  }

  /** The same message outside of the publication's chain, so that keeping it keeps no other. */
  alone(time = this.time): ChainedMessage {
    const { kind, role, payload, position, name, format } = this;
    return new ChainedMessage(kind, role, time, payload, position, name, format);
  }
}

/** Headers of a message in any protocol, about. */
const MESSAGE_OVERHEAD = 12;
