import assert from "node:assert/strict";
import { Client, openHandler, Refusal } from "../../src/hub/mod.ts";
import { CountingSink, drain, KEY, NO_ARGS, PUBLISHER, setUp, SOUND } from "./scene.ts";
import { decided } from "../support/decided.ts";

Deno.test("a name has one publisher when two want it", () => {
  const { hub, connect } = setUp();
  const first = decided(hub.publish(connect(), "live", PUBLISHER));
  assert.throws(
    () => decided(hub.publish(connect(), "live", PUBLISHER)),
    (error) =>
      error instanceof Refusal && error.code === "Publish.BadName" &&
      error.message === "live is already publishing",
  );
  assert.equal(hub.publishFromScript("live"), undefined);
  hub.unpublish(first);
  decided(hub.publish(connect(), "live", PUBLISHER));
});

Deno.test("a stream without a name is refused when published or played", () => {
  const { hub, connect } = setUp();
  assert.throws(() => decided(hub.publish(connect(), "", PUBLISHER)), Refusal);
  assert.throws(
    () => decided(hub.subscribe(connect(), "x".repeat(2000), new CountingSink())),
    Refusal,
  );
});

Deno.test("a listener waits, resumes and hears of both when the publisher comes and goes", () => {
  const { clock, hub, connect } = setUp();
  const listener = decided(hub.subscribe(connect(), "live", new CountingSink()));
  assert.equal(hub.publication("live"), undefined);
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  publication.video(1000, KEY);
  hub.unpublish(publication);
  clock.advance(500);
  const again = decided(hub.publish(connect(), "live", PUBLISHER));
  assert.equal(again, publication);
  again.video(0, KEY);
  const times: number[] = [];
  const kinds: string[] = [];
  for (let message = listener.next(); message; message = listener.next()) {
    kinds.push(message.kind);
    times.push(message.time);
  }
  assert.deepEqual(kinds, ["published", "video", "unpublished", "published", "video"]);
  assert.equal(times.at(-1), 1500, "time goes on through the pause");
});

Deno.test("times wrap at 32 bits as RTMP's do", () => {
  const { hub, connect } = setUp();
  const listener = decided(hub.subscribe(connect(), "live", new CountingSink()));
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  publication.audio(0xffffffff, SOUND);
  publication.audio(5, SOUND);
  listener.next();
  assert.equal(listener.next()?.time, 0xffffffff);
  assert.equal(listener.next()?.time, 5);
});

Deno.test("a refused publish leaves no trace and its listeners hear nothing", () => {
  const { hub, connect } = setUp();
  const listener = decided(hub.subscribe(connect(), "live", new CountingSink()));
  hub.handler = {
    ...openHandler,
    onPublish: ({ publication }) => {
      assert.deepEqual([publication.isTaken, publication.isRunning], [true, false]);
      throw new Refusal("Publish.Failed", "no");
    },
  };
  assert.throws(() => decided(hub.publish(connect(), "live", PUBLISHER)), Refusal);
  assert.equal(hub.publication("live"), undefined);
  assert.deepEqual(drain(listener), []);
});

Deno.test("a listener counts only after its application accepted it", () => {
  const { hub, connect } = setUp();
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  const counts: number[] = [];
  hub.handler = {
    ...openHandler,
    onSubscribe: ({ listener }) => void counts.push(listener.publication.listeners.size),
    onUnsubscribe: (_client, listener) => void counts.push(listener.publication.listeners.size),
  };
  const listener = decided(hub.subscribe(connect(), "live", new CountingSink()));
  assert.equal(publication.listeners.size, 1);
  hub.unsubscribe(listener);
  assert.deepEqual(counts, [0, 1]);
  assert.equal(publication.listeners.size, 0);
  assert.equal(listener.next(), undefined);
});

Deno.test("a client's second play of one publication is refused", () => {
  const { hub, connect } = setUp();
  const client = connect();
  decided(hub.subscribe(client, "live", new CountingSink()));
  assert.throws(
    () => decided(hub.subscribe(client, "live", new CountingSink())),
    (error) => error instanceof Refusal && error.code === "Play.Failed",
  );
});

Deno.test("a client that disconnects leaves its groups and can write no more", () => {
  const { hub, connect } = setUp();
  const client = connect();
  const events: string[] = [];
  hub.handler = {
    ...openHandler,
    onUnjoinGroup: () => void events.push("unjoin"),
    onFailed: (_client, error) => void events.push(error),
    onDisconnection: () => void events.push("gone"),
  };
  const group = hub.join(client, new Uint8Array(32));
  assert.equal(hub.groups.get(group.id), group);
  hub.disconnect(client, "broken");
  hub.disconnect(client);
  assert.deepEqual(events, ["unjoin", "broken", "gone"]);
  assert.equal(hub.groups.size, 0);
  assert.equal(hub.clients.size, 0);
  assert.ok(client.writer.isClosed);
});

Deno.test("a client that came again with its id stays when its old connection goes", () => {
  const { hub } = setUp();
  const [old, fresh] = ["192.0.2.1:1", "192.0.2.1:2"].map((address) => {
    const info = { path: "", query: "", properties: new Map(), rawId: new Uint8Array(32) };
    const client = new Client({ ...info, protocol: "RTMFP", address });
    hub.connect(client, NO_ARGS);
    return client;
  });
  hub.disconnect(old!);
  assert.equal(hub.clients.get(fresh!.id), fresh);
  hub.disconnect(fresh!);
  assert.equal(hub.clients.size, 0);
});

Deno.test("rates are means over two seconds and losses a share of all packets", () => {
  const { clock, hub, connect } = setUp();
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  clock.advance(1000);
  publication.audio(0, new Uint8Array(1500), 1);
  clock.advance(1000);
  publication.audio(0, new Uint8Array(500));
  hub.sample();
  assert.equal(publication.audioQos.byteRate, 1000);
  assert.equal(publication.audioQos.lostRate, 1 / 3);
  clock.advance(2000);
  hub.sample();
  assert.equal(publication.audioQos.byteRate, 0);
});
