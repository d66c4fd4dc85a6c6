import type { DirectWrite, SocketControl } from "../socket_control.ts";
import { SO_ACCEPTCONN, SO_TYPE, SOCK_STREAM, SOL_SOCKET } from "./layout.ts";
import { LibC } from "./libc.ts";
import { familyAndPort, isSameSocketAddress, socketAddress } from "./socket_address.ts";

/** Descriptors that one look for a connection goes through, about half a millisecond. */
const LOOK = 256;

const TEST_BYTE = 0x5a;

/** What the runtime's TCP sockets can do beyond its own functions, by their descriptors. */
export class NativeSocketControl implements SocketControl, Disposable {
  readonly #libc: LibC;
  /** Descriptors by the port of their peer, as far as was looked; each is looked at before it is used. */
  readonly #known: Map<number, number[]> = new Map();

  /** Where {@link writerOf} looks next. */
  #next = 0;

  private constructor(libc: LibC) {
    this.#libc = libc;
  }

  /**
   * Opens the C library, and tries both on a connection to itself.
   * @throws Error with the reason why this system, or this permission, has no such way
   */
  static async open(): Promise<NativeSocketControl> {
    if (Deno.build.os !== "linux") {
      throw new Error(`its options are not known for ${Deno.build.os}`);
    }
    const control = new NativeSocketControl(LibC.open());
    try {
      await control.#test();
    } catch (error) {
      control[Symbol.dispose]();
      throw error;
    }
    return control;
  }

  [Symbol.dispose](): void {
    this.#libc[Symbol.dispose]();
  }

  setNoDelay({ port }: Deno.NetAddr): boolean {
    const libc = this.#libc;
    let isSet = false;
    for (const descriptor of libc.sockets()) {
      const name = libc.nameOf(descriptor);
      if (name === undefined || familyAndPort(name).port !== port) continue;
      if (libc.option(descriptor, SOL_SOCKET, SO_TYPE) !== SOCK_STREAM) continue;
      if (libc.option(descriptor, SOL_SOCKET, SO_ACCEPTCONN) !== 1) continue;
      if (libc.setNoDelay(descriptor)) isSet = true;
    }
    return isSet;
  }

  cut(local: Deno.NetAddr, remote: Deno.NetAddr): boolean {
    const { hostname: host, port } = remote;
    const peer = socketAddress({ host, port }, host.includes(":"));
    if (peer === undefined) return false;
    let descriptor = this.#find(peer, local.port);
    if (descriptor === undefined) {
      // Those of a moment are cut together: one look serves them all.
      this.#lookAround();
      descriptor = this.#find(peer, local.port);
    }
    return descriptor !== undefined && this.#libc.shutDown(descriptor);
  }

  writerOf(local: Deno.NetAddr, remote: Deno.NetAddr): DirectWrite | undefined {
    const { hostname: host, port } = remote;
    const peer = socketAddress({ host, port }, host.includes(":"));
    if (peer === undefined) return undefined;
    let descriptor = this.#find(peer, local.port);
    if (descriptor === undefined) {
      // Those that are not found by this look are by the next ones: many ask one after the other.
      if (this.#next === 0) this.#known.clear();
      this.#next = this.#look(this.#next, LOOK);
      descriptor = this.#find(peer, local.port);
    }
    if (descriptor === undefined) return undefined;
    const [libc, found] = [this.#libc, descriptor];
    return (bytes) => libc.write(found, bytes as Uint8Array<ArrayBuffer>);
  }

  #find(peer: Uint8Array, localPort: number): number | undefined {
    const libc = this.#libc;
    return this.#known.get(familyAndPort(peer).port)?.find((descriptor) => {
      const now = libc.peerOf(descriptor);
      if (now === undefined || !isSameSocketAddress(now, peer)) return false;
      const name = libc.nameOf(descriptor);
      return name !== undefined && familyAndPort(name).port === localPort &&
        libc.option(descriptor, SOL_SOCKET, SO_TYPE) === SOCK_STREAM;
    });
  }

  /** Notes the descriptors of all connections, by the port of their peer. */
  #lookAround(): void {
    this.#known.clear();
    this.#look(0, Infinity);
  }

  /** Notes those of some sockets, from a descriptor on; returns where to go on, 0 behind the last. */
  #look(first: number, most: number): number {
    let count = 0;
    for (const descriptor of this.#libc.sockets(first)) {
      if (count++ === most) return descriptor;
      const peer = this.#libc.peerOf(descriptor);
      if (peer === undefined) continue;
      const { port } = familyAndPort(peer);
      const same = this.#known.get(port);
      if (same === undefined) this.#known.set(port, [descriptor]);
      else if (!same.includes(descriptor)) same.push(descriptor);
    }
    return 0;
  }

  async #test(): Promise<void> {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const ends: Deno.Conn[] = [];
    try {
      if (!this.setNoDelay(listener.addr)) throw new Error("the port of the test is not found");
      const [peer, own] = await Promise.all([
        Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
        listener.accept(),
      ]);
      ends.push(peer, own);
      // At one look, however many sockets there are.
      this.#lookAround();
      const write = this.writerOf(own.localAddr, own.remoteAddr);
      if (write?.(Uint8Array.of(TEST_BYTE)) !== 1) throw new Error("nothing can be written to it");
      const got = new Uint8Array(2);
      const count = await peer.read(got);
      if (count !== 1 || got[0] !== TEST_BYTE) throw new Error("what is written does not arrive");
      if (!this.cut(own.localAddr, own.remoteAddr)) throw new Error("its connection is not found");
      if (await peer.read(new Uint8Array(1)) !== null) throw new Error("its connection is not cut");
    } finally {
      for (const end of [...ends, listener]) end.close();
    }
  }
}

/** @throws Error with the reason why this system, or this permission, has no such way */
export function openSocketControl(): Promise<SocketControl & Disposable> {
  return NativeSocketControl.open();
}
