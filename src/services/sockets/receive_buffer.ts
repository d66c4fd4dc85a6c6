/** More bytes than this are never kept for a script that does not consume them. */
const KEEP_LIMIT = 16_777_216;

/** The bytes of a stream that were left over, in front of those that came. */
export class ReceiveBuffer {
  #bytes = new Uint8Array(0);
  #start = 0;
  #end = 0;
  /** What the last {@link add} gave. */
  #given: Uint8Array = this.#bytes;

  /** How many bytes are left over. */
  get size(): number {
    return this.#end - this.#start;
  }

  /** All there is: valid until the next call. Undefined when it is too much to keep. */
  add(bytes: Uint8Array): Uint8Array | undefined {
    if (this.size === 0) return this.#given = bytes;
    const size = this.size + bytes.length;
    if (size > KEEP_LIMIT) return undefined;
    if (this.#end + bytes.length > this.#bytes.length) this.#move(size);
    this.#bytes.set(bytes, this.#end);
    this.#end += bytes.length;
    return this.#given = this.#bytes.subarray(this.#start, this.#end);
  }

  /** Leaves over the last `count` bytes of what {@link add} gave. */
  keep(count: number): void {
    const given = this.#given;
    const rest = Math.min(Math.max(0, Math.trunc(count) || 0), given.length);
    if (this.size > 0) {
      this.#start = this.#end - rest;
    } else if (rest > 0) {
      if (this.#bytes.length < rest) this.#bytes = new Uint8Array(rest * 2);
      this.#bytes.set(given.subarray(given.length - rest));
      this.#start = 0;
      this.#end = rest;
    }
    if (this.size === 0) this.#start = this.#end = 0;
    this.#given = this.#bytes.subarray(0, 0);
  }

  #move(size: number): void {
    const bytes = size * 2 > this.#bytes.length ? new Uint8Array(size * 2) : this.#bytes;
    bytes.set(this.#bytes.subarray(this.#start, this.#end));
    this.#end = this.size;
    this.#start = 0;
    this.#bytes = bytes;
  }
}
