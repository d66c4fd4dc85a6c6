import assert from "node:assert/strict";
import { WriteScheduler } from "../../src/net/mod.ts";
import { RtmpListener } from "../../src/protocols/rtmp/mod.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { fakeHub } from "../support/flash_peer.ts";
import { RtmpPeer } from "../support/rtmp_peer.ts";
import { bytes, joined } from "./wire_bytes.ts";

/** A listener on a free port, with time that stands still. */
async function listening(
  run: (
    listener: RtmpListener,
    log: CaptureLog,
    stage: ReturnType<typeof fakeHub>,
  ) => Promise<void>,
): Promise<void> {
  const stage = fakeHub();
  const scheduler = new WriteScheduler(stage.clock);
  const log = new CaptureLog("rtmp");
  const listener = new RtmpListener({
    hub: stage.hub,
    log,
    hostname: "127.0.0.1",
    port: 0,
    scheduler,
  });
  try {
    await run(listener, log, stage);
  } finally {
    await listener.close();
    scheduler.close();
  }
}

const connect = ({ port }: RtmpListener) => Deno.connect({ hostname: "127.0.0.1", port });

/** All that comes until the end of the connection. */
async function readToEnd(conn: Deno.Conn): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const buffer = new Uint8Array(65_536);
  for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
    parts.push(buffer.slice(0, count));
  }
  return joined(...parts);
}

async function write(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

/** What a client sends to be connected. */
function connecting(stage: ReturnType<typeof fakeHub>): Uint8Array {
  const parts: Uint8Array[] = [];
  const peer = new RtmpPeer(stage.hub);
  peer.give = (bytes) => void parts.push(bytes);
  peer.handshake();
  peer.connect();
  return joined(...parts);
}

Deno.test("listener answers the handshake and forgets a connection that its peer ends", async () => {
  await listening(async (listener) => {
    const conn = await connect(listener);
    await write(conn, joined(bytes("03"), new Uint8Array(1536)));
    const answer = new Uint8Array(3073);
    for (let at = 0; at < answer.length;) {
      at += await conn.read(answer.subarray(at)) ?? assert.fail();
    }
    assert.equal(answer[0], 3);
    assert.equal(listener.connections, 1);
    conn.close();
  });
});

Deno.test("listener logs under the peer's address and closes what is not RTMP", async () => {
  await listening(async (listener, log) => {
    const conn = await connect(listener);
    const { port } = conn.localAddr as Deno.NetAddr;
    await write(conn, bytes("474554"));
    assert.deepEqual(await readToEnd(conn).catch(() => bytes("")), bytes(""));
    conn.close();
    assert.deepEqual(log.at("WARN"), [
      `WARN rtmp 127.0.0.1:${port}: closed: a first byte of 0x47 is not RTMP (at byte 0)`,
    ]);
  });
});

Deno.test("listener cuts a silent connection when its time is over", async () => {
  await listening(async (listener, log, { clock }) => {
    const conn = await connect(listener);
    await write(conn, bytes("03"));
    const reading = readToEnd(conn);
    while (listener.connections === 0) await new Promise((resume) => setTimeout(resume));
    clock.advance(11_000);
    await reading;
    conn.close();
    assert.match(log.at("WARN")[0] ?? "", /closed: does not end its handshake/);
  });
});

Deno.test("listener tells its clients when it closes, and accepts no more", async () => {
  await listening(async (listener, _log, stage) => {
    const conn = await connect(listener);
    await write(conn, connecting(stage));
    const reading = readToEnd(conn);
    while (stage.hub.clients.size === 0) await new Promise((resume) => setTimeout(resume));
    await listener.close();
    assert.equal(stage.hub.clients.size, 0);
    const text = new TextDecoder().decode(await reading);
    conn.close();
    assert.match(text, /NetConnection\.Connect\.Success/);
    assert.match(text, /NetConnection\.Connect\.AppShutdown/);
    await assert.rejects(connect(listener));
  });
});

Deno.test("listener leaves no timer behind", async () => {
  let timers = -1;
  await listening(async (listener, _log, { clock }) => {
    await listener.close();
    timers = clock.timers;
  });
  assert.equal(timers, 0);
});
