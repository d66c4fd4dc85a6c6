import assert from "node:assert/strict";
import type { SharedObject } from "../../src/flash/mod.ts";
import { KeptObjects } from "../../src/services/mod.ts";
import { DataFolder } from "../services/data_folder.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FlashPeer } from "../support/flash_peer.ts";
import {
  heardObject,
  objectMessage,
  send,
  type SentEvent,
  set,
  USE,
} from "../support/object_client.ts";
import { connect, disconnect, ObjectNode } from "../support/object_cluster.ts";
import { act, checkEqual, numbers } from "../support/object_game.ts";
import {
  type ObjectPlayer,
  PagePlayer,
  RtmfpPlayer,
  RtmpPlayer,
} from "../support/object_players.ts";

// The gate asks the same every time; SEED=n asks anew.
const SEED = Number(Deno.env.get("SEED") ?? 5);

/** Servers with the ids 1, 2, 3, … each linked to all others. */
function cluster(count: number, seed = 5) {
  const clock = new FakeClock();
  const random = numbers(seed);
  const nodes: ObjectNode[] = [];
  let ids = 0;
  const start = () => {
    const node = new ObjectNode(`${++ids}`.padStart(32, "0"), clock);
    for (const other of nodes) connect(node, other, clock, random);
    nodes.push(node);
    return node;
  };
  /** The server is killed: the others notice. */
  const kill = (node: ObjectNode) => {
    nodes.splice(nodes.indexOf(node), 1);
    for (const other of nodes) disconnect(node, other);
  };
  const settle = (time = 3_000) => clock.advance(time);
  for (let i = 0; i < count; i++) start();
  settle();
  return { clock, random, nodes, start, kill, settle };
}

/** A client of a server that says and hears by hand. */
function client(node: ObjectNode, settle: (time?: number) => void) {
  const peer = new FlashPeer(node.hub, { objects: node.objects });
  peer.connect();
  const hear = () => {
    settle(200);
    return peer.take().flatMap(({ type, payload }) =>
      type === 19 && payload ? heardObject(type, payload).events : []
    );
  };
  const tell = (...events: SentEvent[]) => {
    const message = objectMessage({ name: "board" }, ...events);
    peer.connection.receive({ ...message, streamId: 0, time: 0 });
    return hear();
  };
  return { peer, tell, hear };
}

const flushed = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("clients of several servers share an object, one of which decides", async () => {
  const { nodes, settle } = cluster(3);
  const [ann, bob, eve] = nodes.map((node) => client(node, settle));
  ann!.tell(USE);
  await flushed();
  assert.deepEqual(ann!.hear(), [[11], [8]]);
  ann!.tell(set("x", { y: 1 }));
  bob!.tell(USE);
  eve!.tell(USE);
  await flushed();
  assert.deepEqual(bob!.hear(), [[11], [8], [4, "x", { y: 1 }]]);
  assert.deepEqual(bob!.tell(set("x", 2), send("chat", "hi")), [
    [4, "x", 2],
    [5, "x"],
    [6, "chat", "hi"],
  ]);
  assert.deepEqual(ann!.hear().slice(-2), [[4, "x", 2], [6, "chat", "hi"]]);
  await flushed();
  assert.deepEqual(eve!.hear().slice(-2), [[4, "x", 2], [6, "chat", "hi"]]);
  const [, second] = nodes.map(({ objects }) => objects.get("/live", "board")!);
  assert.equal(second!.lock(), -1);
});

Deno.test("a limit of the server that decides is told to the client of another", async () => {
  const { nodes, settle } = cluster(2);
  const [ann, bob] = nodes.map((node) => client(node, settle));
  for (const each of [ann!, bob!]) {
    each.tell(USE);
    await flushed();
    each.hear();
  }
  Object.assign(nodes[0]!.objects.limits, { slots: 1 });
  ann!.tell(set("x", 1));
  bob!.hear();
  assert.deepEqual(bob!.tell(set("y", 2)), [
    [7, "SharedObject.NoWriteAccess", "error"],
    [9, "y"],
  ]);
});

