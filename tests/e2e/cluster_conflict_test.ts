import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { LinkSession } from "../../src/cluster/link/session.ts";
import { LINK_VERSION } from "../../src/cluster/params.ts";
import { Cable } from "./cable.ts";
import { frame, Peer } from "./peer.ts";
import { inTempFolder } from "./program.ts";
import { freePort, type RunningProgram, runServer } from "./server.ts";

const shared = ["servers.secret=s3", "cluster.share=true"];

async function until(what: () => boolean, explain: () => string): Promise<void> {
  const end = Date.now() + 30_000;
  while (!what()) {
    assert.ok(Date.now() < end, explain());
    await sleep(20);
  }
}

interface Scene {
  start(...set: string[]): Promise<RunningProgram>;
  open(server: RunningProgram, does: "play" | "publish"): Promise<Peer>;
}

/** Runs a test whose servers and clients are stopped after it. */
function withScene(body: (scene: Scene) => Promise<void>): Promise<void> {
  return inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    const servers: RunningProgram[] = [];
    const peers: Peer[] = [];
    try {
      await body({
        start: async (...set) => {
          const data = `${folder}/data${servers.length}`;
          const server = await runServer({ www: `${folder}/www`, data, set: [...shared, ...set] });
          servers.push(server);
          return server;
        },
        open: async (server, does) => {
          const peer = await Peer.open(server, does);
          peers.push(peer);
          return peer;
        },
      });
    } finally {
      await Promise.all(servers.map((server) => server.kill()));
      await Promise.all(peers.map((peer) => peer.close()));
    }
  });
}

Deno.test("of two publishers of one name at once one stays, and players of both servers get it", () =>
  withScene(async ({ start, open }) => {
    const [portA, portB] = [freePort(), freePort()];
    const a = await start(`servers.port=${portA}`);
    const cable = new Cable(portA);
    try {
      const b = await start(`servers.port=${portB}`, `servers.targets=127.0.0.1:${cable.port}`);
      const servers = [a, b];
      for (const server of servers) await server.logged(/is connected, as/);
      const players = [await open(a, "play"), await open(b, "play")] as const;
      for (const player of players) await player.started.promise;
      // Neither hears of the other's before its own has begun.
      cable.cut();
      const publishers = [await open(a, "publish"), await open(b, "publish")] as const;
      const ids = [await publishers[0].started.promise, await publishers[1].started.promise];
      for (const [index, publisher] of publishers.entries()) {
        publisher.write(frame(1000 * index, ids[index]!));
      }
      await until(() => players.every(({ frames }) => frames.length === 1), () => "no frames");
      assert.deepEqual(players.map(({ frames }) => frames), [[0], [1000]]);
      cable.mend();
      await until(() => publishers.some(({ ended }) => ended !== ""), () => a.log() + b.log());
      const loser = publishers.findIndex(({ ended }) => ended !== "");
      const winner = 1 - loser;
      assert.match(publishers[loser]!.ended, /BadName|already publishing/);
      await servers[loser]!.logged(/film is fetched from/);
      await sleep(300);
      const numbers = Array.from({ length: 60 }, (_, index) => 2000 + index);
      for (const number of numbers) publishers[winner]!.write(frame(number, ids[winner]!));
      await until(
        () => players.every(({ frames }) => frames.at(-1) === numbers.at(-1)),
        () => JSON.stringify(players.map(({ frames }) => frames)),
      );
      for (const { frames } of players) {
        assert.deepEqual(frames.filter((number) => number >= 2000), numbers);
      }
      assert.equal(publishers[winner]!.ended, "");
      const said = (server: RunningProgram) =>
        server.log().match(/is published on .* too: it ends here/g)?.length ?? 0;
      assert.deepEqual([said(servers[loser]!), said(servers[winner]!)], [1, 0]);
    } finally {
      cable.close();
    }
  }));

