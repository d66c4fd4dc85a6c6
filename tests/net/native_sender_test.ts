import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { DatagramBatch } from "../../src/net/native/datagram_batch.ts";
import { Errno, LibC } from "../../src/net/native/libc.ts";
import { MMSGHDR_SIZE } from "../../src/net/native/layout.ts";
import { NativeUdp } from "../../src/net/native/native_udp.ts";
import { NativeSender } from "../../src/net/native/sender.ts";
import { socketAddress } from "../../src/net/native/socket_address.ts";
import type { UdpAddress, UdpSender } from "../../src/net/udp_sender.ts";

const ADDRESS = { host: "127.0.0.1", port: 4000 };
const OTHER = { host: "127.0.0.1", port: 4001 };

/** What a sender told the system: for each message its bytes, and the size that it is cut into. */
interface Told {
  readonly bytes: number;
  readonly segment: number | undefined;
  readonly port: number;
}

/** A system that reads the structures as Linux does, and answers as it is told. */
class FakeSystem {
  readonly told: Told[] = [];
  readonly plain: [length: number, port: number][] = [];
  /** What the next calls answer; then all is sent. */
  readonly answers: number[] = [];
  pending = 0;
  calls = 0;
  isPlainClosed = false;
  readonly sender: NativeSender;
  #turn: (() => void) | undefined;
  #memory = new Uint8Array(0);

  constructor() {
    const plain: UdpSender = {
      send: (datagram, to) => void this.plain.push([datagram.length, to.port]),
      close: () => this.isPlainClosed = true,
      pending: 0,
    };
    Object.defineProperty(plain, "pending", { get: () => this.pending });
    this.sender = new NativeSender({
      libc: {
        // The address of a byte is its offset: what points outside of the memory shows.
        addressOf: (memory) => {
          this.#memory = memory;
          return 0;
        },
        send: (_descriptor, headers, count) => this.#send(headers, count),
      },
      descriptor: 3,
      isIpv6: false,
      plain,
      defer: (run) => this.#turn = run,
    });
  }

  send(to: UdpAddress, ...lengths: number[]): void {
    for (const length of lengths) this.sender.send(new Uint8Array(length).fill(length), to);
  }

  endTurn(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    turn?.();
  }

