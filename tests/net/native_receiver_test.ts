import { deepEqual, equal, notEqual, ok, throws } from "node:assert/strict";
import { Errno, LibC } from "../../src/net/native/libc.ts";
import { MMSGHDR_SIZE } from "../../src/net/native/layout.ts";
import { NativeReceiver } from "../../src/net/native/receiver.ts";
import { hostOf, socketAddress } from "../../src/net/native/socket_address.ts";

/** A datagram that has come: its sender's sockaddr and its bytes. */
type Come = readonly [name: Uint8Array, bytes: Uint8Array];

const IPV4 = socketAddress({ host: "198.51.100.7", port: 4000 }, false)!;
const MAPPED = socketAddress({ host: "198.51.100.7", port: 4001 }, true)!;
const IPV6 = socketAddress({ host: "2001:db8::1:0:0:1", port: 4002 }, true)!;

/** A system that fills the structures in as Linux does, and looks where they point. */
class FakeSystem {
  readonly waiting: Come[] = [];
  /** What the next call answers instead of receiving. */
  answer: number | undefined;
  calls = 0;
  /** Says so of each datagram, whatever it has. */
  length: number | undefined;
  readonly receiver: NativeReceiver;
  #memory = new Uint8Array(0);

  constructor() {
    this.receiver = new NativeReceiver({
      libc: {
        // The address of a byte is its offset: what points outside of the memory shows.
        addressOf: (memory) => {
          this.#memory = memory;
          return 0;
        },
        receive: (descriptor, headers, count) => {
          equal(descriptor, 3);
          ok(count * MMSGHDR_SIZE <= headers.length);
          this.calls++;
          if (this.answer !== undefined) return this.answer;
          const come = this.waiting.splice(0, count);
          for (const [i, each] of come.entries()) this.#fill(headers.byteOffset, i, each);
          return come.length || -Errno.again;
        },
      },
      descriptor: 3,
    });
  }

  /** All that was read, with copies of the bytes. */
  get read(): [number[], string][] {
    const { receiver } = this;
    return Array.from({ length: receiver.count }, (_, index) => {
      const { host, port } = receiver.from(index);
      return [[...receiver.datagram(index)], `${host} ${port}`];
    });
  }

