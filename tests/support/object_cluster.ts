import { ByteReader } from "../../src/bytes/mod.ts";
import { ObjectSharing } from "../../src/cluster/objects/object_sharing.ts";
import { SharedObjects, type SharedObjectStore } from "../../src/flash/mod.ts";
import { DEFAULT_LIMITS } from "../../src/flash/shared_objects/params.ts";
import { Hub } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { FlashServer } from "../rtmfp/flash_client.ts";
import type { FakeClock } from "./fake_clock.ts";
import { Line, type PlayedServer } from "./object_players.ts";

/** What a node sees of another one. */
class Peer {
  readonly id: string;
  readonly #line: Line;
  readonly #deliver: (type: number, body: Uint8Array) => void;
  isUp = true;

  constructor(id: string, line: Line, deliver: (type: number, body: Uint8Array) => void) {
    this.id = id;
    this.#line = line;
    this.#deliver = deliver;
  }

  write(type: number, body: Uint8Array): void {
    const bytes = body.slice();
    this.#line.push(() => {
      if (this.isUp) this.#deliver(type, bytes);
    });
  }
}

/** A server of a simulated cluster, with RTMFP. */
export class ObjectNode implements PlayedServer {
  readonly id: string;
  readonly hub: Hub;
  readonly objects: SharedObjects;
  readonly sharing: ObjectSharing;
  readonly peers = new Map<ObjectNode, Peer>();
  readonly rtmfp: FlashServer;

  constructor(id: string, clock: FakeClock, store?: SharedObjectStore) {
    this.id = id;
    this.hub = new Hub({ clock });
    this.objects = new SharedObjects({
      ...{ hub: this.hub, clock, log: silentLog },
      limits: { ...DEFAULT_LIMITS, clientRate: 0 },
      ...(store ? { store } : {}),
    });
    const { peers } = this;
    this.sharing = new ObjectSharing({
      objects: this.objects,
      id,
      clock,
      servers: {
        [Symbol.iterator]: () => peers.values(),
        write: (type, body) => {
          for (const peer of [...peers.values()]) peer.write(type, body);
        },
      },
    });
    this.objects.cluster = this.sharing;
    const { hub, objects } = this;
    this.rtmfp = new FlashServer({ latency: 10, loss: 0.02 }, {}, { clock, hub, objects });
  }
}

/** Links two servers. */
export function connect(
  one: ObjectNode,
  other: ObjectNode,
  clock: FakeClock,
  random: () => number,
): void {
  for (const [from, to] of [[one, other], [other, one]] as const) {
    const peer: Peer = new Peer(to.id, new Line(clock, random), (type, body) => {
      const back = to.peers.get(from);
      if (back !== undefined) to.sharing.receive(back, type, new ByteReader(body));
    });
    from.peers.set(to, peer);
  }
  one.sharing.greet(one.peers.get(other)!);
  other.sharing.greet(other.peers.get(one)!);
}

/** The link between two servers is lost. */
export function disconnect(one: ObjectNode, other: ObjectNode): void {
  for (const [from, to] of [[one, other], [other, one]] as const) {
    const peer = from.peers.get(to);
    if (peer === undefined) continue;
    peer.isUp = false;
    from.peers.delete(to);
    from.sharing.forget(peer);
  }
}
