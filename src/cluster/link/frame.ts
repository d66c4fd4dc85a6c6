import {
  ByteReader,
  type ByteWriter,
  decodeText,
  encodeText,
  NOTHING,
  ProtocolError,
} from "../../bytes/mod.ts";
import { ENDLESS_TURN, type Turn, Weight, weightOf } from "../../net/mod.ts";
import { MAX_FRAME_NAME } from "../params.ts";

/**
 * What a frame carries. On the wire: 32 bits of length (of all that follows), 8 bits of type, the
 * body. A type that a peer does not know is skipped, so later versions may add some.
 */
export const FrameType = {
  hello: 1,
  proof: 2,
  introduction: 3,
  /** Why the link ends: 8 bits of {@link EndCode}, then text. */
  end: 4,
  ping: 5,
  pong: 6,
  /** Of a message that is longer than the broker takes: see engine/parts.ts. */
  part: 7,
  /** Name of a method, then its arguments in AMF3. */
  call: 16,
  /** Path of an application that runs: it is started here too. */
  application: 17,
  /** The server stops soon: clients are not sent there, and its names may be published elsewhere. */
  leaving: 18,
  /** What the server does: see load.ts. */
  load: 19,
  /** What a server has, in full, then what came to it or went: see sharing/item.ts. */
  everything: 24,
  changes: 25,
  /** Of a stream link: see stream/encoder.ts. */
  unpublished: 32,
  audio: 33,
  video: 34,
  data: 35,
  metadata: 36,
  /** Of shared objects: see objects/frames.ts. */
  objectOffer: 48,
  objectOwned: 49,
  objectFreed: 50,
  objectJoin: 51,
  objectLeave: 52,
  objectState: 53,
  objectEvents: 54,
  objectRequests: 55,
  objectRefusal: 56,
  objectHold: 57,
} as const;

/** True for what is about shared objects. */
export function isObjectFrame(type: number): boolean {
  return type >= FrameType.objectOffer && type <= FrameType.objectHold;
}

/** Appends a frame whose body `write` appends. */
export function writeFrame(
  out: ByteWriter,
  type: number,
  write?: (out: ByteWriter) => void,
): void {
  const at = out.length;
  out.u32(0).u8(type);
  write?.(out);
  out.setU32(at, out.length - at - 4);
}

/** Appends a name: 16 bits of length, then UTF-8. */
export function writeName(out: ByteWriter, name: string): void {
  const bytes = encodeText(name);
  if (bytes.length > MAX_FRAME_NAME) {
    throw new RangeError(`a name of ${bytes.length} bytes, at most ${MAX_FRAME_NAME} can be sent`);
  }
  out.u16(bytes.length).bytes(bytes);
}

/** @throws ProtocolError when it is too long or cut short */
export function readName(body: ByteReader): string {
  const length = body.u16();
  if (length > MAX_FRAME_NAME) throw new ProtocolError(`a name of ${length} bytes`, body.offset);
  const start = body.advance(length);
  return decodeText(body.bytes, start, start + length);
}

/** Takes bytes as they come and hands over whole frames. */
export class FrameReader {
  /** Longest frame accepted, in bytes; raised once the peer is trusted. */
  limit: number;
  readonly #onFrame: (type: number, body: ByteReader) => void;
  #pending: Uint8Array = NOTHING;
  #length = 0;
  /** The turn ended before all that is pending was read. */
  #isStopped = false;

  /** @param onFrame gets each frame; its bytes are valid only during the call */
  constructor(limit: number, onFrame: (type: number, body: ByteReader) => void) {
    this.limit = limit;
    this.#onFrame = onFrame;
  }

  /**
   * Returns how many bytes were taken: behind the end of a turn none, and the rest is given again.
   * @throws ProtocolError when a frame is empty or over the limit
   */
  readFrames(input: Uint8Array, turn: Turn = ENDLESS_TURN): number {
    if (this.#length === 0) {
      const used = this.#frames(input, turn);
      if (this.#isStopped) return used;
      this.#keep(input.subarray(used));
      return input.length;
    }
    const before = this.#length;
    this.#keep(input);
    const pending = this.#pending.subarray(0, this.#length);
    const used = this.#frames(pending, turn);
    if (used === 0) return input.length;
    this.#length = 0;
    // What was pending was one unfinished frame.
    if (this.#isStopped || used === pending.length) this.#pending = NOTHING;
    else this.#keep(pending.subarray(used));
    return this.#isStopped ? used - before : input.length;
  }

  /** Hands over the whole frames of `input` while the turn lasts; how many bytes they took. */
  #frames(input: Uint8Array, turn: Turn): number {
    this.#isStopped = false;
    let at = 0;
    while (input.length - at >= 4) {
      const length = new ByteReader(input, at).u32();
      if (length === 0 || length > this.limit) {
        throw new ProtocolError(`a frame of ${length} bytes, 1 to ${this.limit} wanted`);
      }
      const end = at + 4 + length;
      if (end > input.length) break;
      const body = new ByteReader(input, at + 4, end);
      this.#onFrame(body.u8(), body);
      at = end;
      if (!turn.spend(Weight.command + weightOf(length))) continue;
      this.#isStopped = at < input.length;
      break;
    }
    return at;
  }

  /** Appends to the bytes of an unfinished frame; memory grows with what came, not with the announced length. */
  #keep(rest: Uint8Array): void {
    const needed = this.#length + rest.length;
    if (needed > this.#pending.length) {
      const grown = new Uint8Array(
        Math.max(needed, Math.min(this.#pending.length * 2, needed * 2)),
      );
      grown.set(this.#pending.subarray(0, this.#length));
      this.#pending = grown;
    }
    if (rest.buffer === this.#pending.buffer) {
      this.#pending.copyWithin(this.#length, rest.byteOffset, rest.byteOffset + rest.length);
    } else this.#pending.set(rest, this.#length);
    this.#length = needed;
  }
}
