import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { LibC } from "../../src/net/native/libc.ts";
import { MMSGHDR_SIZE } from "../../src/net/native/layout.ts";
import { NativeUdp } from "../../src/net/native/native_udp.ts";
import { NativeSender } from "../../src/net/native/sender.ts";
import { PlainSender } from "../../src/net/udp_sender.ts";

const onLinux = { ignore: Deno.build.os !== "linux" };
const EINVAL = 22;
const EBADF = 9;

/** A sender on a socket of its own, by the system; its calls and the datagrams that went the other way. */
class Rig implements Disposable {
  readonly libc = LibC.open();
  readonly sender: NativeSender;
  /** What each call answered. */
  readonly answers: number[] = [];
  readonly plain: number[] = [];
  readonly port: number;
  readonly #sockets: Deno.DatagramConn[] = [];
  #turn = () => {};

  constructor(hostname: string) {
    const conn = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.port = (conn.addr as Deno.NetAddr).port;
    const plain = new PlainSender(conn);
    this.sender = new NativeSender({
      libc: {
        addressOf: (memory) => this.libc.addressOf(memory),
        send: (...args) => {
          this.answers.push(this.libc.send(...args));
          return this.answers.at(-1)!;
        },
      },
      descriptor: this.libc.findUdpSocket(this.port) ?? -1,
      isIpv6: hostname.includes(":"),
      plain: {
        pending: 0,
        send: (datagram) => void this.plain.push(datagram.length),
        close: () => plain.close(),
      },
      defer: (run) => this.#turn = run,
    });
  }

  receiver(hostname: string): Deno.DatagramConn {
    const conn = Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
    this.#sockets.push(conn);
    return conn;
  }

  endTurn(): void {
    this.#turn();
  }

  [Symbol.dispose](): void {
    this.sender.close();
    for (const socket of this.#sockets) socket.close();
    this.libc[Symbol.dispose]();
  }
}

function datagram(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => at * 7 + seed);
}

function addressOf(conn: Deno.DatagramConn): { host: string; port: number } {
  const { hostname, port } = conn.addr as Deno.NetAddr;
  return { host: hostname, port };
}

for (
  const [own, peer, what] of [
    ["127.0.0.1", "127.0.0.1", "IPv4"],
    ["::1", "::1", "IPv6"],
    ["::", "127.0.0.1", "IPv4 on a socket of IPv6"],
    ["::", "::1", "IPv6 on a socket of both"],
  ] as const
) {
  Deno.test(
    `datagrams for several peers leave in one call and come as they were sent: ${what}`,
    onLinux,
    async () => {
      using rig = new Rig(own);
      const receivers = Array.from({ length: 3 }, () => rig.receiver(peer));
      const addresses = receivers.map(addressOf);
      // Some that are cut from one message, some of their own, and peers in turn.
      const lengths = [[1392, 1392, 1392, 500], [60], [1200, 1200, 1, 1392]];
      for (let at = 0; at < 4; at++) {
        for (const index of receivers.keys()) {
          const length = lengths[index]![at];
          if (length === undefined) continue;
          rig.sender.send(datagram(length, index + at), addresses[index]!);
        }
      }
      for (let at = 0; at < 70; at++) rig.sender.send(datagram(300, at), addresses[0]!);
      rig.endTurn();
      for (const [index, receiver] of receivers.entries()) {
        for (const [at, length] of lengths[index]!.entries()) {
          const [bytes, from] = await receiver.receive(new Uint8Array(2048));
          deepEqual(bytes, datagram(length, index + at), `peer ${index}, datagram ${at}`);
          equal((from as Deno.NetAddr).port, rig.port);
        }
      }
      for (let at = 0; at < 70; at++) {
        const [bytes] = await receivers[0]!.receive(new Uint8Array(2048));
        deepEqual(bytes, datagram(300, at));
      }
      // One call, whatever the system took of it at a time; 70 that may be cut are two messages.
      equal(rig.answers.length, 1);
      ok(rig.answers[0]! >= 3);
      deepEqual(rig.plain, []);
    },
  );
}

Deno.test(
  "what the system refuses goes the runtime's way, and others leave all the same",
  onLinux,
  async () => {
    using rig = new Rig("127.0.0.1");
    const receiver = rig.receiver("127.0.0.1");
    const somebody = addressOf(receiver);
    // The system sends nothing to port 0.
    const nobody = { host: "127.0.0.1", port: 0 };
    rig.sender.send(datagram(100, 1), somebody);
    rig.sender.send(datagram(700, 2), nobody);
    rig.sender.send(datagram(600, 2), nobody);
    rig.sender.send(datagram(200, 3), somebody);
    rig.endTurn();
    deepEqual(rig.answers, [1, -EINVAL, 1]);
    deepEqual(rig.plain, [700, 600]);
    for (const [length, seed] of [[100, 1], [200, 3]] as const) {
      const [bytes] = await receiver.receive(new Uint8Array(2048));
      deepEqual(bytes, datagram(length, seed));
    }
  },
);

Deno.test("a descriptor that was closed is an error, not a crash", onLinux, () => {
  using libc = LibC.open();
  const conn = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port: 0 });
  const descriptor = libc.findUdpSocket((conn.addr as Deno.NetAddr).port);
  conn.close();
  // The number may be another file's by now: one that is far from any is nobody's.
  ok(descriptor !== undefined);
  equal(libc.send(1_000_000, new Uint8Array(MMSGHDR_SIZE), 1), -EBADF);
});

/** The library of a system that sends and receives, but differs from what is expected in one way. */
function systemThat({ send, receive }: {
  readonly send?: (libc: LibC, ...args: Parameters<LibC["send"]>) => number;
  readonly receive?: (libc: LibC, ...args: Parameters<LibC["receive"]>) => number;
}) {
  return () => {
    const libc = LibC.open();
    return {
      addressOf: (memory: Uint8Array<ArrayBuffer>) => libc.addressOf(memory),
      findUdpSocket: (port: number) => libc.findUdpSocket(port),
      send: (...args: Parameters<LibC["send"]>) => send?.(libc, ...args) ?? libc.send(...args),
      receive: (...args: Parameters<LibC["receive"]>) =>
        receive?.(libc, ...args) ?? libc.receive(...args),
      [Symbol.dispose]: () => libc[Symbol.dispose](),
    };
  };
}

Deno.test("a system that does not cut messages is noticed before it is used", onLinux, async () => {
  // As kernels before UDP_SEGMENT do: they ignore what asks for it, and send one of 2100 bytes.
  const old = systemThat({
    send: (libc, descriptor, headers, count) => {
      for (let at = 0; at < count; at++) {
        headers.fill(0, at * MMSGHDR_SIZE + 32, at * MMSGHDR_SIZE + 48);
      }
      return libc.send(descriptor, headers, count);
    },
  });
  await rejects(NativeUdp.open(old), /datagram 0 of the test came with 2048 bytes/);
});

Deno.test(
  "a system that says it sent, and did not, is noticed before it is used",
  onLinux,
  async () => {
    const silent = systemThat({ send: (_libc, _descriptor, _headers, count) => count });
    await rejects(NativeUdp.open(silent), /datagrams of the test did not come/);
  },
);

Deno.test(
  "a system that says it received, and did not, is noticed before it is used",
  onLinux,
  async () => {
    const liar = systemThat({ receive: (_libc, _descriptor, _headers, count) => count });
    await rejects(NativeUdp.open(liar), /datagram 1 of the test came with 0 bytes/);
  },
);
