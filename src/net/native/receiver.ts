import type { UdpAddress } from "../udp_sender.ts";
import type { UdpReceiver } from "../udp.ts";
import {
  AF_INET,
  IOVEC_SIZE,
  MMSGHDR_SIZE,
  readReceived,
  SOCKADDR_IN6_SIZE,
  writeMessageHeader,
  writeMessageParts,
  writeVector,
} from "./layout.ts";
import type { LibC } from "./libc.ts";
import { familyAndPort, hostOf } from "./socket_address.ts";

/** Datagrams of one call. */
const MAX_MESSAGES = 16;
/** Bytes for each: more than UDP carries, so that none is cut. The system fills in what is used. */
const DATAGRAM_SIZE = 65_536;
const NAME_SIZE = 32;

const VECTORS = MAX_MESSAGES * MMSGHDR_SIZE;
const NAMES = VECTORS + MAX_MESSAGES * IOVEC_SIZE;
const DATA = NAMES + MAX_MESSAGES * NAME_SIZE;
const MEMORY_SIZE = DATA + MAX_MESSAGES * DATAGRAM_SIZE;

/** Addresses that are kept, since most datagrams come from those of before. */
const MAX_ADDRESSES = 4096;

/** How a {@link NativeReceiver} does it. */
export interface NativeReceiverOptions {
  readonly libc: Pick<LibC, "addressOf" | "receive">;
  /** Of the runtime's own socket. */
  readonly descriptor: number;
}

/**
 * Reads what has come beside the datagram that the runtime waited for, in one call. The runtime finds
 * nothing more then and waits again.
 */
export class NativeReceiver implements UdpReceiver {
  readonly #options: NativeReceiverOptions;
  /** The mmsghdr structures, and all that they point to. */
  readonly #memory: Uint8Array<ArrayBuffer> = new Uint8Array(MEMORY_SIZE);
  readonly #view = new DataView(this.#memory.buffer);
  readonly #addresses = new Map<number | string, UdpAddress>();
  #count = 0;
  #isClosed = false;

  constructor(options: NativeReceiverOptions) {
    this.#options = options;
    const address = options.libc.addressOf(this.#memory);
    for (let index = 0; index < MAX_MESSAGES; index++) {
      const vector = VECTORS + index * IOVEC_SIZE;
      const name = address + NAMES + index * NAME_SIZE;
      writeMessageHeader(this.#view, index * MMSGHDR_SIZE, name, address + vector);
      writeVector(this.#view, vector, address + DATA + index * DATAGRAM_SIZE, DATAGRAM_SIZE);
      this.#prepare(index);
    }
  }

  get count(): number {
    return this.#count;
  }

  read(): void {
    const before = this.#count;
    this.#count = 0;
    if (this.#isClosed) return;
    for (let index = 0; index < before; index++) this.#prepare(index);
    const { libc, descriptor } = this.#options;
    const received = libc.receive(descriptor, this.#memory.subarray(0, VECTORS), MAX_MESSAGES);
    // Whatever error there is, the runtime meets the next one.
    this.#count = Math.max(0, Math.min(received, MAX_MESSAGES));
  }

  datagram(index: number): Uint8Array<ArrayBuffer> {
    this.#check(index);
    const length = readReceived(this.#view, index * MMSGHDR_SIZE);
    const start = DATA + index * DATAGRAM_SIZE;
    return this.#memory.subarray(start, start + Math.min(length, DATAGRAM_SIZE));
  }

  from(index: number): UdpAddress {
    this.#check(index);
    const start = NAMES + index * NAME_SIZE;
    const name = this.#memory.subarray(start, start + SOCKADDR_IN6_SIZE);
    const { family, port } = familyAndPort(name);
    const key = family === AF_INET
      ? this.#view.getUint32(start + 4) * 0x1_0000 + port
      : `${name.subarray(8, 24).toHex()}:${port}`;
    const known = this.#addresses.get(key);
    if (known !== undefined) return known;
    const address = { host: hostOf(name), port };
    if (this.#addresses.size >= MAX_ADDRESSES) this.#addresses.clear();
    this.#addresses.set(key, address);
    return address;
  }

  close(): void {
    this.#isClosed = true;
    this.#count = 0;
  }

  /** Has room for any name: the system has written there how long the last one was. */
  #prepare(index: number): void {
    writeMessageParts(this.#view, index * MMSGHDR_SIZE, SOCKADDR_IN6_SIZE, 0);
  }

  #check(index: number): void {
    if (Number.isInteger(index) && index >= 0 && index < this.#count) return;
    throw new RangeError(`datagram ${index} of ${this.#count}`);
  }
}
