import { aesCode } from "./aes_code.ts";
import { BLOCK, DIGEST, sha256Code } from "./sha256_code.ts";
import { wasmModule } from "./wasm.ts";

/** Bytes of the longest packet. */
export const MAX_PACKET = 8192;

const TABLES = 0;
const CONSTANTS = 2048;
/** Round keys of the packet being worked on. */
export const KEYS = 4096;
/** The state of a digest. */
export const STATE = KEYS + 256;
/** The block of HMAC's second digest, and the code. */
export const OUTER = STATE + DIGEST;
export const CODE = OUTER + BLOCK;
/** A packet, with a block in front of it and two behind it, and a second one. */
export const PACKET = 8192;
export const PACKET_2 = PACKET + MAX_PACKET + 4 * BLOCK;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  encrypt(keys: number, at: number, end: number): void;
  encryptTwo(keys: number, at: number, end: number, at2: number): void;
  decrypt(keys: number, at: number, end: number): void;
  compress(state: number, at: number, end: number): void;
  digest(state: number, to: number): void;
}

/**
 * AES and SHA-256 as WebAssembly, in the one memory that all keys share: each call brings what it
 * works on and takes away the result. The module is made when it is needed first.
 */
class PacketMemory {
  readonly code: Exports;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly state: Int32Array<ArrayBuffer>;
  readonly outer: Uint8Array<ArrayBuffer>;
  readonly result: Uint8Array<ArrayBuffer>;

  constructor() {
    const aes = aesCode(TABLES);
    const sha256 = sha256Code(CONSTANTS);
    const module = new WebAssembly.Module(wasmModule({
      pages: 1,
      data: [aes.data, sha256.data],
      functions: [...aes.functions, ...sha256.functions],
    }));
    const instance: unknown = new WebAssembly.Instance(module).exports;
    this.code = instance as Exports;
    const { buffer } = this.code.memory;
    this.bytes = new Uint8Array(buffer);
    this.state = new Int32Array(buffer, STATE, DIGEST / 4);
    this.outer = new Uint8Array(buffer, OUTER, DIGEST);
    this.result = new Uint8Array(buffer, CODE, DIGEST);
  }
}

let made: PacketMemory | undefined;

export function packetMemory(): PacketMemory {
  return made ??= new PacketMemory();
}
