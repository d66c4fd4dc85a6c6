import { deepEqual, equal } from "node:assert/strict";
import { systemClock } from "../../src/base/mod.ts";
import { bindUdp as bind, type DatagramCalls, Turns, type UdpAddress } from "../../src/net/mod.ts";
import { NativeUdp } from "../../src/net/native/native_udp.ts";

/** The ways for datagrams to leave: both are held to the same. */
const ways: readonly (readonly [string, DatagramCalls | undefined])[] = [
  ["the runtime", undefined],
  ...(Deno.build.os === "linux" ? [["the system", await NativeUdp.open()] as const] : []),
];

for (const [way, datagramCalls] of ways) {
  const bindUdp = (
    options: { hostname: string; port: number; turns?: Turns },
    receive: Parameters<typeof bind>[1],
  ) => bind({ ...options, ...(datagramCalls ? { datagramCalls } : {}) }, receive);

  Deno.test(`${way}: datagrams go both ways with their sender's address, also over IPv6`, async () => {
    for (const hostname of ["127.0.0.1", "::1"]) {
      const answered = Promise.withResolvers<[Uint8Array, UdpAddress]>();
      const server = bindUdp({ hostname, port: 0 }, (datagram, from) => {
        server.send(datagram.slice(1), from);
      });
      const client = bindUdp({ hostname, port: 0 }, (datagram, from) => {
        answered.resolve([datagram.slice(), from]);
      });
      client.send(Uint8Array.of(1, 2, 3), { host: hostname, port: server.port });
      const [datagram, from] = await answered.promise;
      deepEqual(datagram, Uint8Array.of(2, 3));
      deepEqual(from, { host: hostname, port: server.port });
      server.close();
      client.close();
    }
  });

  Deno.test(`${way}: an IPv4 peer of a socket for both versions keeps its own address`, async () => {
    const answered = Promise.withResolvers<Uint8Array>();
    const seen: string[] = [];
    const server = bindUdp({ hostname: "::", port: 0 }, (datagram, from) => {
      seen.push(from.host);
      server.send(datagram.slice(), from);
    });
    const client = bindUdp(
      { hostname: "127.0.0.1", port: 0 },
      (datagram) => answered.resolve(datagram.slice()),
    );
    client.send(Uint8Array.of(7), { host: "127.0.0.1", port: server.port });
    equal((await answered.promise)[0], 7);
    deepEqual(seen, ["127.0.0.1"]);
    server.close();
    client.close();
  });

  Deno.test(`${way}: sending to a closed port harms nobody`, async () => {
    const answered = Promise.withResolvers<void>();
    const socket = bindUdp({ hostname: "127.0.0.1", port: 0 }, () => answered.resolve());
    const gone = bindUdp({ hostname: "127.0.0.1", port: 0 }, () => {});
    gone.close();
    socket.send(Uint8Array.of(1), { host: "127.0.0.1", port: gone.port });
    socket.send(new Uint8Array(70_000), { host: "127.0.0.1", port: gone.port });
    socket.send(Uint8Array.of(1), { host: "not an address", port: 1 });
    socket.send(Uint8Array.of(1), { host: "127.0.0.1", port: socket.port });
    await answered.promise;
    socket.close();
  });

  Deno.test(`${way}: a sender may use its buffer again and close at once, and datagrams leave in order`, async () => {
    const lengths = [1, 1500, 1501, 4000, ...Array(40).fill(900)];
    const all = Promise.withResolvers<void>();
    const seen: Uint8Array[] = [];
    const receiver = bindUdp({ hostname: "127.0.0.1", port: 0 }, (datagram) => {
      if (seen.push(datagram.slice()) === lengths.length) all.resolve();
    });
    const sender = bindUdp({ hostname: "127.0.0.1", port: 0 }, () => {});
    const buffer = new Uint8Array(4000);
    for (const [at, length] of lengths.entries()) {
      sender.send(buffer.fill(at).subarray(0, length), { host: "127.0.0.1", port: receiver.port });
      buffer.fill(0xff);
    }
    sender.close();
    sender.send(buffer, { host: "127.0.0.1", port: receiver.port });
    await all.promise;
    deepEqual(seen, lengths.map((length, at) => new Uint8Array(length).fill(at)));
    sender.close();
    receiver.close();
  });

  Deno.test(`${way}: a socket that is closed in the middle of a burst hands on no more of it`, async () => {
    const all = Promise.withResolvers<void>();
    const seen: number[] = [];
    const counter = bindUdp({ hostname: "127.0.0.1", port: 0 }, ([first]) => {
      if (first === 29) all.resolve();
    });
    const receiver = bindUdp({ hostname: "127.0.0.1", port: 0 }, ([first]) => {
      if (seen.push(first!) === 5) receiver.close();
    });
    const sender = bindUdp({ hostname: "127.0.0.1", port: 0 }, () => {});
    for (let at = 0; at < 30; at++) {
      sender.send(Uint8Array.of(at), { host: "127.0.0.1", port: receiver.port });
      sender.send(Uint8Array.of(at), { host: "127.0.0.1", port: counter.port });
    }
    await all.promise;
    deepEqual(seen, [0, 1, 2, 3, 4]);
    sender.close();
    counter.close();
  });

  Deno.test(`${way}: between the datagrams of a burst the event loop has its turn`, async () => {
    const all = Promise.withResolvers<void>();
    const seen: string[] = [];
    const turns = new Turns(systemClock);
    turns.pause = () => {
      seen.push("pause");
      return Promise.resolve().then(() => void seen.push("turn"));
    };
    const receiver = bindUdp({ hostname: "127.0.0.1", port: 0, turns }, ([first]) => {
      seen.push(`${first}`);
      if (first === 3) all.resolve();
    });
    const sender = bindUdp({ hostname: "127.0.0.1", port: 0 }, () => {});
    for (let at = 0; at < 4; at++) {
      sender.send(Uint8Array.of(at), { host: "127.0.0.1", port: receiver.port });
    }
    await all.promise;
    const each = (at: number) => [`${at}`, "pause", "turn"];
    deepEqual(seen.slice(0, 10), [...each(0), ...each(1), ...each(2), "3"]);
    sender.close();
    receiver.close();
    turns.close();
  });
}
