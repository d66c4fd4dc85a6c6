import assert from "node:assert/strict";
import { CountingSink, drain, INTER, KEY, PUBLISHER, setUp, SOUND } from "./scene.ts";
import { decided } from "../support/decided.ts";

Deno.test("what is held reaches listeners at the flush, not before, busy ones neither", () => {
  const { hub, connect } = setUp();
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  const sink = new CountingSink();
  const listener = decided(hub.subscribe(connect(), "live", sink));
  publication.video(0, KEY);
  publication.flush();
  const woken = sink.woken;
  publication.hold();
  publication.video(10, INTER);
  publication.hold();
  publication.audio(11, SOUND);
  assert.deepEqual(drain(listener), ["key"]);
  assert.equal(listener.more, false);
  assert.equal(sink.woken, woken);
  publication.flush();
  assert.equal(sink.woken, woken + 1);
  assert.deepEqual(drain(listener), ["inter", "sound"]);
  publication.video(20, INTER);
  assert.deepEqual(drain(listener), ["inter"], "what is not held is seen at once by who is busy");
});

Deno.test("who comes while messages are held gets them with the others", () => {
  const { hub, connect } = setUp();
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  publication.hold();
  publication.video(0, KEY);
  publication.video(10, INTER);
  const listener = decided(hub.subscribe(connect(), "live", new CountingSink()));
  publication.hold();
  publication.audio(11, SOUND);
  assert.deepEqual(drain(listener).filter((kind) => kind !== "published"), []);
  publication.flush();
  assert.deepEqual(drain(listener), ["key", "inter", "sound"]);
});

Deno.test("a publication that ends lets go of what is held, before it says so", () => {
  const { hub, connect } = setUp();
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  const listener = decided(hub.subscribe(connect(), "live", new CountingSink()));
  publication.hold();
  publication.audio(0, SOUND);
  hub.unpublish(publication);
  assert.deepEqual(drain(listener).slice(-2), ["sound", "unpublished"]);
  const again = decided(hub.publish(connect(), "live", PUBLISHER));
  again.audio(0, SOUND);
  assert.deepEqual(drain(listener), ["published", "sound"]);
});