Deno.test("two servers that decided both make one object of it", () => {
  const { nodes, settle, clock, random } = cluster(2);
  const [one, two] = nodes as [ObjectNode, ObjectNode];
  disconnect(one, two);
  const [ann, bob] = [client(one, settle), client(two, settle)];
  ann.tell(USE, set("both", "ann"), set("a", 1));
  bob.tell(USE, set("both", "bob"), set("b", 2));
  connect(one, two, clock, random);
  settle();
  const slots = (node: ObjectNode) =>
    [...(node.objects.get("/live", "board") as SharedObject).slots.entries()]
      .map(([name, { value }]) => `${name} ${value}`).sort();
  assert.deepEqual(slots(two), slots(one));
  assert.deepEqual(bob.hear().slice(-3).map(([, name]) => name).sort(), ["a", "b", "both"]);
  assert.deepEqual(ann.hear().at(-1), [4, "b", 2]);
});

Deno.test("an object that was kept elsewhere is fetched from there", async () => {
  using first = new DataFolder();
  using second = new DataFolder();
  const clock = new FakeClock();
  const stores = [first, second].map((folder) => folder.open());
  const nodes = stores.map((store, n) =>
    new ObjectNode(`${n + 1}`.padStart(32, "0"), clock, new KeptObjects(store, first.log))
  );
  const [one, two] = nodes as [ObjectNode, ObjectNode];
  const object = one.objects.open("/live", "board", true);
  object.hold();
  object.change({ kind: "set", name: "x", value: Uint8Array.of(4, 5) }, undefined);
  object.release();
  assert.equal(one.objects.count, 0);
  connect(one, two, clock, numbers(1));
  const other = two.objects.open("/live", "board", true);
  other.hold();
  clock.advance(3_000);
  assert.deepEqual([...other.slots.entries()].map(([name, { value }]) => [name, [...value]]), [
    ["x", [4, 5]],
  ]);
  assert.equal(two.objects.stored("/live", "board")?.version, other.version);
  for (const store of stores) await store.close();
});

Deno.test("a persistent object that was used on one server only outlives it", () => {
  using first = new DataFolder();
  using second = new DataFolder();
  const clock = new FakeClock();
  const [one, two] = [first, second].map((folder, n) =>
    new ObjectNode(
      `${n + 1}`.padStart(32, "0"),
      clock,
      new KeptObjects(folder.open(), folder.log),
    )
  ) as [ObjectNode, ObjectNode];
  connect(one, two, clock, numbers(1));
  const object = one.objects.open("/live", "board", true);
  object.hold();
  clock.advance(3_000);
  object.change({ kind: "set", name: "x", value: Uint8Array.of(4, 5) }, undefined);
  clock.advance(500);
  assert.equal(two.sharing.owns("/live", "board", true), false);
  disconnect(one, two);
  clock.advance(3_000);
  assert.equal(two.objects.count, 0, "nobody uses it there: it is in the store");
  const other = two.objects.open("/live", "board", true);
  assert.deepEqual([...other.slots.entries()].map(([name]) => name), ["x"]);
  assert.ok(two.sharing.owns("/live", "board", true));
});

Deno.test("a server keeps what another one has until that one needs it no more", () => {
  using first = new DataFolder();
  using second = new DataFolder();
  const clock = new FakeClock();
  const [one, two] = [first, second].map((folder, n) =>
    new ObjectNode(
      `${n + 1}`.padStart(32, "0"),
      clock,
      new KeptObjects(folder.open(), folder.log),
    )
  ) as [ObjectNode, ObjectNode];
  connect(one, two, clock, numbers(1));
  const object = one.objects.open("/live", "board", true);
  object.hold();
  clock.advance(3_000);
  assert.equal(two.objects.count, 1);
  object.release();
  clock.advance(3_000);
  assert.deepEqual([one.objects.count, two.objects.count], [0, 0]);
});

