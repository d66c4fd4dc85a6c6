import { deepEqual } from "node:assert/strict";
import { ValueReader } from "../../src/codecs/mod.ts";
import { Client, type ClientInfo, type EndCause, Hub } from "../../src/hub/mod.ts";
import { EventLog } from "../../src/server/event_log.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { decided } from "../support/decided.ts";

function setUp() {
  const clock = new FakeClock();
  const log = new CaptureLog();
  const hub = new Hub({ clock });
  hub.observers.add(new EventLog(clock, (name) => log.child(name)));
  const connect = (info: Partial<ClientInfo>): Client => {
    const address = "192.0.2.1:5";
    const client = new Client({
      ...{ protocol: "RTMP", address, path: "/live", query: "key=CANARY" },
      properties: new Map(),
      ...info,
    });
    hub.connect(client, new ValueReader([]));
    return client;
  };
  return { clock, log, hub, connect };
}

const listens = { ready() {}, overrun() {}, status() {} };
const publishes = { close() {} };

Deno.test("each step of a client is a line under its protocol and address", () => {
  const { clock, log, hub, connect } = setUp();
  const client = connect({ flashVersion: "FMLE/3.0" });
  const parameters = new Map([["key", "CANARY"]]);
  const publication = decided(hub.publish(client, "test", publishes, { parameters }));
  const player = connect({ protocol: "WebSocket", address: "192.0.2.2:6", path: "" });
  const listener = decided(hub.subscribe(player, "test", listens, parameters));
  hub.unsubscribe(listener);
  hub.unpublish(publication);
  clock.advance(12_400);
  hub.disconnect(client);
  deepEqual(log.lines, [
    "INFO rtmp 192.0.2.1:5: connected to /live with FMLE/3.0",
    "INFO rtmp 192.0.2.1:5: publishes test",
    "INFO websocket 192.0.2.2:6: connected to /",
    "INFO websocket 192.0.2.2:6: plays test",
    "INFO websocket 192.0.2.2:6: stopped playing test",
    "INFO rtmp 192.0.2.1:5: stopped publishing test",
    "INFO rtmp 192.0.2.1:5: disconnected after 12 s",
  ]);
});

Deno.test("connections of pages are details, what they play is not", () => {
  const { log, hub, connect } = setUp();
  const client = connect({ protocol: "HTTP" });
  hub.unsubscribe(decided(hub.subscribe(client, "test", listens)));
  hub.disconnect(client);
  deepEqual(log.lines, [
    "DEBUG http 192.0.2.1:5: connected to /live",
    "INFO http 192.0.2.1:5: plays test",
    "INFO http 192.0.2.1:5: stopped playing test",
    "DEBUG http 192.0.2.1:5: disconnected after 0 s",
  ]);
});

Deno.test("what a script publishes has no client to tell of", () => {
  const { log, hub } = setUp();
  const publication = hub.publishFromScript("test");
  if (publication) hub.unpublish(publication);
  deepEqual(log.lines, []);
});

Deno.test("the end of a client says why, in one line whose level fits", () => {
  const { clock, log, hub, connect } = setUp();
  const ends: [EndCause, string, string][] = [
    ["left", "", "INFO rtmp 192.0.2.1:5: disconnected after 0 s"],
    ["kicked", "kicked: go", "INFO rtmp 192.0.2.1:5: disconnected after 0 s: kicked: go"],
    ["silent", "is silent", "WARN rtmp 192.0.2.1:5: disconnected after 0 s: is silent"],
    ["behind", "is slow", "WARN rtmp 192.0.2.1:5: disconnected after 0 s: is slow"],
  ];
  for (const [cause, reason, line] of ends) {
    const client = connect({});
    log.lines.length = 0;
    if (cause !== "left") client.end(cause, reason);
    hub.disconnect(client);
    deepEqual(log.lines, [line]);
  }
  const full = connect({});
  log.lines.length = 0;
  hub.disconnect(full, "the peer does not read: 8000001 bytes queued");
  deepEqual(log.lines, [
    "WARN rtmp 192.0.2.1:5: disconnected after 0 s: the peer does not read: 8000001 bytes queued",
  ]);
  deepEqual(full.ending.cause, "behind");
  const broken = connect({});
  broken.endsBecause("application", "closed by its application");
  log.lines.length = 0;
  clock.advance(1_000);
  // What follows from the end is no reason of its own.
  hub.disconnect(broken, "connection reset");
  deepEqual(log.lines, [
    "INFO rtmp 192.0.2.1:5: disconnected after 1 s: closed by its application",
  ]);
});

Deno.test("what carries a client is named: TLS and tunnels are no plain protocol", () => {
  const { log, connect } = setUp();
  for (const transport of ["RTMPS", "RTMPT", "RTMP/WSS", "WSS"] as const) connect({ transport });
  deepEqual(log.lines.map((line) => line.split(" ")[1]), ["rtmps", "rtmpt", "rtmp/wss", "wss"]);
});