  #send(headers: Uint8Array<ArrayBuffer>, count: number): number {
    this.calls++;
    const answer = this.answers.shift() ?? count;
    for (let i = 0; i < answer; i++) this.#read(headers.byteOffset + i * MMSGHDR_SIZE);
    return answer;
  }

  #read(at: number): void {
    const view = new DataView(this.#memory.buffer);
    const pointer = (offset: number) => Number(view.getBigUint64(offset, true));
    const vector = pointer(at + 16);
    equal(pointer(at + 24), 1);
    const control = pointer(at + 32);
    const bytes = pointer(vector + 8);
    const start = pointer(vector);
    ok(start + bytes <= this.#memory.length);
    const segment = control === 0 ? undefined : view.getUint16(control + 16, true);
    if (bytes > 0) equal(this.#memory[start], (segment ?? bytes) & 255);
    this.told.push({ bytes, segment, port: view.getUint16(pointer(at) + 2) });
  }
}

Deno.test("datagrams of one turn to one address leave as one message, cut by the system", () => {
  const system = new FakeSystem();
  system.send(ADDRESS, 1000, 1000, 400);
  system.send(OTHER, 50);
  system.send(ADDRESS, 1000);
  equal(system.calls, 0);
  system.endTurn();
  equal(system.calls, 1);
  deepEqual(system.told, [
    { bytes: 2400, segment: 1000, port: 4000 },
    { bytes: 50, segment: undefined, port: 4001 },
    { bytes: 1000, segment: undefined, port: 4000 },
  ]);
});

Deno.test("a message ends behind a shorter datagram, before a longer one, and at 64", () => {
  const system = new FakeSystem();
  system.send(ADDRESS, 100, 60, 100, 200, 0, 7);
  system.send(OTHER, ...new Array(65).fill(9));
  system.endTurn();
  deepEqual(system.told.map(({ bytes, segment }) => [bytes, segment]), [
    [160, 100],
    [100, undefined],
    [200, undefined],
    [0, undefined],
    [7, undefined],
    [576, 9],
    [9, undefined],
  ]);
});

Deno.test("more than a call holds leaves in several, in order", () => {
  const system = new FakeSystem();
  for (let i = 0; i < 400; i++) system.send(i % 2 ? ADDRESS : OTHER, 1000 + i);
  system.endTurn();
  ok(system.calls > 1);
  deepEqual(
    system.told.map(({ bytes }) => bytes),
    Array.from({ length: 400 }, (_, i) => 1000 + i),
  );
  deepEqual(system.plain, []);
});

Deno.test("what the system has no room for goes the runtime's way, and what follows goes after it", () => {
  const system = new FakeSystem();
  system.answers.push(1, -Errno.again);
  system.send(ADDRESS, 10);
  system.send(OTHER, 20, 20, 5);
  system.endTurn();
  deepEqual(system.told.map(({ bytes }) => bytes), [10]);
  deepEqual(system.plain, [[20, 4001], [20, 4001], [5, 4001]]);
  system.pending = 1;
  system.send(ADDRESS, 30);
  deepEqual(system.plain.at(-1), [30, 4000]);
  system.pending = 0;
  system.send(ADDRESS, 40);
  system.endTurn();
  equal(system.told.at(-1)?.bytes, 40);
});

Deno.test("a path too narrow for a cut message gets its datagrams one by one from then on", () => {
  const system = new FakeSystem();
  const EMSGSIZE = 90;
  system.answers.push(-EMSGSIZE);
  system.send(ADDRESS, 1400, 1400);
  system.endTurn();
  deepEqual(system.plain, [[1400, 4000], [1400, 4000]]);
  system.send(ADDRESS, 1400, 1400);
  system.send(OTHER, 1400, 1400);
  system.endTurn();
  deepEqual(system.told.map(({ bytes, segment }) => [bytes, segment]), [
    [1400, undefined],
    [1400, undefined],
    [2800, 1400],
  ]);
});

Deno.test("a device that cannot cut gets no message to cut any more", () => {
  const system = new FakeSystem();
  system.answers.push(-Errno.inputOutput);
  system.send(ADDRESS, 100, 100);
  system.endTurn();
  system.send(OTHER, 100, 100);
  system.endTurn();
  deepEqual(system.plain, [[100, 4000], [100, 4000]]);
  deepEqual(system.told.map(({ segment }) => segment), [undefined, undefined]);
});

Deno.test("a refusal that an earlier datagram met is no reason not to send this one", () => {
  const system = new FakeSystem();
  system.answers.push(-Errno.connectionRefused, -Errno.interrupted);
  system.send(ADDRESS, 10);
  system.endTurn();
  deepEqual(system.told.map(({ bytes }) => bytes), [10]);
  system.answers.push(...new Array(5).fill(-Errno.connectionRefused));
  system.send(ADDRESS, 11);
  system.endTurn();
  deepEqual(system.plain, [[11, 4000]]);
});

Deno.test("addresses that only the runtime knows, and datagrams too long, go its way in order", () => {
  const system = new FakeSystem();
  system.send(ADDRESS, 10);
  system.sender.send(new Uint8Array(5), { host: "fe80::1%lo", port: 9 });
  deepEqual(system.told.map(({ bytes }) => bytes), [10]);
  system.sender.send(new Uint8Array(70_000), ADDRESS);
  deepEqual(system.plain, [[5, 9], [70_000, 4000]]);
});

Deno.test("closing sends what waits, and nothing is sent on the descriptor after it", () => {
  const system = new FakeSystem();
  system.send(ADDRESS, 10);
  system.sender.close();
  deepEqual(system.told.map(({ bytes }) => bytes), [10]);
  equal(system.isPlainClosed, true);
  system.send(ADDRESS, 20);
  system.endTurn();
  equal(system.calls, 1);
});

Deno.test("a batch refuses what would lie outside of its memory", () => {
  const batch = new DatagramBatch(() => 0, () => true);
  const name = new Uint8Array(16);
  equal(batch.add(new Uint8Array(65_508), name), false);
  equal(batch.add(new Uint8Array(1), new Uint8Array(29)), false);
  let taken = 0;
  while (batch.add(new Uint8Array(65_507), name)) taken += 65_507;
  ok(taken <= 262_144);
  while (batch.add(new Uint8Array(1), name)) taken++;
  ok(taken <= 262_144);
  batch.clear();
  let messages = 0;
  while (batch.add(new Uint8Array(1), new Uint8Array(16))) messages++;
  equal(messages, 64);
});

Deno.test("sockaddrs have the bytes that the system reads", () => {
  const bytes = (address: UdpAddress, isIpv6: boolean) => {
    const name = socketAddress(address, isIpv6);
    return name === undefined ? undefined : [...name];
  };
  deepEqual(bytes({ host: "198.51.100.7", port: 0x1234 }, false), [
    ...[2, 0, 0x12, 0x34, 198, 51, 100, 7],
    ...[0, 0, 0, 0, 0, 0, 0, 0],
  ]);
  const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 198, 51, 100, 7];
  const inet6 = (address: number[]) => [10, 0, 0, 80, 0, 0, 0, 0, ...address, 0, 0, 0, 0];
  deepEqual(bytes({ host: "198.51.100.7", port: 80 }, true), inet6(mapped));
  const one = [...new Array(15).fill(0), 1];
  deepEqual(bytes({ host: "::1", port: 80 }, true), inet6(one));
  for (const host of ["", "localhost", "1.2.3", "fe80::1%eth0", "1.2.3.4.5"]) {
    equal(bytes({ host, port: 80 }, true), undefined, host);
  }
  equal(bytes({ host: "::1", port: 80 }, false), undefined);
  for (const port of [-1, 65_536, 1.5, NaN]) {
    equal(bytes({ host: "127.0.0.1", port }, false), undefined);
  }
});

const onLinux = { ignore: Deno.build.os !== "linux" };

Deno.test("counts and descriptors that the system must not see are refused", onLinux, () => {
  using libc = LibC.open();
  const headers = new Uint8Array(2 * MMSGHDR_SIZE);
  for (const [descriptor, count] of [[-1, 1], [1.5, 1], [3, 0], [3, 3], [3, NaN]] as const) {
    throws(() => libc.send(descriptor, headers, count), RangeError);
  }
});

Deno.test(
  "the descriptor found is that of the UDP socket, whoever has the same port by TCP",
  onLinux,
  () => {
    using libc = LibC.open();
    const tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = tcp.addr as Deno.NetAddr;
    equal(libc.findUdpSocket(port), undefined);
    const udp = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
    ok((libc.findUdpSocket(port) ?? -1) > 2);
    const other = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.2", port });
    equal(libc.findUdpSocket(port), undefined, "two sockets of one port cannot be told apart");
    for (const each of [tcp, udp, other]) each.close();
    equal(libc.findUdpSocket(port), undefined);
  },
);

Deno.test(
  "the way of the system is opened after datagrams to itself came as they were sent",
  onLinux,
  async () => {
    using native = await NativeUdp.open();
    ok(native instanceof NativeUdp);
  },
);
