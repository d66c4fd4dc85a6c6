import { equal, ok } from "node:assert/strict";
import { silentLog } from "../../src/logs/mod.ts";
import { DataStore, KeptObjects } from "../../src/services/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { connect, disconnect, ObjectNode } from "../support/object_cluster.ts";
import { act, checkEqual, numbers } from "../support/object_game.ts";
import {
  type ObjectPlayer,
  PagePlayer,
  RtmfpPlayer,
  RtmpPlayer,
} from "../support/object_players.ts";

const SEED = Number(Deno.env.get("SEED") ?? 11);
const OPERATIONS = 10_000;

interface Disk {
  readonly path: string;
  readonly store: DataStore;
}

/** Servers that keep what they have on a disk, which is all that is left of one that was killed. */
class Servers {
  readonly clock = new FakeClock();
  readonly random = numbers(SEED);
  readonly nodes: ObjectNode[] = [];
  readonly #folder: string;
  readonly #disks = new Map<ObjectNode, Disk>();
  readonly #killed: Disk[] = [];
  #starts = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  start(id: string, path = this.#newPath()): ObjectNode {
    const { clock } = this;
    const store = DataStore.open({ directory: path, clock, log: silentLog });
    const node = new ObjectNode(id, clock, new KeptObjects(store, silentLog));
    this.#disks.set(node, { path, store });
    for (const other of this.nodes) connect(node, other, clock, this.random);
    this.nodes.push(node);
    return node;
  }

  /** It is gone without a word: what it has not written is lost. */
  kill(node: ObjectNode): string {
    const { path } = this.#lose(node);
    const disk = this.#newPath();
    for (const { name } of Deno.readDirSync(path)) {
      Deno.copyFileSync(`${path}/${name}`, `${disk}/${name}`);
    }
    return disk;
  }

  /** It stops as it should. */
  async stop(node: ObjectNode): Promise<string> {
    const { path, store } = this.#lose(node);
    await store.close();
    return path;
  }

  async close(): Promise<void> {
    for (const { store } of [...this.#disks.values(), ...this.#killed]) await store.close();
  }

  #lose(node: ObjectNode): Disk {
    const disk = this.#disks.get(node)!;
    this.#disks.delete(node);
    this.#killed.push(disk);
    this.nodes.splice(this.nodes.indexOf(node), 1);
    for (const other of this.nodes) disconnect(node, other);
    return disk;
  }

  #newPath(): string {
    const path = `${this.#folder}/${++this.#starts}`;
    Deno.mkdirSync(path);
    return path;
  }
}

const flushed = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

Deno.test("after 10,000 operations on three servers that keep the object, with killed and restarted owners, all have the same", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "objects" });
  const servers = new Servers(folder);
  const { clock, random, nodes } = servers;
  for (const id of [1, 2, 3]) servers.start(`${id}`.padStart(32, "0"));
  clock.advance(3_000);
  const scene = { clock, random, name: "board", persistent: true };
  let port = 5000;
  let at = nodes[0]!;
  const flash = () => at.rtmfp.connected(port++);
  const players: ObjectPlayer[] = [
    new RtmpPlayer(scene, 0),
    new RtmpPlayer(scene, 3),
    new RtmfpPlayer(scene, flash),
    new RtmfpPlayer(scene, flash),
    new PagePlayer(scene),
    new PagePlayer(scene),
  ];
  const any = () => nodes[Math.floor(random() * nodes.length)]!;
  const where = new Map<ObjectPlayer, ObjectNode>();
  const move = (player: ObjectPlayer, node: ObjectNode) => {
    at = node;
    where.set(player, node);
    player.reconnect(node);
  };
  const poll = () => players.forEach((player) => player.poll());
  for (const [n, player] of players.entries()) move(player, nodes[n % 3]!);
  let lost = 0;
  for (let n = 1; n <= OPERATIONS; n++) {
    act(players, random, n);
    if (random() < 0.5) clock.advance(Math.floor(random() * 8));
    if (n % 20 === 0) await Promise.resolve();
    if (n % 200 === 0) await flushed();
    poll();
    if (random() < 0.002) move(players[Math.floor(random() * players.length)]!, any());
    if (n % 1_250 !== 0 || n === OPERATIONS) continue;
    const owner = nodes.find(({ sharing }) => sharing.owns("/live", "board", true)) ?? nodes[0]!;
    const disk = ++lost % 2 === 0 ? servers.kill(owner) : await servers.stop(owner);
    for (const player of players) if (where.get(player) === owner) move(player, any());
    for (let i = 0; i < 20; i++) {
      act(players, random, n);
      clock.advance(50);
      poll();
    }
    await flushed();
    servers.start(owner.id, disk);
  }
  for (let i = 0; i < 100; i++) {
    clock.advance(100);
    await flushed();
    poll();
  }
  equal(lost, 7);
  ok(players[0]!.slots.length > 5);
  checkEqual(players, players[0]!.slots);
  const owners = nodes.filter(({ sharing }) => sharing.owns("/live", "board", true));
  equal(owners.length, 1);
  const [object] = owners.map(({ objects }) => objects.get("/live", "board")!);
  equal(object!.slots.size, players[0]!.slots.length);
  equal(owners[0]!.objects.stored("/live", "board")?.version, object!.version);
  for (const { rtmfp } of nodes) await rtmfp.close();
  await servers.close();
  Deno.removeSync(folder, { recursive: true });
});
