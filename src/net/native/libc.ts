import {
  AF_INET,
  AF_INET6,
  IPPROTO_TCP,
  MMSGHDR_SIZE,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  SHUT_RDWR,
  SO_TYPE,
  SOCK_DGRAM,
  SOCKADDR_IN6_SIZE,
  SOL_SOCKET,
  TCP_NODELAY,
} from "./layout.ts";
import { familyAndPort } from "./socket_address.ts";

/** Errors of Linux that mean something to a sender of datagrams (errno(3)). */
export const Errno = {
  interrupted: 4,
  inputOutput: 5,
  again: 11,
  notSupported: 95,
  noBuffers: 105,
  connectionRefused: 111,
} as const;
export type Errno = (typeof Errno)[keyof typeof Errno];

/** Descriptors that are looked through for a UDP socket: those of a server are opened first. */
const MAX_DESCRIPTOR = 1_024;

/** Numbers without a socket after which there are no more: the system gives the lowest free one. */
const DESCRIPTOR_GAP = 4_096;

const symbols = {
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "isize" },
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  recvmmsg: { parameters: ["i32", "buffer", "u32", "i32", "pointer"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

/** The calls of the system's C library on sockets, with their arguments checked. */
export class LibC implements Disposable {
  readonly #library: Deno.DynamicLibrary<typeof symbols>;
  readonly #calls: Deno.DynamicLibrary<typeof symbols>["symbols"];
  readonly #errno: Deno.UnsafePointerView;

  private constructor(library: Deno.DynamicLibrary<typeof symbols>) {
    this.#library = library;
    this.#calls = library.symbols;
    const errno = this.#calls.__errno_location();
    if (errno === null) throw new Error("the C library has no errno");
    this.#errno = new Deno.UnsafePointerView(errno);
  }

  /**
   * The library of this process.
   * @throws Error when it is not there, or the permission is not
   */
  static open(): LibC {
    return new LibC(Deno.dlopen("libc.so.6", symbols));
  }

  [Symbol.dispose](): void {
    this.#library.close();
  }

  /** The address of the first byte. */
  addressOf(bytes: Uint8Array<ArrayBuffer>): number {
    return Number(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
  }

  /** The descriptor of the one UDP socket that is bound to a port; undefined when there is none, or two. */
  findUdpSocket(port: number): number | undefined {
    let found: number | undefined;
    for (let descriptor = 0; descriptor < MAX_DESCRIPTOR; descriptor++) {
      const name = this.nameOf(descriptor);
      if (name === undefined || familyAndPort(name).port !== port) continue;
      if (this.option(descriptor, SOL_SOCKET, SO_TYPE) !== SOCK_DGRAM) continue;
      if (found !== undefined) return undefined;
      found = descriptor;
    }
    return found;
  }

  /** The descriptors of all sockets of IP protocols, from one on. */
  *sockets(first = 0): Generator<number> {
    for (let at = first, last = first; at - last < DESCRIPTOR_GAP; at++) {
      if (this.nameOf(at) === undefined) continue;
      last = at;
      yield at;
    }
  }

  /** The address that a socket is bound to; undefined for what is no socket of an IP protocol. */
  nameOf(descriptor: number): Uint8Array | undefined {
    const name = new Uint8Array(SOCKADDR_IN6_SIZE);
    return this.#address(this.#calls.getsockname(checked(descriptor), name, nameSize()), name);
  }

  /** The address that a socket is connected to; undefined for what is not connected. */
  peerOf(descriptor: number): Uint8Array | undefined {
    const name = new Uint8Array(SOCKADDR_IN6_SIZE);
    return this.#address(this.#calls.getpeername(checked(descriptor), name, nameSize()), name);
  }

  #address(result: number, name: Uint8Array): Uint8Array | undefined {
    if (result !== 0) return undefined;
    const { family } = familyAndPort(name);
    return family === AF_INET || family === AF_INET6 ? name : undefined;
  }

  /** An option of a socket that is a number; undefined for what is no socket or has no such option. */
  option(descriptor: number, level: number, option: number): number | undefined {
    const value = new Uint8Array(4);
    const size = Uint8Array.of(4, 0, 0, 0);
    const result = this.#calls.getsockopt(checked(descriptor), level, option, value, size);
    return result === 0 ? new DataView(value.buffer).getInt32(0, true) : undefined;
  }

  /** What is written to a TCP socket, and to those it accepts, leaves at once; false on an error. */
  setNoDelay(descriptor: number): boolean {
    const value = Uint8Array.of(1, 0, 0, 0);
    return this.#calls.setsockopt(checked(descriptor), IPPROTO_TCP, TCP_NODELAY, value, 4) === 0;
  }

  /**
   * Ends both directions of a connection, whatever waits; its descriptor stays open. False for what
   * is not connected by an IP protocol: the runtime has other sockets too, and lives by them.
   */
  shutDown(descriptor: number): boolean {
    if (this.peerOf(descriptor) === undefined) return false;
    return this.#calls.shutdown(checked(descriptor), SHUT_RDWR) === 0;
  }

  /**
   * Writes without waiting to a connection that {@link peerOf} knows: how many bytes the system took,
   * 0 when it took none.
   */
  write(descriptor: number, bytes: Uint8Array<ArrayBuffer>): number {
    if (bytes.length === 0) return 0;
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const count = Number(this.#calls.send(checked(descriptor), bytes, BigInt(bytes.length), flags));
    return Math.max(0, count);
  }

  /**
   * Sends `count` messages whose mmsghdr structures begin at `headers`; how many the system took,
   * or the error of the first below 0.
   */
  send(descriptor: number, headers: Uint8Array<ArrayBuffer>, count: number): number {
    checked(descriptor);
    checkMessages(headers, count);
    const sent = this.#calls.sendmmsg(descriptor, headers, count, MSG_DONTWAIT);
    return sent < 0 ? -this.#errno.getInt32() : sent;
  }

  /**
   * Receives datagrams that have come, at most `count`, into the `count` mmsghdr structures that begin
   * at `headers`; how many, or the error below 0.
   */
  receive(descriptor: number, headers: Uint8Array<ArrayBuffer>, count: number): number {
    checked(descriptor);
    checkMessages(headers, count);
    const received = this.#calls.recvmmsg(descriptor, headers, count, MSG_DONTWAIT, null);
    return received < 0 ? -this.#errno.getInt32() : received;
  }
}

/** @throws RangeError when that many mmsghdr structures are not there */
function checkMessages(headers: Uint8Array, count: number): void {
  if (Number.isInteger(count) && count >= 1 && count * MMSGHDR_SIZE <= headers.length) return;
  throw new RangeError(`${count} messages in ${headers.length} bytes`);
}

/** @throws RangeError for a number that no descriptor can have */
function checked(descriptor: number): number {
  if (Number.isInteger(descriptor) && descriptor >= 0 && descriptor <= 0x7fff_ffff) {
    return descriptor;
  }
  throw new RangeError(`${descriptor} is no descriptor`);
}

/** How many bytes of a sockaddr the system may write. */
function nameSize(): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(SOCKADDR_IN6_SIZE, 0, 0, 0);
}