Deno.test("a server that comes and goes all the time costs nobody the object", async () => {
  const { clock, random, nodes, settle } = cluster(3);
  const [one, two, three] = nodes as [ObjectNode, ObjectNode, ObjectNode];
  const scene = { clock, random, name: "board", persistent: false };
  const players: ObjectPlayer[] = [
    new RtmpPlayer(scene, 0),
    new RtmpPlayer(scene, 3),
    new PagePlayer(scene),
  ];
  const [first, second, flapping] = players as [ObjectPlayer, ObjectPlayer, ObjectPlayer];
  flapping.reconnect(one);
  settle();
  await flushed();
  first.reconnect(two);
  second.reconnect(three);
  for (let n = 1; n <= 600; n++) {
    act(players, random, n);
    clock.advance(Math.floor(random() * 60));
    if (n % 5 === 0) await flushed();
    if (n % 12 === 0) { for (const other of [two, three]) disconnect(one, other); }
    if (n % 12 === 6) { for (const other of [two, three]) connect(one, other, clock, random); }
  }
  for (const other of [two, three]) {
    if (!one.peers.has(other)) connect(one, other, clock, random);
  }
  for (let i = 0; i < 60; i++) {
    settle(100);
    await flushed();
  }
  checkEqual(players, first.slots);
  assert.equal(nodes.filter(({ sharing }) => sharing.owns("/live", "board", false)).length, 1);
});

Deno.test("after 10,000 operations on three servers, with killed owners, all have the same", async () => {
  const { clock, random, nodes, start, kill, settle } = cluster(3, SEED);
  const scene = { clock, random, name: "board", persistent: false };
  let port = 5000;
  const any = () => nodes[Math.floor(random() * nodes.length)]!;
  let at = nodes[0]!;
  const flash = () => at.rtmfp.connected(port++);
  const players: ObjectPlayer[] = [
    new RtmpPlayer(scene, 0),
    new RtmpPlayer(scene, 3),
    new RtmfpPlayer(scene, flash),
    new PagePlayer(scene),
    new RtmfpPlayer(scene, flash),
    new PagePlayer(scene),
  ];
  const where = new Map<ObjectPlayer, ObjectNode>();
  const poll = () => players.forEach((player) => player.poll());
  const move = (player: ObjectPlayer, node: ObjectNode) => {
    at = node;
    where.set(player, node);
    player.reconnect(node);
  };
  for (const [n, player] of players.entries()) move(player, nodes[n % 3]!);
  let killed = 0;
  for (let n = 1; n <= 10_000; n++) {
    act(players, random, n);
    if (random() < 0.5) clock.advance(Math.floor(random() * 8));
    if (n % 20 === 0) await Promise.resolve();
    if (n % 200 === 0) await flushed();
    poll();
    if (random() < 0.002) move(players[Math.floor(random() * players.length)]!, any());
    if (n % 1_500 !== 0) continue;
    const owner = nodes.find(({ sharing }) => sharing.owns("/live", "board", false)) ?? nodes[0]!;
    kill(owner);
    killed++;
    start();
    for (const player of players) if (where.get(player) === owner) move(player, any());
  }
  for (let i = 0; i < 100; i++) {
    settle(100);
    await flushed();
    poll();
  }
  assert.equal(killed, 6);
  const objects = nodes.flatMap(({ objects }) => objects.get("/live", "board") ?? []);
  assert.ok(objects.length > 1);
  assert.ok(players[0]!.slots.length > 5);
  checkEqual(players, players[0]!.slots);
  assert.equal(objects[0]!.slots.size, players[0]!.slots.length);
  const owners = nodes.filter(({ sharing }) => sharing.owns("/live", "board", false));
  assert.equal(owners.length, 1);
});
