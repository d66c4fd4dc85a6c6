import { deepEqual, equal, throws } from "node:assert/strict";
import { ByteWriter, encodeText, hex } from "../../src/bytes/mod.ts";
import { readValues } from "../../src/codecs/mod.ts";
import { Client, Hub, openHandler, Refusal } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { flvEncoder, MediaMessage, writeFlvHeader } from "../../src/media/mod.ts";
import type { ByteSource } from "../../src/net/mod.ts";
import { WebSockets } from "../../src/protocols/websocket/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { SOCKET_SETTINGS } from "../support/web_settings.ts";
import { decided } from "../support/decided.ts";

const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 0xaa);

/** A hub with one publication, and a socket that asked for `/app/test.flv`. */
function rig(query = "key=1") {
  const hub = new Hub({ clock: new FakeClock(), limits: { video: 100, audio: 200, cut: 300 } });
  const clientOf = (protocol: "RTMP" | "WebSocket") =>
    new Client({
      protocol,
      address: "127.0.0.1:1",
      path: "/app",
      query,
      properties: new Map(),
    });
  const publication = decided(hub.publish(clientOf("RTMP"), "test", { close: () => {} }));
  const sources = new Set<ByteSource>();
  const sent: string[] = [];
  const outbox = {
    send: (bytes: Uint8Array) => void sent.push(hex(bytes)),
    attach: (source: ByteSource) => void sources.add(source),
    detach: (source: ByteSource) => void sources.delete(source),
    wake: () => {},
    end: () => {},
    abort: () => {},
  };
  const sockets = new WebSockets({ hub, log: silentLog, settings: SOCKET_SETTINGS });
  const { tunnel } = decided(
    sockets.upgrade(clientOf("WebSocket"), "test.flv", outbox as never),
  );
  const take = () => {
    let all = "";
    for (const source of sources) {
      for (let next = source.takeBytes(1e6); next; next = source.takeBytes(1e6)) all += hex(next);
    }
    return all;
  };
  return { hub, outbox, publication, tunnel, sources, sent, take };
}

/** An unmasked binary frame. */
const frame = (bytes: Uint8Array) => `82${hex(Uint8Array.of(bytes.length))}${hex(bytes)}`;

function close(code: number, reason: string): string {
  const payload = new ByteWriter().u16(code).bytes(encodeText(reason)).take();
  return `88${hex(Uint8Array.of(payload.length))}${hex(payload)}`;
}

/** Of a stream of pictures alone. */
function head(): Uint8Array {
  const out = new ByteWriter();
  writeFlvHeader(out, false, true);
  return out.take();
}

function tag(time: number): Uint8Array {
  const out = new ByteWriter();
  flvEncoder.encode(new MediaMessage("video", "frame", time, KEY), out);
  return out.take();
}

Deno.test("a socket plays a publication: the head, then each message, in frames of their own", () => {
  const { publication, tunnel, take } = rig();
  deepEqual([...publication.listeners.values()].map(({ parameters }) => [...parameters]), [
    [["key", "1"]],
  ]);
  tunnel.open();
  publication.video(40, KEY);
  publication.video(80, KEY);
  publication.flush();
  equal(take(), frame(head()) + frame(tag(40)) + frame(tag(80)));
});

Deno.test("with start=0 each socket's stream begins at 0", () => {
  const { publication, tunnel, take } = rig("start=0");
  tunnel.open();
  publication.video(3_600_000, KEY);
  publication.video(3_600_040, KEY);
  publication.flush();
  equal(take(), frame(head()) + frame(tag(0)) + frame(tag(40)));
});

Deno.test("a socket that does not keep up is closed with 1013, at the end of a publication with 1000, both with the reason", () => {
  const slow = rig();
  slow.tunnel.open();
  for (let time = 0; time < 400; time += 4) slow.publication.video(time, KEY);
  slow.publication.flush();
  deepEqual(slow.sent, [close(1013, "the player does not keep up")]);
  equal(slow.sources.size, 0);
  equal(slow.publication.listeners.size, 0);

  const stopped = rig();
  stopped.tunnel.open();
  const [listener] = stopped.publication.listeners.values();
  listener!.status("Play.Stop", "the end");
  deepEqual(stopped.sent, [close(1000, "the end")]);
  equal(stopped.publication.listeners.size, 0);
});

Deno.test("a socket that may not play is refused, and its client gone", () => {
  const hub = new Hub({ clock: new FakeClock() });
  const events: string[] = [];
  hub.handler = {
    ...openHandler,
    onSubscribe: () => {
      throw new Refusal("Play.Failed", "not you");
    },
    onDisconnection: () => void events.push("gone"),
  };
  const sockets = new WebSockets({ hub, log: silentLog, settings: SOCKET_SETTINGS });
  const info = { protocol: "WebSocket", address: "a:1", path: "", query: "" } as const;
  throws(
    () => sockets.upgrade(new Client({ ...info, properties: new Map() }), "test.flv", {} as never),
    { message: "not you" },
  );
  deepEqual(events, ["gone"]);
  equal(hub.clients.size, 0);
});

Deno.test("a socket for a transport stream is refused where that would have no codec", () => {
  const { hub, publication, outbox } = rig();
  publication.video(0, Uint8Array.of(0x90, ...encodeText("vp09"), 1));
  const sockets = new WebSockets({ hub, log: silentLog, settings: SOCKET_SETTINGS });
  const info = { protocol: "WebSocket", address: "a:1", path: "", query: "" } as const;
  const ask = (name: string) =>
    sockets.upgrade(new Client({ ...info, properties: new Map() }), name, outbox as never);
  throws(() => ask("test.ts"), { message: "test has no codec that video/mp2t carries" });
  ask("test.flv");
});

Deno.test("onConnection gets the query of a socket's URL as its argument", () => {
  const hub = new Hub({ clock: new FakeClock() });
  const given: unknown[] = [];
  hub.handler = {
    ...openHandler,
    onConnection: ({ args }) =>
      void given.push(...readValues(args).map((query) => Object.entries(query ?? {}))),
  };
  const sockets = new WebSockets({ hub, log: silentLog, settings: SOCKET_SETTINGS });
  const info = { protocol: "WebSocket", address: "a:1", path: "", properties: new Map() } as const;
  for (const query of ["mode=json&n=5", ""]) {
    sockets.upgrade(new Client({ ...info, query }), "", {} as never);
  }
  deepEqual(given, [[["mode", "json"], ["n", 5]]]);
});

Deno.test("onConnection may give a socket another timeout", () => {
  const hub = new Hub({ clock: new FakeClock() });
  const timeouts = [{ timeout: 7 }, {}].map((returned) => {
    hub.handler = {
      ...openHandler,
      onConnection: () => returned,
    };
    const sockets = new WebSockets({
      hub,
      log: silentLog,
      settings: { ...SOCKET_SETTINGS, timeout: 9_000 },
    });
    const info = { protocol: "WebSocket", address: "a:1", path: "", query: "" } as const;
    return decided(
      sockets.upgrade(new Client({ ...info, properties: new Map() }), "", {} as never),
    ).tunnel.timeout;
  });
  deepEqual(timeouts, [7_000, 9_000]);
});
