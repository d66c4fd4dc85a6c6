import { equalBytes } from "../../bytes/mod.ts";
import type { DatagramCalls, UdpReceiver } from "../udp.ts";
import { PlainSender, type UdpAddress, type UdpSender } from "../udp_sender.ts";
import { LibC } from "./libc.ts";
import { NativeReceiver } from "./receiver.ts";
import { NativeSender } from "./sender.ts";

/** Milliseconds that datagrams of the self-test may take. */
const TEST_TIMEOUT = 1000;
/** Bytes of its datagrams: two that become one message with a shorter one, then one of its own. */
const TEST_LENGTHS = [900, 900, 300, 1200];

/** The calls of the C library that datagrams need. */
type Calls = Pick<LibC, "addressOf" | "findUdpSocket" | "receive" | "send"> & Disposable;

/**
 * Datagrams by the system's own calls, several at a time, on the descriptor of the runtime's socket.
 * The runtime waits for what comes, and takes what the system cannot take yet.
 */
export class NativeUdp implements DatagramCalls, Disposable {
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

  receiverFor(conn: Deno.DatagramConn): UdpReceiver | undefined {
    const descriptor = this.#libc.findUdpSocket((conn.addr as Deno.NetAddr).port);
    return descriptor === undefined
      ? undefined
      : new NativeReceiver({ libc: this.#libc, descriptor });
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
      const more = this.receiverFor(conn);
      if (more === undefined) throw new Error("the socket of the test has no descriptor");
      let count = 0;
      const take = (datagram: Uint8Array, { host, port }: UdpAddress) => {
        const expected = sent[count++] ?? new Uint8Array(0);
        if (!equalBytes(datagram, expected) || host !== to.host || port !== to.port) {
          const from = `${host}:${port}`;
          throw new Error(
            `datagram ${count - 1} of the test came with ${datagram.length} bytes from ${from}`,
          );
        }
      };
      while (count < sent.length) {
        take((await conn.receive(new Uint8Array(2048)))[0], to);
        more.read();
        for (let at = 0; at < more.count; at++) take(more.datagram(at), more.from(at));
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
export function openNativeUdp(): Promise<DatagramCalls & Disposable> {
  return NativeUdp.open();
}
