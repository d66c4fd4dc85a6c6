import { aesCode } from "./aes_code.ts";
import { BLOCK as AES_BLOCK } from "./aes_field.ts";
import { BLOCK, DIGEST, sha256Code } from "./sha256_code.ts";
import { wasmModule } from "./wasm.ts";

/** Bytes of the longest packet. */
const MAX_PACKET = 8192;
/** Bytes of a buffer in front of every packet, and behind it, for what ciphers write there. */
export const HEADROOM = BLOCK;
const TAILROOM = 2 * BLOCK;

const TABLES = 0;
const CONSTANTS = 2048;
/** Round keys of the packet being worked on, and of the second one of two. */
export const KEYS = 4096;
export const KEYS_2 = KEYS + 256;
/** The state of a digest. */
export const STATE = KEYS_2 + 256;
/** The block of HMAC's second digest, and the code. */
export const OUTER = STATE + DIGEST;
export const CODE = OUTER + BLOCK;
const BUFFERS = 8192;
/** A packet, headroom and tailroom, and what a protocol writes around the packet. */
const BUFFER_SIZE = MAX_PACKET + 512;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  encrypt(at: number, end: number): void;
  encryptTwo(at: number, end: number, at2: number): void;
  decrypt(at: number, end: number): void;
  compress(state: number, at: number, end: number): void;
  digest(state: number, to: number): void;
}

/** A buffer for one packet with its headroom and tailroom; ciphers work in it in place. */
export interface PacketBuffer {
  readonly memory: PacketMemory;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The address of the first byte. */
  readonly at: number;
}

/** A packet: bytes `start` to `end` of a buffer. */
export interface PacketSlice {
  readonly buffer: PacketBuffer;
  readonly start: number;
  readonly end: number;
}

/**
 * The packet's length.
 * @throws RangeError when it reaches out of its buffer, or into headroom or tailroom
 */
export function checkedLength({ buffer, start, end }: PacketSlice): number {
  const length = end - start;
  if (!Number.isInteger(start) || !Number.isInteger(end) || length < 0 || length > MAX_PACKET) {
    throw new RangeError(`packet of ${length} bytes`);
  }
  if (start < HEADROOM || end > buffer.bytes.length - TAILROOM) {
    throw new RangeError(
      `packet from ${start} to ${end} of a buffer of ${buffer.bytes.length} bytes`,
    );
  }
  return length;
}

/** The length of a packet of whole AES blocks. @throws RangeError */
export function checkedBlocks(slice: PacketSlice): number {
  const length = checkedLength(slice);
  if (length === 0 || length % AES_BLOCK !== 0) {
    throw new RangeError(`${length} bytes are not whole AES blocks`);
  }
  return length;
}

/** A key for AES-128. @throws RangeError */
export function checkedKey(key: Uint8Array): Uint8Array {
  if (key.length !== AES_BLOCK) throw new RangeError(`AES-128 key of ${key.length} bytes, not 16`);
  return key;
}

/**
 * AES and SHA-256 as WebAssembly, and packet buffers in their memory. One call at a time: keys and
 * digests are at fixed addresses.
 */
export class PacketMemory {
  readonly buffers: readonly [PacketBuffer, PacketBuffer, PacketBuffer];
  readonly code: Exports;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly state: Int32Array<ArrayBuffer>;
  readonly outer: Uint8Array<ArrayBuffer>;
  readonly result: Uint8Array<ArrayBuffer>;

  constructor() {
    module ??= compiled();
    const instance: unknown = new WebAssembly.Instance(module).exports;
    this.code = instance as Exports;
    const { buffer } = this.code.memory;
    this.bytes = new Uint8Array(buffer);
    this.state = new Int32Array(buffer, STATE, DIGEST / 4);
    this.outer = new Uint8Array(buffer, OUTER, DIGEST);
    this.result = new Uint8Array(buffer, CODE, DIGEST);
    const packetBuffer = (number: number): PacketBuffer => {
      const at = BUFFERS + number * BUFFER_SIZE;
      return { memory: this, bytes: new Uint8Array(buffer, at, BUFFER_SIZE), at };
    };
    this.buffers = [packetBuffer(0), packetBuffer(1), packetBuffer(2)];
  }
}

/** Compiled at the first use. */
let module: WebAssembly.Module | undefined;

function compiled(): WebAssembly.Module {
  const aes = aesCode(TABLES, [KEYS, KEYS_2]);
  const sha256 = sha256Code(CONSTANTS);
  return new WebAssembly.Module(wasmModule({
    pages: 1,
    data: [aes.data, sha256.data],
    functions: [...aes.functions, ...sha256.functions],
  }));
}

let shared: PacketMemory | undefined;

/** The memory for work that begins and ends within one call. */
export function sharedMemory(): PacketMemory {
  return shared ??= new PacketMemory();
}
