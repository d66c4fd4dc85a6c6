import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Events } from "../../src/admin/mod.ts";
import { CountingSink, PUBLISHER } from "../hub/scene.ts";
import { decided } from "../support/decided.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { withScene } from "./control_scene.ts";

const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);

/** Kinds of the events that a reader would be sent now. */
function kinds(reader: { takeBytes(wanted: number): Uint8Array | undefined }): string[] {
  return [...text(reader.takeBytes(1e6)).matchAll(/^event: (\w+)$/gm)].map(([, kind]) => kind!);
}

Deno.test("a reader hears what happens in the hub, and only the kinds that it wants", () =>
  withScene((scene) => {
    const { hub, events, connect } = scene;
    const all = events.read(() => true)!;
    const some = events.read(({ kind }) => kind === "play")!;
    const [publisher, player] = [connect(), connect()];
    const publication = decided(hub.publish(publisher, "film", PUBLISHER));
    hub.unsubscribe(decided(hub.subscribe(player, "film", new CountingSink())));
    hub.unpublish(publication);
    hub.disconnect(player);
    deepEqual(kinds(all), [
      "connect",
      "connect",
      "publish",
      "play",
      "stop",
      "unpublish",
      "disconnect",
    ]);
    deepEqual(kinds(some), ["play"]);
    all.close();
    some.close();
    equal(events.readers, 0);
    return Promise.resolve();
  }));

Deno.test("a reader that comes again gets what it has missed, as far as it is kept", () => {
  const clock = new FakeClock();
  const events = new Events(clock);
  for (let count = 0; count < 5_000; count++) events.add("act", { count });
  const after = (id: number) => kinds(events.read(() => true, id)!).length;
  deepEqual([after(4_990), after(5_000), after(3), after(99_999)], [10, 0, 500, 500]);
  events.close();
  equal(clock.timers, 0);
});

Deno.test("a reader that does not read holds little, and is told how much it has lost", () => {
  const events = new Events(new FakeClock());
  const slow = events.read(() => true)!;
  for (let count = 0; count < 2_000; count++) events.add("log", { text: "x".repeat(1_000) });
  let size = 0;
  let last = "";
  for (let bytes = slow.takeBytes(4_096); bytes !== undefined; bytes = slow.takeBytes(4_096)) {
    size += bytes.length;
    ok(bytes.length < 8_192);
    last = text(bytes);
  }
  ok(size < 300_000, `${size}`);
  match(last, /event: lost\ndata: \{"count":1\d{3}\}\n\n$/);
  events.close();
});

Deno.test("readers are counted, and a silent stream shows signs of life", () => {
  const clock = new FakeClock();
  const events = new Events(clock);
  const readers = Array.from({ length: 60 }, () => events.read(() => true));
  equal(readers.filter(Boolean).length, 50);
  equal(text(readers[0]!.takeBytes(100)), ": ping\n\n");
  clock.advance(15_000);
  equal(text(readers[0]!.takeBytes(100)), ": ping\n\n");
  readers[1]!.close();
  ok(events.read(() => true));
  events.close();
});

Deno.test("events are a stream of the admin port that goes on until its reader leaves", () =>
  withScene(async (scene) => {
    const client = await scene.client();
    const head = await client.ask("GET", "/api/v1/events?kinds=connect,log&level=WARN", {
      authorization: "Bearer kanarienvogel",
    });
    equal(head.status, 200);
    equal(head.headers.get("content-type"), "text/event-stream");
    equal(scene.events.readers, 1);
    scene.events.add("log", { level: "INFO", text: "no" });
    scene.events.add("log", { level: "ERROR", text: "s3cret" });
    scene.clock.advance(10);
    const seen = await client.until('"text":"***"}\n\n');
    ok(!seen.includes('"no"'), seen);
    client.close();
    deepEqual(await scene.refused("GET", "/events?kinds=fish"), [
      400,
      "kinds: fish is none of connect, disconnect, publish, unpublish, play, stop, refusal, error, log, act",
    ]);
  }));
