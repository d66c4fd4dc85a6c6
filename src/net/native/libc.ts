import {
  AF_INET,
  AF_INET6,
  MMSGHDR_SIZE,
  MSG_DONTWAIT,
  SO_TYPE,
  SOCK_DGRAM,
  SOCKADDR_IN6_SIZE,
  SOL_SOCKET,
} from "./layout.ts";
import { familyAndPort } from "./socket_address.ts";

/** Errors of Linux that mean something to a sender of datagrams (errno(3)). */
export const enum Errno {
  Interrupted = 4,
  InputOutput = 5,
  Again = 11,
  NotSupported = 95,
  NoBuffers = 105,
  ConnectionRefused = 111,
}

/** Descriptors that are looked through for a socket: those of a server are opened first. */
const MAX_DESCRIPTOR = 1024;

const symbols = {
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  sendmmsg: { parameters: ["i32", "buffer", "u32", "i32"], result: "i32" },
  __errno_location: { parameters: [], result: "pointer" },
} as const;

/** The calls of the system's C library that send datagrams, with their arguments checked. */
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
    const name = new Uint8Array(SOCKADDR_IN6_SIZE);
    const size = new Uint8Array(4);
    const type = new Uint8Array(4);
    let found: number | undefined;
    for (let descriptor = 0; descriptor < MAX_DESCRIPTOR; descriptor++) {
      size.set([SOCKADDR_IN6_SIZE, 0, 0, 0]);
      if (this.#calls.getsockname(descriptor, name, size) !== 0) continue;
      const bound = familyAndPort(name);
      if (bound.port !== port) continue;
      if (bound.family !== AF_INET && bound.family !== AF_INET6) continue;
      size.set([4, 0, 0, 0]);
      const isKnown = this.#calls.getsockopt(descriptor, SOL_SOCKET, SO_TYPE, type, size) === 0;
      if (!isKnown || type[0] !== SOCK_DGRAM) continue;
      if (found !== undefined) return undefined;
      found = descriptor;
    }
    return found;
  }

  /**
   * Sends `count` messages whose mmsghdr structures begin at `headers`; how many the system took,
   * or the error of the first below 0.
   */
  send(descriptor: number, headers: Uint8Array<ArrayBuffer>, count: number): number {
    if (!Number.isInteger(descriptor) || descriptor < 0) {
      throw new RangeError(`${descriptor} is no descriptor`);
    }
    if (!Number.isInteger(count) || count < 1 || count * MMSGHDR_SIZE > headers.length) {
      throw new RangeError(`${count} messages in ${headers.length} bytes`);
    }
    const sent = this.#calls.sendmmsg(descriptor, headers, count, MSG_DONTWAIT);
    return sent < 0 ? -this.#errno.getInt32() : sent;
  }
}
