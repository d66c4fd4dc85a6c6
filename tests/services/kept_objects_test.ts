import assert from "node:assert/strict";
import { SharedObjects } from "../../src/flash/mod.ts";
import { DEFAULT_LIMITS } from "../../src/flash/shared_objects/params.ts";
import { Hub } from "../../src/hub/mod.ts";
import {
  DataError,
  type DataStore,
  exportJson,
  importJson,
  KeptObjects,
} from "../../src/services/mod.ts";
import { FlashPeer } from "../support/flash_peer.ts";
import {
  CLEAR,
  heardObject,
  objectMessage,
  RELEASE,
  remove,
  type SentEvent,
  set,
  USE,
} from "../support/object_client.ts";
import { DataFolder, plain } from "./data_folder.ts";

/** A server that keeps its objects in a folder, until it is closed. */
function serve(folder: DataFolder, store: DataStore = folder.open(), limits = {}) {
  const { clock, log } = folder;
  const hub = new Hub({ clock });
  const objects = new SharedObjects({
    ...{ hub, clock, log },
    limits: { ...DEFAULT_LIMITS, ...limits },
    store: new KeptObjects(store, log),
  });
  const join = () => {
    const peer = new FlashPeer(hub, { objects });
    peer.connect();
    return (version: number, ...events: SentEvent[]) => {
      const message = objectMessage({ name: "board", version, persistent: true }, ...events);
      peer.connection.receive({ ...message, streamId: 0, time: 0 });
      clock.advance(0);
      return peer.take().flatMap(({ payload }) => payload ? [heardObject(19, payload)] : []);
    };
  };
  return { join, objects, store, close: () => store.close() };
}

Deno.test("a persistent object is there again when the server is", async () => {
  using folder = new DataFolder();
  const first = serve(folder);
  const ann = first.join();
  assert.deepEqual(ann(0, USE).map(({ events, flags }) => [flags, events]), [[2, [[11]]]]);
  ann(1, set("x", { y: ["ü", 5] }), set("gone", 1), remove("gone"));
  await first.close();
  const second = serve(folder);
  const [heard] = second.join()(0, USE);
  assert.deepEqual(heard?.events, [[11], [4, "x", { y: ["ü", 5] }]]);
  assert.ok(heard.version > 4, "versions rise");
  assert.deepEqual([...second.store.root.entries()], [], "scripts do not see it");
  await second.close();
});

Deno.test("who comes again is told what it missed, and all of it when that is not known", async () => {
  using folder = new DataFolder();
  const server = serve(folder);
  const [ann, bob] = [server.join(), server.join()];
  ann(0, USE);
  ann(1, set("x", 1), set("y", 1), set("z", 1));
  const seen = bob(0, USE)[0]!.version;
  bob(seen, RELEASE);
  ann(seen, set("x", 2), remove("y"));
  assert.deepEqual(bob(seen, USE)[0]!.events, [[11], [9, "y"], [4, "x", 2]]);
  bob(seen, RELEASE);
  server.objects.get("/live", "board")!.slots.purge(seen + 2);
  assert.deepEqual(bob(seen, USE)[0]!.events, [[11], [8], [4, "x", 2], [4, "z", 1]]);
  bob(seen, RELEASE);
  const now = ann(0, USE)[0]!.version;
  assert.deepEqual(bob(now, USE)[0]!.events, [[11]]);
  bob(now, RELEASE);
  server.objects.get("/live", "board")!.resyncDepth = 1;
  ann(now, set("x", 3), set("x", 4));
  assert.deepEqual(bob(now, USE)[0]!.events, [[11], [8], [4, "x", 4], [4, "z", 1]]);
  assert.deepEqual(bob(now + 1000, USE)[0]!.events, [[11], [8], [4, "x", 4], [4, "z", 1]]);
  await server.close();
});

Deno.test("after a restart clients that know more than was kept are told all", async () => {
  using folder = new DataFolder();
  const first = serve(folder);
  const ann = first.join();
  ann(0, USE);
  ann(1, set("x", 1));
  await first.close();
  const second = serve(folder);
  const { events } = second.join()(1_000, USE)[0]!;
  assert.deepEqual(events, [[11], [8], [4, "x", 1]]);
  await second.close();
});

