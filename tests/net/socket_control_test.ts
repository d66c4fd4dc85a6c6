import { equal, throws } from "node:assert/strict";
import { LibC } from "../../src/net/native/libc.ts";
import { SO_TYPE, SOL_SOCKET } from "../../src/net/native/layout.ts";
import { isSameSocketAddress, socketAddress } from "../../src/net/native/socket_address.ts";
import { openSocketControl } from "../../src/net/mod.ts";

for (const hostname of ["127.0.0.1", "::1"]) {
  Deno.test(`a connection of ${hostname} is cut, and no other`, async () => {
    using control = await openSocketControl();
    const listener = Deno.listen({ hostname, port: 0 });
    const { port } = listener.addr;
    const pair = async () => {
      const [peer, own] = await Promise.all([Deno.connect({ hostname, port }), listener.accept()]);
      return { peer, own };
    };
    const [cut, kept] = [await pair(), await pair()];
    const elsewhere = { ...cut.own.localAddr, port: port === 1 ? 2 : port - 1 };
    equal(control.cut(elsewhere, cut.own.remoteAddr), false);
    equal(control.cut(cut.own.localAddr, cut.own.remoteAddr), true);
    equal(await cut.peer.read(new Uint8Array(1)), null);
    await kept.own.write(Uint8Array.of(7));
    equal(await kept.peer.read(new Uint8Array(1)), 1);
    equal(control.writerOf(elsewhere, kept.own.remoteAddr), undefined);
    const write = control.writerOf(kept.own.localAddr, kept.own.remoteAddr)!;
    equal(write(Uint8Array.of(8, 9)), 2);
    equal(write(new Uint8Array(0)), 0);
    const got = new Uint8Array(3);
    equal(await kept.peer.read(got), 2);
    equal(got.join(), "8,9,0");
    // The runtime tells what an error is.
    equal(control.writerOf(cut.own.localAddr, cut.own.remoteAddr)?.(got) ?? 0, 0);
    for (const { peer, own } of [cut, kept]) {
      peer.close();
      own.close();
      // Gone: there is nothing to cut any more.
      equal(control.cut(own.localAddr, own.remoteAddr), false);
      equal(control.writerOf(own.localAddr, own.remoteAddr), undefined);
    }
    listener.close();
  });
}

Deno.test("a port that is not listened on has no option, an address that is none no connection", async () => {
  using control = await openSocketControl();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { addr } = listener;
  equal(control.setNoDelay(addr), true);
  listener.close();
  equal(control.setNoDelay(addr), false);
  equal(control.cut(addr, { ...addr, hostname: "fe80::1%eth0" }), false);
  equal(control.cut(addr, { ...addr, port: -1 }), false);
});

Deno.test("numbers that are no descriptors never reach the system", () => {
  using libc = LibC.open();
  for (const bad of [-1, 0.5, Number.NaN, Infinity, 2 ** 31, 2 ** 32 + 1]) {
    for (
      const call of [
        () => libc.nameOf(bad),
        () => libc.peerOf(bad),
        () => libc.option(bad, SOL_SOCKET, SO_TYPE),
        () => libc.setNoDelay(bad),
        () => libc.shutDown(bad),
        () => libc.write(bad, new Uint8Array(1)),
        () => libc.send(bad, new Uint8Array(64), 1),
      ]
    ) throws(call, RangeError);
  }
});

Deno.test("descriptors that are closed, or no sockets, have no name, peer or options", () => {
  using libc = LibC.open();
  using file = Deno.openSync("/dev/null");
  equal(typeof file, "object");
  const sockets = new Set(libc.sockets());
  let others = 0;
  for (let descriptor = 0; descriptor < 64; descriptor++) {
    if (sockets.has(descriptor)) continue;
    others++;
    equal(libc.nameOf(descriptor), undefined);
    equal(libc.peerOf(descriptor), undefined);
    equal(libc.shutDown(descriptor), false);
    equal(libc.setNoDelay(descriptor), false);
  }
  equal(others > 3, true);
});

Deno.test("addresses are the same when family, address and port are", () => {
  const of = (host: string, port: number, isIpv6 = host.includes(":")) =>
    socketAddress({ host, port }, isIpv6)!;
  equal(isSameSocketAddress(of("10.0.0.1", 80), of("10.0.0.1", 80)), true);
  equal(isSameSocketAddress(of("10.0.0.1", 80), of("10.0.0.2", 80)), false);
  equal(isSameSocketAddress(of("10.0.0.1", 80), of("10.0.0.1", 81)), false);
  equal(isSameSocketAddress(of("::1", 80), of("::1", 80)), true);
  equal(isSameSocketAddress(of("::1", 80), of("::2", 80)), false);
  equal(isSameSocketAddress(of("::ffff:10.0.0.1", 80), of("10.0.0.1", 80, true)), true);
  equal(isSameSocketAddress(of("::ffff:10.0.0.1", 80), of("10.0.0.1", 80)), false);
});

Deno.test("every connection of many is found in as many looks as they need", async () => {
  using control = await openSocketControl();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ends: Deno.TcpConn[] = [];
  const owns: Deno.TcpConn[] = [];
  for (let count = 0; count < 400; count++) {
    const { port } = listener.addr;
    const [peer, own] = await Promise.all([Deno.connect({ port }), listener.accept()]);
    ends.push(peer, own);
    owns.push(own);
  }
  let missed = 0;
  for (const { localAddr, remoteAddr } of owns) {
    let write = control.writerOf(localAddr, remoteAddr);
    for (; write === undefined && missed < 20; missed++) {
      write = control.writerOf(localAddr, remoteAddr);
    }
    equal(write?.(Uint8Array.of(1)), 1);
  }
  // Its test of itself finds its own connection among all of them.
  using another = await openSocketControl();
  equal(typeof another, "object");
  for (const end of ends) end.close();
  listener.close();
});
