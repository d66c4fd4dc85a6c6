import { hash } from "node:crypto";
import type { PacketHmac } from "./engine.ts";
import {
  checkedLength,
  CODE,
  OUTER,
  type PacketSlice,
  sharedMemory,
  STATE,
} from "./packet_memory.ts";
import { BLOCK, DIGEST, INITIAL } from "./sha256_code.ts";

const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** From here on node:crypto's digest is faster than ours, with the objects that it makes. */
export const LONG = 512;
/** What ends a message: a bit, then its length in bits, which has 8 bytes. */
const MARK = 0x80;
const LENGTH = 8;

/**
 * HMAC-SHA-256 of packets in WebAssembly. Both pads are digested once for all packets;
 * node:crypto is left with the inner digest of long packets, where its speed outweighs its objects.
 */
export class WasmHmac implements PacketHmac {
  readonly #pad: Uint8Array;
  readonly #inner: Int32Array;
  readonly #outer: Int32Array;

  /** `key` has at most 64 bytes. */
  constructor(key: Uint8Array) {
    if (key.length > BLOCK) throw new RangeError(`HMAC key of ${key.length} bytes, not 64 or less`);
    const padded = new Uint8Array(BLOCK);
    padded.set(key);
    this.#pad = padded.map((byte) => byte ^ INNER_PAD);
    this.#inner = stateAfter(this.#pad);
    this.#outer = stateAfter(padded.map((byte) => byte ^ OUTER_PAD));
  }

  of(slice: PacketSlice): Uint8Array<ArrayBuffer> {
    const length = checkedLength(slice);
    const { buffer, start, end } = slice;
    const { code, state, bytes, outer, result } = buffer.memory;
    if (length < LONG) {
      state.set(this.#inner);
      const last = finish(buffer.bytes, start, end, BLOCK + length);
      code.compress(STATE, buffer.at + start, buffer.at + last);
      code.digest(STATE, OUTER);
    } else {
      buffer.bytes.set(this.#pad, start - BLOCK);
      outer.setFromHex(hash("sha256", buffer.bytes.subarray(start - BLOCK, end), "hex"));
    }
    state.set(this.#outer);
    code.compress(STATE, OUTER, finish(bytes, OUTER, OUTER + DIGEST, BLOCK + DIGEST));
    code.digest(STATE, CODE);
    return result;
  }
}

function stateAfter(block: Uint8Array): Int32Array {
  const { code, bytes, state } = sharedMemory();
  bytes.set(block, OUTER);
  state.set(INITIAL);
  code.compress(STATE, OUTER, OUTER + BLOCK);
  return state.slice();
}

/**
 * Ends a message (FIPS 180-4 §5.1.1) of which the part from `start` to `end` is still to be digested,
 * `length` bytes in all, far less than 2^29. Returns where its last block ends.
 */
export function finish(bytes: Uint8Array, start: number, end: number, length: number): number {
  const blocks = Math.ceil((end - start + 1 + LENGTH) / BLOCK);
  const last = start + blocks * BLOCK;
  bytes[end] = MARK;
  bytes.fill(0, end + 1, last - 3);
  const bits = length * 8;
  bytes[last - 3] = bits >>> 16;
  bytes[last - 2] = bits >>> 8;
  bytes[last - 1] = bits;
  return last;
}