Deno.test("an object that nobody uses is read again from the store, with its version", async () => {
  using folder = new DataFolder();
  const server = serve(folder);
  const ann = server.join();
  ann(0, USE);
  const version = ann(1, set("x", 1))[0]!.version;
  ann(version, RELEASE);
  assert.equal(server.objects.count, 0);
  const [heard] = ann(version, USE);
  assert.deepEqual([heard?.version, heard?.events], [version, [[11]]]);
  await server.close();
});

Deno.test("an empty object is not kept, and limits count what is kept", async () => {
  using folder = new DataFolder();
  const first = serve(folder);
  const ann = first.join();
  ann(0, USE);
  ann(1, set("x", "a".repeat(100)));
  await first.close();
  const second = serve(folder, folder.open(), { objects: 1, bytes: 200 });
  assert.equal(second.objects.total.bytes > 100, true);
  const hub = second.objects.hub;
  assert.throws(() => second.objects.open("/live", "other", false), /more than 1 objects/);
  const bob = second.join();
  bob(0, USE);
  const refused = [7, "SharedObject.NoWriteAccess", "error"];
  assert.deepEqual(bob(0, set("y", "b".repeat(100)))[0]!.events, [refused, [9, "y"]]);
  bob(0, CLEAR);
  bob(0, RELEASE);
  assert.equal(second.objects.total.bytes, 0);
  second.objects.open("/live", "other", false);
  assert.equal(hub.clients.size, 1);
  assert.equal(second.store.root.everything().next().done, false);
  assert.equal(second.store.root.objects.size, 0);
  await second.close();
});

Deno.test("objects are exported and imported with all data", async () => {
  using from = new DataFolder();
  using to = new DataFolder();
  const first = serve(from);
  const ann = first.join();
  ann(0, USE);
  ann(1, set("x", ["one", 2]));
  first.store.root.set("name", "value");
  let text = "";
  exportJson(first.store.root, (piece) => text += piece);
  await first.close();
  const store = to.open();
  assert.equal(importJson(text, store.root), 3);
  assert.equal(importJson(text, store.root), 3);
  const second = serve(to, store);
  assert.deepEqual(plain(store.root), { name: "value" });
  assert.deepEqual(second.join()(0, USE)[0]!.events, [[11], [4, "x", ["one", 2]]]);
  await second.close();
});

Deno.test("what is damaged is skipped, and scripts cannot write there", async () => {
  using folder = new DataFolder();
  const store = folder.open();
  const board = store.root.objects.tableAt("/live").tableAt("board");
  board.set("", "7");
  board.set("short", "abc");
  board.set("bad", "\0\0\0\x05\x09\x7f");
  board.set("good", "\0\0\0\x06\x04\x05");
  store.root.objects.set("text", "no table");
  const server = serve(folder, store);
  assert.deepEqual(server.join()(0, USE)[0]!.events, [[11], [4, "good", 5]]);
  assert.match(folder.log.lines.join("\n"), /slot bad of a shared object is damaged/);
  assert.throws(() => store.root.set("$sharedObjects", "x"), DataError);
  assert.throws(() => store.root.addTable("$sharedObjects"), DataError);
  assert.equal(store.root.get("$sharedObjects"), undefined);
  await server.close();
});

Deno.test("a store that keeps nothing is told to the log, and the object goes on", async () => {
  using folder = new DataFolder();
  const other = folder.open();
  other.root.set("x", "1");
  other.write();
  const server = serve(folder);
  const ann = server.join();
  ann(0, USE);
  assert.deepEqual(ann(1, set("x", 1))[0]!.events, [[5, "x"]]);
  assert.match(folder.log.lines.join("\n"), /a shared object is not stored: .*another server/);
  assert.equal(server.objects.get("/live", "board")!.save(), false);
  await server.close();
  await other.close();
});
