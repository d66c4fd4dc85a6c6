import { equalBytes } from "../../bytes/mod.ts";
import type { SenderFactory } from "../udp.ts";
import { PlainSender, type UdpSender } from "../udp_sender.ts";
import { LibC } from "./libc.ts";
import { NativeSender } from "./sender.ts";

/** Milliseconds that datagrams of the self-test may take. */
const TEST_TIMEOUT = 1000;
/** Bytes of its datagrams: two that become one message with a shorter one, then one of its own. */
const TEST_LENGTHS = [900, 900, 300, 1200];

/** The calls of the C library that datagrams need. */
type Calls = Pick<LibC, "addressOf" | "findUdpSocket" | "send"> & Disposable;

/**
 * Datagrams by the system's own calls, several at a time, on the descriptor of the runtime's socket.
 * The runtime goes on receiving, and takes what the system cannot take yet.
 */
export class NativeUdp implements SenderFactory, Disposable {
  readonly #libc: Calls;

  private constructor(libc: Calls) {
    this.#libc = libc;
  }

  /**
   * Opens the C library, sends datagrams to itself and compares what comes.
   * @throws Error with the reason why this system, or this permission, has no such way
   */
  static async open(library: () => Calls = LibC.open): Promise<NativeUdp> {
    const { os, arch } = Deno.build;
    if (os !== "linux" || (arch !== "x86_64" && arch !== "aarch64")) {
      throw new Error(`its structures are not known for ${os} on ${arch}`);
    }
    const { state } = await Deno.permissions.query({ name: "ffi" });
    if (state !== "granted") throw new Error("--allow-ffi is not granted");
    const native = new NativeUdp(library());
    try {
      await native.#test();
    } catch (error) {
      native[Symbol.dispose]();
      throw error;
    }
    return native;
  }

  /** Gives the library back, once all its sockets are closed. */
  [Symbol.dispose](): void {
    this.#libc[Symbol.dispose]();
  }

  senderFor(conn: Deno.DatagramConn, plain: UdpSender): UdpSender | undefined {
    const { hostname, port } = conn.addr as Deno.NetAddr;
    const descriptor = this.#libc.findUdpSocket(port);
    if (descriptor === undefined) return undefined;
    const isIpv6 = hostname.includes(":");
    return new NativeSender({ libc: this.#libc, descriptor, isIpv6, plain });
  }

  async #test(): Promise<void> {
    const conn = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
    const plain = new PlainSender(conn);
    const timer = setTimeout(() => plain.close(), TEST_TIMEOUT);
    try {
      const sender = this.senderFor(conn, plain);
      if (sender === undefined) throw new Error("the socket of the test has no descriptor");
      const to = { host: "127.0.0.1", port: (conn.addr as Deno.NetAddr).port };
      const sent = TEST_LENGTHS.map((length) => crypto.getRandomValues(new Uint8Array(length)));
      for (const datagram of sent) sender.send(datagram, to);
      for (const [index, datagram] of sent.entries()) {
        const [received] = await conn.receive(new Uint8Array(2048));
        if (!equalBytes(received, datagram)) {
          throw new Error(`datagram ${index} of the test came with ${received.length} bytes`);
        }
      }
    } catch (error) {
      const isClosed = error instanceof Deno.errors.BadResource ||
        error instanceof Deno.errors.Interrupted;
      throw isClosed ? new Error("datagrams of the test did not come") : error;
    } finally {
      clearTimeout(timer);
      plain.close();
    }
  }
}

/** @throws Error with the reason why this system, or this permission, has no such way */
export function openNativeUdp(): Promise<SenderFactory & Disposable> {
  return NativeUdp.open();
}
