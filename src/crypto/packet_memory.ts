import { aesCode } from "./aes_code.ts";
import { BLOCK as AES_BLOCK } from "./aes_field.ts";
import { BLOCK, DIGEST, sha256Code } from "./sha256_code.ts";
import { wasmModule } from "./wasm.ts";

/** Bytes of the longest packet. */
const MAX_PACKET = 8192;
/** Bytes that a room has in front of every packet, and behind it, for what ciphers put there. */
export const FRONT_ROOM = BLOCK;
const BACK_ROOM = 2 * BLOCK;

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
const ROOMS = 8192;
/** Beside the packet and both margins there is room for what a protocol writes around it. */
const ROOM_SIZE = MAX_PACKET + 512;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  encrypt(at: number, end: number): void;
  encryptTwo(at: number, end: number, at2: number): void;
  decrypt(at: number, end: number): void;
  compress(state: number, at: number, end: number): void;
  digest(state: number, to: number): void;
}

/** Room for one packet and what is around it, where ciphers work in place. */
export interface PacketRoom {
  readonly memory: PacketMemory;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The address of the first byte. */
  readonly at: number;
}

/** A packet: bytes `start` to `end` of a room. */
export interface PacketPlace {
  readonly room: PacketRoom;
  readonly start: number;
  readonly end: number;
}

/** The packet's length. Throws RangeError when it lies outside of its room or in a margin. */
export function checkedLength({ room, start, end }: PacketPlace): number {
  const length = end - start;
  if (length < 0 || length > MAX_PACKET) throw new RangeError(`packet of ${length} bytes`);
  if (start < FRONT_ROOM || end > room.bytes.length - BACK_ROOM) {
    throw new RangeError(`packet from ${start} to ${end} of a room of ${room.bytes.length} bytes`);
  }
  return length;
}

/** The length of a packet of whole AES blocks. @throws RangeError */
export function checkedBlocks(place: PacketPlace): number {
  const length = checkedLength(place);
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

/** AES and SHA-256 as WebAssembly, and rooms in their memory. Whoever has it shares it in turns. */
export class PacketMemory {
  readonly rooms: readonly [PacketRoom, PacketRoom, PacketRoom];
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
    const room = (number: number): PacketRoom => {
      const at = ROOMS + number * ROOM_SIZE;
      return { memory: this, bytes: new Uint8Array(buffer, at, ROOM_SIZE), at };
    };
    this.rooms = [room(0), room(1), room(2)];
  }
}

/** Made when it is needed first. */
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

/** One for what begins and ends within a call. */
export function sharedMemory(): PacketMemory {
  return shared ??= new PacketMemory();
}