  #fill(start: number, index: number, [name, bytes]: Come): void {
    const at = start + index * MMSGHDR_SIZE;
    const view = new DataView(this.#memory.buffer);
    const pointer = (offset: number) => Number(view.getBigUint64(at + offset, true));
    equal(pointer(24), 1);
    equal(pointer(32), 0, "no control message");
    const room = view.getUint32(at + 8, true);
    equal(room, 28, "room for every name");
    const vector = pointer(16);
    const to = Number(view.getBigUint64(vector, true));
    const most = Number(view.getBigUint64(vector + 8, true));
    ok(bytes.length <= most && to + most <= this.#memory.length);
    this.#memory.set(bytes, to);
    this.#memory.set(name, pointer(0));
    view.setUint32(at + 8, name.length, true);
    view.setUint32(at + 56, this.length ?? bytes.length, true);
  }
}

Deno.test("all that has come is read in one call, each with its sender's address", () => {
  const system = new FakeSystem();
  system.waiting.push([IPV4, Uint8Array.of(1, 2)], [MAPPED, Uint8Array.of(3)]);
  system.waiting.push([IPV6, new Uint8Array(0)]);
  system.receiver.read();
  equal(system.calls, 1);
  deepEqual(system.read, [
    [[1, 2], "198.51.100.7 4000"],
    [[3], "198.51.100.7 4001"],
    [[], "2001:db8::1:0:0:1 4002"],
  ]);
  system.waiting.push([IPV6, Uint8Array.of(4)], [IPV4, Uint8Array.of(5)]);
  system.receiver.read();
  deepEqual(system.read.map(([, from]) => from), [
    "2001:db8::1:0:0:1 4002",
    "198.51.100.7 4000",
  ]);
});

Deno.test("an address is one object for as many datagrams as it sends", () => {
  const system = new FakeSystem();
  const one = Uint8Array.of(1);
  system.waiting.push([IPV4, one], [IPV4, one], [IPV6, one], [IPV6, one]);
  const { receiver } = system;
  receiver.read();
  equal(receiver.from(0), receiver.from(1));
  equal(receiver.from(2), receiver.from(3));
  const first = receiver.from(0);
  for (let port = 1; port < 5000; port++) {
    system.waiting.push([socketAddress({ host: "203.0.113.9", port }, false)!, one]);
  }
  while (system.waiting.length > 0) {
    receiver.read();
    for (let index = 0; index < receiver.count; index++) receiver.from(index);
  }
  equal(receiver.from(receiver.count - 1).port, 4999);
  system.waiting.push([IPV4, one]);
  receiver.read();
  notEqual(receiver.from(0), first, "not all addresses that ever came are kept");
  deepEqual(receiver.from(0), first);
});

Deno.test("more than one call holds comes by the next, and none is repeated", () => {
  const system = new FakeSystem();
  for (let i = 0; i < 20; i++) system.waiting.push([IPV4, Uint8Array.of(i)]);
  const seen: number[] = [];
  for (let call = 0; call < 3; call++) {
    system.receiver.read();
    seen.push(...system.read.map(([[first]]) => first!));
  }
  deepEqual(seen, Array.from({ length: 20 }, (_, i) => i));
  equal(system.receiver.count, 0);
});

Deno.test("an error is no datagram, and neither is more than there is room for", () => {
  const system = new FakeSystem();
  system.answer = -Errno.connectionRefused;
  system.receiver.read();
  equal(system.receiver.count, 0);
  system.answer = 1000;
  system.receiver.read();
  equal(system.receiver.count, 16);
});

Deno.test("a length beyond its datagram's memory is cut", () => {
  const system = new FakeSystem();
  system.length = 0xffff_ffff;
  system.waiting.push([IPV4, Uint8Array.of(1)]);
  system.receiver.read();
  equal(system.receiver.datagram(0).length, 65_536);
});

Deno.test("datagrams that were not read are refused", () => {
  const system = new FakeSystem();
  system.waiting.push([IPV4, Uint8Array.of(1)]);
  system.receiver.read();
  for (const index of [-1, 1, 0.5, NaN]) {
    throws(() => system.receiver.datagram(index), RangeError);
    throws(() => system.receiver.from(index), RangeError);
  }
});

Deno.test("a receiver that is closed has nothing and calls nothing: the descriptor is another's", () => {
  const system = new FakeSystem();
  system.waiting.push([IPV4, Uint8Array.of(1)]);
  system.receiver.read();
  system.receiver.close();
  equal(system.receiver.count, 0);
  system.receiver.read();
  equal(system.calls, 1);
  equal(system.receiver.count, 0);
});

Deno.test("addresses of IPv6 have the form of URLs", () => {
  for (let round = 0; round < 300; round++) {
    const words = crypto.getRandomValues(new Uint16Array(8)).map((word) =>
      word % 3 === 0 ? 0 : word % 3 === 1 ? word & 15 : word
    );
    const host = [...words].map((word) => word.toString(16)).join(":");
    const name = socketAddress({ host, port: 1 }, true)!;
    equal(`[${hostOf(name)}]`, new URL(`http://[${host}]`).hostname);
  }
});

const onLinux = { ignore: Deno.build.os !== "linux" };

for (
  const [own, peer, what] of [
    ["127.0.0.1", "127.0.0.1", "IPv4"],
    ["::1", "::1", "IPv6"],
    ["::", "127.0.0.1", "IPv4 on a socket of IPv6"],
  ] as const
) {
  Deno.test(
    `what waits beside the datagram that the runtime read is read, and it waits again: ${what}`,
    onLinux,
    async () => {
      using libc = LibC.open();
      const bind = (hostname: string) =>
        Deno.listenDatagram({ transport: "udp", hostname, port: 0 });
      const [conn, one, other] = [bind(own), bind(peer), bind(peer)];
      const { port } = conn.addr as Deno.NetAddr;
      const receiver = new NativeReceiver({ libc, descriptor: libc.findUdpSocket(port) ?? -1 });
      const to: Deno.NetAddr = { transport: "udp", hostname: peer, port };
      for (let round = 0; round < 3; round++) {
        await one.send(Uint8Array.of(round), to);
        await other.send(new Uint8Array(60_000).fill(7), to);
        await one.send(new Uint8Array(0), to);
        const [first] = await conn.receive(new Uint8Array(16));
        deepEqual(first, Uint8Array.of(round));
        receiver.read();
        equal(receiver.count, 2);
        deepEqual(receiver.datagram(0), new Uint8Array(60_000).fill(7));
        deepEqual(receiver.from(0), { host: peer, port: (other.addr as Deno.NetAddr).port });
        equal(receiver.datagram(1).length, 0);
        deepEqual(receiver.from(1), { host: peer, port: (one.addr as Deno.NetAddr).port });
        receiver.read();
        equal(receiver.count, 0);
      }
      // The runtime is told of the next one, though it did not see the others.
      const next = conn.receive(new Uint8Array(16));
      await one.send(Uint8Array.of(9), to);
      deepEqual((await next)[0], Uint8Array.of(9));
      for (const each of [conn, one, other]) each.close();
    },
  );
}

Deno.test("counts and descriptors that the system must not fill are refused", onLinux, () => {
  using libc = LibC.open();
  const headers = new Uint8Array(2 * MMSGHDR_SIZE);
  for (const [descriptor, count] of [[-1, 1], [1.5, 1], [3, 0], [3, 3], [3, NaN]] as const) {
    throws(() => libc.receive(descriptor, headers, count), RangeError);
  }
  const [EBADF, none] = [9, 0x7fff_ffff];
  equal(libc.receive(none, headers, 2), -EBADF);
});
