import { ByteReader, ProtocolError } from "../../../bytes/mod.ts";
import { GroupMessage, MAX_AHEAD, MAX_KEPT, MAX_RECEIVED } from "./params.ts";

/** A media message of a group's stream. */
export interface GroupMedia {
  readonly type: number;
  readonly time: number;
  readonly payload: Uint8Array;
}

interface HeldPart {
  readonly kind: number;
  /** Of a message's first part. */
  readonly type: number;
  readonly time: number;
  readonly data: Uint8Array;
}

/** Types of messages that a group carries: sound, pictures, data, commands. */
const TYPES: ReadonlySet<number> = new Set([8, 9, 15, 17, 18, 20]);

/** Parts as they come, in any order, and the messages that they are parts of, in theirs. */
export class PartQueue {
  readonly #parts = new Map<number, HeldPart>();
  #held = 0;
  /** The part that is to come next; undefined before the first message. */
  #next: number | undefined;

  /** The part that everything waits for; undefined before the first one has come. */
  get next(): number | undefined {
    return this.#next;
  }

  get isEmpty(): boolean {
    return this.#parts.size === 0;
  }

  has(id: number): boolean {
    return this.#parts.has(id);
  }

  /**
   * Takes a part; false when it is of no use: late, or there. One that is far ahead is a new begin.
   * @throws ProtocolError when it cannot be read
   */
  add(bytes: Uint8Array): boolean {
    const input = new ByteReader(bytes);
    const kind = input.u8();
    const id = input.vlu();
    const part = readPart(kind, input);
    // Parts of a message whose beginning was not seen are of no use.
    const isJump = this.#next === undefined || id > this.#next + MAX_AHEAD;
    if (isJump && isFirst(kind)) this.#begin(id);
    else if (isJump) return false;
    if (id < this.#next!) return false;
    if (this.#parts.has(id) || this.#held + part.data.length > MAX_KEPT) return false;
    this.#parts.set(id, part);
    this.#held += part.data.length;
    return true;
  }

  /** The next message, once it is whole. @throws ProtocolError for one that is too long */
  take(): GroupMedia | undefined {
    while (this.#next !== undefined) {
      const first = this.#parts.get(this.#next);
      if (first === undefined) return undefined;
      // What is left of a message whose beginning was given up.
      if (!isFirst(first.kind)) this.#remove(this.#next++);
      else return this.#message(this.#next, first);
    }
    return undefined;
  }

  /** Gives up what is missing: goes on with the next message that has begun. */
  skip(): void {
    let begin: number | undefined;
    for (const [id, { kind }] of this.#parts) {
      if (isFirst(kind) && id > this.#next! && (begin === undefined || id < begin)) begin = id;
    }
    for (const id of [...this.#parts.keys()]) {
      if (begin === undefined || id < begin) this.#remove(id);
    }
    this.#next = begin;
  }

  #begin(id: number): void {
    this.#parts.clear();
    this.#held = 0;
    this.#next = id;
  }

  #message(id: number, first: HeldPart): GroupMedia | undefined {
    const { type, time } = first;
    let length = 0;
    let end = id;
    for (;; end++) {
      const part = this.#parts.get(end);
      // A message that is followed by another one without its end is given up.
      if (part !== undefined && end > id && isFirst(part.kind)) {
        this.#drop(id, end - 1);
        return this.take();
      }
      if (part === undefined) return undefined;
      length += part.data.length;
      if (length > MAX_RECEIVED) throw new ProtocolError(`a message of more than ${length} bytes`);
      if (part.kind === GroupMessage.media || part.kind === GroupMessage.mediaEnd) break;
    }
    const payload = new Uint8Array(length);
    let at = 0;
    for (let each = id; each <= end; each++) {
      const { data } = this.#parts.get(each)!;
      payload.set(data, at);
      at += data.length;
    }
    this.#drop(id, end);
    return { type, time, payload };
  }

  #drop(from: number, to: number): void {
    for (let id = from; id <= to; id++) this.#remove(id);
    this.#next = to + 1;
  }

  #remove(id: number): void {
    this.#held -= this.#parts.get(id)?.data.length ?? 0;
    this.#parts.delete(id);
  }
}

const isFirst = (kind: number): boolean =>
  kind === GroupMessage.media || kind === GroupMessage.mediaStart;

function readPart(kind: number, input: ByteReader): HeldPart {
  let [type, time] = [0, 0];
  switch (kind) {
    case GroupMessage.media:
      [type, time] = [input.u8(), input.u32()];
      break;
    case GroupMessage.mediaStart: {
      // How many parts follow is left out at times.
      const following = input.u8();
      type = TYPES.has(input.bytes[input.offset] ?? 0) ? input.u8() : following;
      time = input.u32();
      break;
    }
    case GroupMessage.mediaNext:
      input.u8();
      break;
    case GroupMessage.mediaEnd:
      break;
    default:
      throw new ProtocolError(`message ${kind} among parts`);
  }
  return { kind, type, time, data: input.rest().slice() };
}
