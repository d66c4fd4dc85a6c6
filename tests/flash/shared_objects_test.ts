import assert from "node:assert/strict";
import { AccessPaths, SharedObjects } from "../../src/flash/mod.ts";
import { DEFAULT_LIMITS, type SharedObjectLimits } from "../../src/flash/shared_objects/params.ts";
import { type Handler, Refusal } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { fakeHub, FlashPeer } from "../support/flash_peer.ts";
import {
  CLEAR,
  heardObject,
  nameBytes,
  objectMessage,
  RELEASE,
  remove,
  send,
  type SentEvent,
  set,
  USE,
} from "../support/object_client.ts";

interface SceneOptions {
  readonly handler?: Partial<Handler>;
  readonly limits?: Partial<SharedObjectLimits>;
}

/** Flash clients at one hub, and the objects that they share. */
function scene({ handler, limits }: SceneOptions = {}) {
  const { hub, clock } = fakeHub(handler);
  const objects = new SharedObjects({
    ...{ hub, clock, log: silentLog },
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
  const join = (encoding = 0, app = "live") => {
    const peer = new FlashPeer(hub, { objects });
    peer.connect({ objectEncoding: encoding, app, tcUrl: `rtmp://server.test/${app}` });
    /** What this client hears until the end of the turn: the events of each message. */
    const turn = () => {
      clock.advance(0);
      return peer.take().flatMap(({ type, payload }) =>
        (type === 16 || type === 19) && payload ? [heardObject(type, payload).events] : []
      );
    };
    /** Sends events; returns what this client hears. */
    const tell = (name: string, ...events: SentEvent[]) => {
      say(0, name, ...events);
      return turn();
    };
    /** The same without the end of the turn, with the version that the client knows. */
    const say = (version: number, name: string, ...events: SentEvent[]) => {
      const message = objectMessage({ name, version, amf3: encoding === 3 }, ...events);
      peer.connection.receive({ ...message, streamId: 0, time: 0 });
      peer.connection.flush();
    };
    return { peer, tell, say, turn };
  };
  return { hub, clock, objects, join };
}

Deno.test("who uses a temporary object is told so, that it is to be empty, and its slots", () => {
  const { join } = scene();
  const [ann, bob] = [join(), join()];
  assert.deepEqual(ann.tell("board", USE), [[[11], [8]]]);
  assert.deepEqual(ann.tell("board", set("x", 1), set("y", { z: ["ü", true] })), [
    [[5, "x"], [5, "y"]],
  ]);
  assert.deepEqual(bob.tell("board", USE), [
    [[11], [8], [4, "x", 1], [4, "y", { z: ["ü", true] }]],
  ]);
});

Deno.test("the bytes are those of the specification", () => {
  const { join } = scene();
  const [ann, bob] = [join(), join()];
  ann.tell("a", USE);
  bob.tell("a", USE);
  const payload = Uint8Array.of(
    ...[0, 1, 0x61, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ...[3, 0, 0, 0, 12, 0, 1, 0x78, 0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
  );
  ann.peer.message(0, { type: 19, payload });
  const raw: Uint8Array[] = [];
  bob.peer.send = (_stream, type, bytes) => void (type === 19 && raw.push(bytes));
  ann.turn();
  assert.deepEqual(raw, [Uint8Array.of(
    ...[0, 1, 0x61, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0],
    ...[4, 0, 0, 0, 12, 0, 1, 0x78, 0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
  )]);
});

Deno.test("a change is accepted for its author and told to the others, with a higher version", () => {
  const { join } = scene();
  const [ann, bob] = [join(), join(3)];
  ann.tell("board", USE);
  bob.tell("board", USE);
  ann.tell("board", set("x", "one"));
  assert.deepEqual(bob.turn(), [[[4, "x", "one"]]]);
  bob.tell("board", set("x", [1, 2], true));
  assert.deepEqual(ann.turn(), [[[4, "x", [1, 2]]]]);
});

Deno.test("changes of one turn go together, and a slot's last value counts", () => {
  const { join } = scene();
  const [ann, bob, eve] = [join(), join(), join()];
  for (const each of [ann, bob, eve]) each.tell("board", USE);
  ann.say(1, "board", set("x", 1), set("y", 1));
  bob.say(1, "board", set("x", 2), remove("y"));
  assert.deepEqual(eve.turn(), [[[4, "x", 2], [9, "y"]]]);
  assert.deepEqual(ann.turn(), [[[5, "x"], [5, "y"], [4, "x", 2], [9, "y"]]]);
  assert.deepEqual(bob.turn(), [[[4, "x", 2], [5, "x"], [9, "y"]]]);
});

Deno.test("an author that had not seen another's change is told its own value too", () => {
  const { join, objects } = scene();
  const [ann, bob] = [join(), join()];
  ann.tell("board", USE);
  bob.tell("board", USE);
  ann.say(1, "board", set("x", "ann"));
  bob.turn();
  bob.say(1, "board", set("x", "bob"));
  assert.deepEqual(bob.turn(), [[[4, "x", "bob"], [5, "x"]]]);
  bob.say(1, "board", set("x", "again"));
  assert.deepEqual(bob.turn(), [[[4, "x", "again"], [5, "x"]]]);
  const { version } = objects.get("/live", "board")!;
  // It was told after that, so that this one may have come before it.
  bob.say(version - 1, "board", set("x", "later"));
  assert.deepEqual(bob.turn(), [[[4, "x", "later"], [5, "x"]]]);
  bob.say(version + 1, "board", set("x", "now"));
  assert.deepEqual(bob.turn(), [[[5, "x"]]]);
});

Deno.test("null removes a slot, for everybody", () => {
  const { join } = scene();
  const [ann, bob] = [join(), join()];
  ann.tell("board", USE, set("x", 1), set("y", 2));
  bob.tell("board", USE);
  assert.deepEqual(ann.tell("board", set("x", null)), [[[9, "x"]]]);
  assert.deepEqual(bob.turn(), [[[9, "x"]]]);
  assert.deepEqual(ann.tell("board", set("y", undefined)), [[[9, "y"]]]);
  assert.deepEqual(ann.tell("board", remove("y")), [[[9, "y"]]]);
  assert.deepEqual(bob.turn(), [[[9, "y"]]]);
});

Deno.test("a message reaches all who use the object, its sender too", () => {
  const { join } = scene();
  const [ann, bob] = [join(), join(3)];
  ann.tell("board", USE);
  bob.tell("board", USE);
  assert.deepEqual(ann.tell("board", send("chat", "hi", { a: 1 }, null)), [
    [[6, "chat", "hi", { a: 1 }, null]],
  ]);
  assert.deepEqual(bob.turn(), [[[6, "chat", "hi", { a: 1 }, null]]]);
});

Deno.test("clear empties the object for all", () => {
  const { join } = scene();
  const [ann, bob] = [join(), join()];
  ann.tell("board", USE, set("x", 1));
  bob.tell("board", USE);
  assert.deepEqual(ann.tell("board", CLEAR), [[[8]]]);
  assert.deepEqual(bob.turn(), [[[8]]]);
  assert.deepEqual(bob.tell("board", USE), [[[11], [8]]]);
});

Deno.test("a temporary object ends with its last client", () => {
  const { join, objects } = scene();
  const [ann, bob] = [join(), join()];
  ann.tell("board", USE, set("x", 1));
  bob.tell("board", USE);
  ann.tell("board", RELEASE);
  assert.deepEqual(objects.count, 1);
  bob.peer.connection.close();
  assert.deepEqual(objects.count, 0);
  assert.deepEqual(objects.total.bytes, 0);
  assert.deepEqual(ann.tell("board", USE), [[[11], [8]]]);
});

Deno.test("objects of other applications, and of instances, are others", () => {
  const { join, hub } = scene({
    handler: { hasApplication: (path) => path === "/live" || path === "/other" },
  });
  const [ann, bob] = [join(0, "live"), join(0, "other")];
  ann.tell("board", USE, set("x", 1));
  assert.deepEqual(bob.tell("board", USE), [[[11], [8]]]);
  const tool = new FlashPeer(hub);
  tool.connect({ app: "live/room", tcUrl: "rtmp://server.test/live/room", flashVer: "FMLE/3.0" });
  assert.equal(tool.connection.client.path, "/live");
});

Deno.test("what is not used cannot be changed", () => {
  const { join, objects } = scene();
  const ann = join();
  assert.deepEqual(ann.tell("board", set("x", 1)), [
    [[7, "SharedObject.NoObjectFound", "error"]],
  ]);
  assert.deepEqual(ann.tell("board", RELEASE, RELEASE), []);
  assert.equal(objects.count, 0);
});

Deno.test("another persistence is refused", () => {
  const { join } = scene();
  const [ann, bob] = [join(), join()];
  ann.tell("board", USE);
  const message = objectMessage({ name: "board", persistent: true }, USE);
  bob.peer.connection.receive({ ...message, streamId: 0, time: 0 });
  assert.deepEqual(bob.turn(), [[[7, "SharedObject.BadPersistence", "error"]]]);
});

Deno.test("an application refuses the use of an object", () => {
  const { join } = scene({
    handler: {
      onSharedObject({ name }) {
        if (name === "secret") throw new Refusal("SharedObject.NoReadAccess", "no");
      },
    },
  });
  const ann = join();
  assert.deepEqual(ann.tell("secret", USE), [[[7, "SharedObject.NoReadAccess", "error"]]]);
  assert.deepEqual(ann.tell("other", USE), [[[11], [8]]]);
});

Deno.test("what follows a use that an application thinks about waits for it", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { join } = scene({ handler: { onSharedObject: () => promise } });
  const ann = join();
  assert.deepEqual(ann.tell("board", USE), []);
  assert.deepEqual(ann.tell("board", set("x", 1)), []);
  resolve();
  await promise;
  for (let i = 0; i < 10; i++) await Promise.resolve();
  assert.deepEqual(ann.turn(), [[[11], [8]], [[5, "x"]]]);
});

Deno.test("who may not write is told what is right", () => {
  const { join, objects } = scene();
  const [ann, bob] = [join(), join()];
  ann.tell("board", USE, set("x", 1));
  bob.tell("board", USE);
  objects.access(bob.peer.connection.client).write = new AccessPaths("rooms;lobby/");
  assert.deepEqual(bob.tell("board", set("x", 2), set("y", 3)), [
    [[7, "SharedObject.NoWriteAccess", "error"], [4, "x", 1], [9, "y"]],
  ]);
  bob.tell("rooms/1", USE);
  assert.deepEqual(bob.tell("rooms/1", set("x", 2)), [[[5, "x"]]]);
  objects.access(bob.peer.connection.client).read = new AccessPaths("");
  assert.deepEqual(bob.tell("lobby", USE), [[[7, "SharedObject.NoReadAccess", "error"]]]);
});

Deno.test("limits refuse a change, and set its author right", () => {
  const { join } = scene({ limits: { slots: 2, objectBytes: 200, clientObjects: 1, objects: 1 } });
  const [ann, bob] = [join(), join()];
  ann.tell("board", USE, set("x", 1), set("y", 2));
  const refused = [7, "SharedObject.NoWriteAccess", "error"];
  assert.deepEqual(ann.tell("board", set("z", 3)), [[refused, [9, "z"]]]);
  assert.deepEqual(ann.tell("board", set("x", "a".repeat(200))), [[refused, [4, "x", 1]]]);
  assert.deepEqual(ann.tell("other", USE), [
    [[7, "SharedObject.ObjectCreationFailed", "error"]],
  ]);
  assert.deepEqual(bob.tell("other", USE), [
    [[7, "SharedObject.ObjectCreationFailed", "error"]],
  ]);
});

Deno.test("bytes of a client are counted over all objects, and given back", () => {
  const { join } = scene({ limits: { clientBytes: 300 } });
  const ann = join();
  ann.tell("a", USE, set("x", "a".repeat(100)));
  assert.deepEqual(ann.tell("b", USE, set("x", "b".repeat(100)))[1], [[5, "x"]]);
  const refused = [7, "SharedObject.NoWriteAccess", "error"];
  assert.deepEqual(ann.tell("b", set("y", "b".repeat(100))), [[refused, [9, "y"]]]);
  ann.tell("a", remove("x"));
  assert.deepEqual(ann.tell("b", set("y", "b".repeat(100))), [[[5, "y"]]]);
});

Deno.test("a client over its rate waits until it is not", () => {
  const { join, clock } = scene({ limits: { clientRate: 10 } });
  const ann = join();
  ann.tell("board", USE);
  const all = Array.from({ length: 100 }, (_, n) => set("x", n));
  ann.tell("board", ...all);
  assert.deepEqual(ann.tell("board", set("x", "late")), []);
  clock.advance(5_000);
  assert.deepEqual(ann.turn(), []);
  clock.advance(2_000);
  assert.deepEqual(ann.turn(), [[[5, "x"]]]);
});

Deno.test("a value that grows by its references is refused, one that shares some is not", () => {
  const { join } = scene({ limits: { objectBytes: 10_000 } });
  const [ann, bob] = [join(3), join()];
  ann.tell("board", USE);
  bob.tell("board", USE);
  // AMF3: levels of arrays that have the array below them twice.
  const nested = (levels: number) => {
    const open = Array.from({ length: levels }, () => [9, 5, 1]).flat();
    const close = Array.from({ length: levels - 1 }, (_, n) => [9, 2 * (levels - 1 - n)]).flat();
    return { type: 3, body: Uint8Array.of(0, 1, 0x78, 0x11, ...open, 4, 7, 4, 8, ...close) };
  };
  const refused = [7, "SharedObject.NoWriteAccess", "error"];
  assert.deepEqual(ann.tell("board", nested(60)), [[refused, [9, "x"]]]);
  assert.deepEqual(ann.tell("board", set("y", [1, 2], true)), [[[5, "y"]]]);
  assert.deepEqual(bob.turn(), [[[4, "y", [1, 2]]]]);
});

Deno.test("bytes of an object that has ended are no client's any more", () => {
  const { join } = scene({ limits: { clientBytes: 300 } });
  const ann = join();
  for (let n = 0; n < 5; n++) {
    const [, accepted] = ann.tell(`o${n}`, USE, set("x", "a".repeat(200)));
    assert.deepEqual(accepted, [[5, "x"]]);
    ann.tell(`o${n}`, RELEASE);
  }
});

Deno.test("names are bounded, and an object needs one", () => {
  const { join } = scene();
  const ann = join();
  for (const name of ["", "n".repeat(1025), "n".repeat(65_535)]) {
    assert.deepEqual(ann.tell(name, USE), [[[7, "SharedObject.ObjectCreationFailed", "error"]]]);
  }
  ann.tell("board", USE);
  assert.deepEqual(ann.tell("board", set("s".repeat(1025), 1)), [
    [[7, "SharedObject.NoWriteAccess", "error"], [9, "s".repeat(1025)]],
  ]);
});

Deno.test("an event that cannot be read is left out, the others count", () => {
  const { join } = scene();
  const [ann, bob] = [join(), join()];
  ann.tell("board", USE);
  bob.tell("board", USE);
  ann.tell(
    "board",
    { type: 3, body: Uint8Array.of(0, 1, 0x78, 7, 0, 0) }, // a reference to nothing
    { type: 3, body: Uint8Array.of(0, 9, 0x78) },
    { type: 6, body: Uint8Array.of(5) },
    { type: 99, body: new Uint8Array(0) },
    { type: 12, body: nameBytes("x") },
    set("y", 2),
  );
  assert.deepEqual(bob.turn(), [[[4, "y", 2]]]);
});

Deno.test("a length that lies ends the message", () => {
  const { join } = scene();
  const ann = join();
  ann.tell("board", USE);
  const { payload } = objectMessage({ name: "board" }, set("x", 1));
  payload[payload.length - 16] = 0x7f;
  assert.throws(() => ann.peer.message(0, { type: 19, payload }), /bytes wanted/);
  assert.throws(
    () => ann.peer.message(0, { type: 16, payload: Uint8Array.of(1) }),
    /format 1, 0 or 3 wanted/,
  );
  assert.deepEqual(ann.tell("board", set("x", 2)), [[[5, "x"]]]);
});

Deno.test("while a script has locked an object, clients wait and nothing is told", async () => {
  const { join, objects, clock } = scene();
  const [ann, bob] = [join(), join()];
  ann.tell("board", USE);
  bob.tell("board", USE);
  const object = objects.get("/live", "board")!;
  assert.equal(object.lock(), 1);
  object.change({ kind: "remove", name: "none" }, undefined);
  object.change({ kind: "send", name: "hello", args: new Uint8Array(0) }, undefined);
  assert.deepEqual(ann.tell("board", set("x", 1)), []);
  assert.deepEqual(ann.tell("board", set("x", 2)), []);
  clock.advance(0);
  assert.deepEqual(bob.turn(), []);
  assert.equal(object.unlock(), 0);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  assert.deepEqual(bob.turn(), [[[6, "hello"]], [[4, "x", 2]]]);
});
