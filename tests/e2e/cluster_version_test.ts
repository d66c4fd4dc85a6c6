import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@nats-io/transport-node";
import { systemClock } from "../../src/base/mod.ts";
import { Engine } from "../../src/cluster/engine/engine.ts";
import { LinkSession } from "../../src/cluster/link/session.ts";
import { LINK_VERSION } from "../../src/cluster/params.ts";
import { introduction } from "../cluster/link_pair.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { complaints, until, withCluster } from "./cluster.ts";
import { inTempFolder } from "./program.ts";
import { freePort, type RunningProgram, runServer } from "./server.ts";

const VERSIONS = /speaks version \d of links/;

/** Both have said once that there was a server of another version, and never missed each other. */
function unmoved(servers: readonly RunningProgram[]): void {
  for (const server of servers) {
    const lines = complaints(server);
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines[0]!, VERSIONS);
    assert.doesNotMatch(server.log(), /is gone/);
  }
}

/** One side of a link that speaks a later version, over a connection; returns why it ended. */
async function stranger(conn: Deno.TcpConn, role: "initiator" | "acceptor"): Promise<string> {
  let reason = "";
  let writing = Promise.resolve();
  const session = new LinkSession({
    role,
    id: new Uint8Array(16).fill(7),
    secret: new TextEncoder().encode("s3"),
    stream: false,
    introduction: () => introduction,
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
      up: () => reason = "a link came up",
      frame: () => {},
      down: (_session, end) => reason ||= end.reason,
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
  return reason;
}

Deno.test("by link: a server of another version is refused both ways, logged once, and others stay linked", () =>
  inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www`);
    const port = freePort();
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const later = `127.0.0.1:${listener.addr.port}`;
    const servers: RunningProgram[] = [];
    const start = async (...set: string[]) =>
      servers.push(
        await runServer({
          www: `${folder}/www`,
          data: `${folder}/data${servers.length}`,
          set: ["servers.secret=s3", ...set],
        }),
      );
    try {
      await start(`servers.port=${port}`);
      await start(`servers.targets=127.0.0.1:${port};${later}`);
      for (const server of servers) await server.logged(/is connected, as/);
      for (let time = 0; time < 3; time++) {
        const conn = await Deno.connect({ hostname: "127.0.0.1", port });
        assert.match(await stranger(conn, "initiator"), VERSIONS);
      }
      // As a target it is tried again after a while.
      for (let time = 0; time < 2; time++) {
        assert.match(await stranger(await listener.accept(), "acceptor"), VERSIONS);
      }
      for (const server of servers) await server.logged(VERSIONS);
      await sleep(200);
      unmoved(servers);
    } finally {
      listener.close();
      await Promise.all(servers.map((server) => server.kill()));
    }
  }));

Deno.test("by broker: a member of another version is left out, logged once by all, and others stay", () =>
  withCluster("broker", 2, async ({ servers, broker }) => {
    const connection = await connect({
      servers: `127.0.0.1:${broker!.port}`,
      user: "mona",
      pass: "s4",
    });
    const log = new CaptureLog();
    let isMember = false;
    const engine = new Engine({
      id: new Uint8Array(16).fill(7),
      bus: {
        address: "127.0.0.1",
        limit: 1_000_000,
        publish: (to, bytes) => {
          connection.publish(to === "all" ? "mona.all" : `mona.to.${to}`, bytes);
          return true;
        },
      },
      clock: systemClock,
      log,
      introduction: () => introduction,
      version: LINK_VERSION + 1,
      isLinked: () => false,
      join: () => {
        isMember = true;
        return { frame: () => {}, down: () => {} };
      },
      refresh: () => {},
    });
    const receive = (_error: unknown, { data }: { data: Uint8Array }) => engine.receive(data);
    try {
      for (const subject of ["mona.all", `mona.to.${"07".repeat(16)}`]) {
        connection.subscribe(subject, { callback: receive });
      }
      for (let time = 0; time < 3; time++) engine.up();
      for (const server of servers) await server.logged(VERSIONS);
      await until(() => log.at("WARN").length === servers.length, () => log.lines.join("\n"));
      // As long as a few heartbeats.
      await sleep(5_000);
      unmoved(servers);
      assert.equal(isMember, false);
      assert.equal(log.at("WARN").length, servers.length, log.lines.join("\n"));
    } finally {
      engine.close();
      await connection.close();
    }
  }));
