import { ByteWriter } from "../bytes/mod.ts";

/** Bytes that are not copied to be written with others. */
const LARGE_PART = 65_536;

/**
 * When this many bytes are queued, parts of at most {@link SMALL} bytes are copied together: each may
 * be a view that keeps a page of memory alive, and a slow peer lets thousands of them wait.
 */
const BACKLOG = 4_096;
const SMALL = 1_024;

/**
 * Parts that wait to be written, in order. One alone, as a message to many sockets is for each of
 * them, takes no memory besides itself.
 */
export class ByteQueue {
  #first: Uint8Array | undefined;
  /** Those behind the first; undefined for none. */
  #more: Uint8Array[] | undefined;
  /** Copies of small parts behind them. */
  #small: ByteWriter | undefined;
  #size = 0;

  /** Bytes of all parts. */
  get size(): number {
    return this.#size;
  }

  /** Appends bytes, which the caller does not change any more. */
  enqueue(bytes: Uint8Array): void {
    if (this.#size < BACKLOG || bytes.length > SMALL) return this.append(bytes);
    (this.#small ??= new ByteWriter(2 * BACKLOG)).bytes(bytes);
    this.#size += bytes.length;
  }

  /** The same of bytes that are never copied for being many. */
  append(bytes: Uint8Array): void {
    this.#endSmall();
    this.#add(bytes);
    this.#size += bytes.length;
  }

  #add(bytes: Uint8Array): void {
    if (this.#first === undefined) this.#first = bytes;
    else if (this.#more === undefined) this.#more = [bytes];
    else this.#more.push(bytes);
  }

  #endSmall(): void {
    const small = this.#small;
    if (small === undefined) return;
    this.#small = undefined;
    this.#add(small.take());
  }

  /** What goes in one write: parts side by side, but a large one alone, which costs less than a copy. */
  dequeue(): Uint8Array | undefined {
    this.#endSmall();
    const [first, more] = [this.#first, this.#more];
    if (first === undefined || more === undefined) {
      this.clear();
      return first;
    }
    const large = more.findIndex(isLarge);
    if (!isLarge(first) && large === -1) {
      const total = this.#size;
      this.clear();
      return join(first, more, total);
    }
    const joined = isLarge(first) ? [] : more.splice(0, large);
    this.#first = more.shift();
    if (more.length === 0) this.#more = undefined;
    const total = joined.reduce((sum, { length }) => sum + length, first.length);
    this.#size -= total;
    return joined.length === 0 ? first : join(first, joined, total);
  }

  clear(): void {
    this.#first = this.#more = this.#small = undefined;
    this.#size = 0;
  }
}

function isLarge({ length }: Uint8Array): boolean {
  return length >= LARGE_PART;
}

function join(first: Uint8Array, more: readonly Uint8Array[], total: number): Uint8Array {
  const joined = new Uint8Array(total);
  joined.set(first);
  let at = first.length;
  for (const part of more) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
