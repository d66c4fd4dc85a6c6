import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import {
  listenTcp,
  type TcpConnection,
  type TcpHandler,
  WriteScheduler,
} from "../../src/net/mod.ts";
import { type Clock, systemClock } from "../../src/base/mod.ts";
import { WorkClock } from "../support/work_clock.ts";

const loop = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A port of one connection, and its peer. */
async function connected(
  handle: (connection: TcpConnection) => TcpHandler,
  clock: Clock = systemClock,
) {
  const scheduler = new WriteScheduler(clock);
  const accepted = Promise.withResolvers<TcpConnection>();
  const server = listenTcp(
    { hostname: "127.0.0.1", port: 0, scheduler, clock },
    (connection) => {
      accepted.resolve(connection);
      return handle(connection);
    },
  );
  const peer = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const connection = await accepted.promise;
  const end = () => {
    try {
      peer.close();
    } catch {
      // Closed by the test.
    }
    server.close();
    scheduler.close();
  };
  return { connection, peer, end };
}

Deno.test("what a handler does not take comes again, and nothing more is read meanwhile", async () => {
  const seen: number[][] = [];
  const { promise: all, resolve } = Promise.withResolvers<void>();
  const { peer, end } = await connected(() => ({
    onData(bytes) {
      seen.push([...bytes]);
      if (bytes[0] === 5) resolve();
      return Math.min(2, bytes.length);
    },
    onClosed: () => {},
  }));
  await peer.write(Uint8Array.of(1, 2, 3, 4, 5));
  await all;
  assert.deepEqual(seen, [[1, 2, 3, 4, 5], [3, 4, 5], [5]]);
  end();
});

Deno.test("what came before the peer's end is worked off before the end is told", async () => {
  const told: string[] = [];
  const { promise: closed, resolve } = Promise.withResolvers<string | undefined>();
  const { peer, end } = await connected(() => ({
    onData(bytes) {
      told.push(String(bytes[0]));
      return 1;
    },
    onClosed: (reason) => {
      told.push("end");
      resolve(reason);
    },
  }));
  await peer.write(Uint8Array.of(1, 2, 3));
  peer.close();
  assert.equal(await closed, undefined);
  assert.deepEqual(told, ["1", "2", "3", "end"]);
  end();
});

Deno.test("a paused input hands over nothing until it is resumed as often", async () => {
  const got: number[] = [];
  const first = Promise.withResolvers<void>();
  const all = Promise.withResolvers<void>();
  const { peer, connection, end } = await connected((connection) => ({
    onData(bytes) {
      got.push(...bytes);
      if (got.length === 1) {
        connection.input.pause();
        connection.input.pause();
        first.resolve();
      } else all.resolve();
    },
    onClosed: () => {},
  }));
  await peer.write(Uint8Array.of(1));
  await first.promise;
  await peer.write(Uint8Array.of(2));
  await loop();
  connection.input.resume();
  await loop();
  assert.deepEqual(got, [1]);
  connection.input.resume();
  await all.promise;
  assert.deepEqual(got, [1, 2]);
  end();
});

Deno.test("a paused connection that is aborted is over, and what waits is dropped", async () => {
  let calls = 0;
  const { promise: closed, resolve } = Promise.withResolvers<string | undefined>();
  const { connection, end } = await withPause(resolve, () => calls++);
  connection.outbox.abort();
  assert.equal(await closed, undefined);
  connection.input.resume();
  await loop();
  assert.equal(calls, 1);
  end();
});

Deno.test("a paused connection whose output ends is over", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<string | undefined>();
  const { connection, end } = await withPause(resolve, () => {});
  connection.outbox.end();
  assert.equal(await closed, undefined);
  end();
});

/** A connection that paused within its input. */
async function withPause(onClosed: (reason: string | undefined) => void, onData: () => void) {
  const { promise: paused, resolve } = Promise.withResolvers<void>();
  const all = await connected((connection) => ({
    onData: () => {
      onData();
      connection.input.pause();
      resolve();
      return 1;
    },
    onClosed,
  }));
  await all.peer.write(Uint8Array.of(1, 2));
  await paused;
  return all;
}

Deno.test("a peer that always has more leaves the event loop its turn", async () => {
  let bytes = 0;
  const busy = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  const clock = new WorkClock();
  const { peer, connection, end } = await connected(() => ({
    onData(input, turn) {
      let taken = 0;
      while (taken < input.length) {
        taken++;
        clock.work(1);
        if (turn.spend(64)) break;
      }
      bytes += taken;
      busy.resolve();
      return taken;
    },
    onClosed: () => closed.resolve(),
  }), clock);
  await peer.write(new Uint8Array(1000));
  await busy.promise;
  assert(bytes <= 8, `${bytes} ms at once`);
  clock.turn();
  assert(bytes > 8 && bytes <= 16, `${bytes} ms after another turn`);
  connection.outbox.abort();
  await closed.promise;
  end();
});

Deno.test("a peer that sends much is read in large pieces, one that sends little takes little memory", async () => {
  const sizes: number[] = [];
  let got = 0;
  let wake = () => {};
  const { peer, end } = await connected(() => ({
    onData(bytes) {
      sizes.push(bytes.buffer.byteLength);
      got += bytes.length;
      wake();
    },
    onClosed: () => {},
  }));
  const send = async (count: number) => {
    const wanted = got + count;
    const bytes = new Uint8Array(count);
    for (let at = 0; at < count;) at += await peer.write(bytes.subarray(at));
    while (got < wanted) await new Promise<void>((resolve) => wake = resolve);
  };
  await send(1);
  assert.equal(sizes.at(-1), 1_024);
  await send(2_000_000);
  assert.equal(sizes.at(-1), 65_536);
  for (let count = 0; count < 18; count++) await send(10);
  assert.equal(sizes.at(-1), 1_024);
  end();
});