Deno.test("an edge that does not read holds nobody up, has a bounded queue, and comes back", () =>
  withScene(async ({ start, open }) => {
    const port = freePort();
    const origin = await start(`servers.port=${port}`);
    const edges = [
      await start(`servers.targets=127.0.0.1:${port}`),
      await start(`servers.targets=127.0.0.1:${port}`),
    ] as const;
    const [good, slow] = edges;
    for (const edge of edges) await edge.logged(/is connected, as/);
    const players = [await open(good, "play"), await open(slow, "play")] as const;
    for (const player of players) await player.started.promise;
    const publisher = await open(origin, "publish");
    const id = await publisher.started.promise;
    for (const edge of edges) await edge.logged(/film is fetched from/);
    await sleep(300);
    const [count, size] = [1500, 50_000];
    let next = 0;
    const publish = async (readers: readonly Peer[]) => {
      for (const end = next + count; next < end;) {
        publisher.write(frame(next++, id, size));
        await until(
          () => readers.every(({ frames }) => frames.length > next - 40),
          () => "held up",
        );
        if (next % 4 === 0) await sleep(4);
      }
      await until(() => readers.every(({ frames }) => frames.length === next), () => "held up");
    };
    publisher.write(frame(next++, id));
    await until(() => players.every(({ frames }) => frames.length === 1), () => "no frames");
    Deno.kill(slow.pid, "SIGSTOP");
    await publish([players[0]]);
    assert.deepEqual(players[0].frames, Array.from({ length: next }, (_, index) => index));
    Deno.kill(slow.pid, "SIGCONT");
    const end = next;
    await until(() => {
      publisher.write(frame(next++, id));
      return players[1].frames.at(-1)! > end;
    }, () => slow.log() + origin.log());
    const { frames } = players[1];
    assert.deepEqual(frames, frames.toSorted((a, b) => a - b), "in order");
    // What comes after all is what was kept for it: its queue and the sockets' buffers.
    const kept = frames.filter((number) => number < end).length;
    assert.ok(kept < count / 2, `${kept} of ${count} frames were kept`);
  }));

/** One side of a link that speaks a later version, over a connection. */
async function stranger(conn: Deno.TcpConn, role: "initiator" | "acceptor"): Promise<string> {
  const ended = Promise.withResolvers<string>();
  let writing = Promise.resolve();
  const session = new LinkSession({
    role,
    id: new Uint8Array(16).fill(7),
    secret: new TextEncoder().encode("s3"),
    stream: false,
    introduction: () => assert.fail("it says nothing of itself"),
    output: {
      send: (bytes) => {
        writing = writing.then(async () => void await conn.write(bytes)).catch(() => {});
      },
      end: () => {},
      abort: () => {},
    },
    events: {
      meet: () => undefined,
      claim: () => undefined,
      up: () => ended.reject(new Error("a link came up")),
      frame: () => {},
      down: (_session, { reason }) => ended.resolve(reason),
    },
    now: 0,
    version: LINK_VERSION + 1,
  });
  const buffer = new Uint8Array(4096);
  try {
    for (let count = await conn.read(buffer); count; count = await conn.read(buffer)) {
      session.receive(buffer.subarray(0, count), 0);
    }
  } catch {
    // The server has closed it.
  }
  session.closed();
  await writing;
  conn.close();
  return ended.promise;
}

Deno.test("a server of another version is refused both ways, logged once, and others stay linked", () =>
  withScene(async ({ start }) => {
    const port = freePort();
    const a = await start(`servers.port=${port}`);
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const later = `127.0.0.1:${listener.addr.port}`;
    const b = await start(`servers.targets=127.0.0.1:${port};${later}`);
    try {
      await a.logged(/is connected, as/);
      const versions = /speaks version \d of links/;
      for (let time = 0; time < 3; time++) {
        const conn = await Deno.connect({ hostname: "127.0.0.1", port });
        assert.match(await stranger(conn, "initiator"), versions);
      }
      // As a target it is tried again after a while.
      for (let time = 0; time < 2; time++) {
        assert.match(await stranger(await listener.accept(), "acceptor"), versions);
      }
      await b.logged(/ WARN .*version/);
      await sleep(200);
      for (const server of [a, b]) {
        const warnings = server.log().match(/ (WARN|ERROR) .*/g) ?? [];
        assert.equal(warnings.length, 1, warnings.join("\n"));
        assert.match(warnings[0]!, versions);
        assert.doesNotMatch(server.log(), /is gone/);
      }
    } finally {
      listener.close();
    }
  }));
