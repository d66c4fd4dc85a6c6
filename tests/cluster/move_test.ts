import assert from "node:assert/strict";
import { LEAVING_PAUSE } from "../../src/cluster/params.ts";
import { received } from "../support/flash_peer.ts";
import { RtmpPeer } from "../support/rtmp_peer.ts";
import { turn, until } from "./member.ts";
import { INTER, KEY, SharingMember, withSharing } from "./sharing.ts";

const AVC = Uint8Array.of(0x17, 0, 0, 0, 0, 1);

/** A client of a server, which may have said that it understands reconnect requests. */
function client({ hub }: SharingMember, capsEx: 0 | 1, scheme = "rtmp"): RtmpPeer {
  const peer = new RtmpPeer(hub, { scheme });
  peer.handshake();
  peer.connect({ capsEx, tcUrl: `${scheme}://server.test/live` });
  peer.take();
  return peer;
}

/** Where a client was asked to go: URLs of reconnect requests. */
function asked(peer: RtmpPeer): unknown[] {
  return peer.take().flatMap(({ type, payload }) => {
    const info = received(0, { type, payload }).values?.[3] as Record<string, unknown> | undefined;
    if (info?.code !== "NetConnection.Connect.ReconnectRequest") return [];
    assert.equal(info.level, "status");
    return [info.tcUrl];
  });
}

/** Begins to stop a server; those that stop at the same moment have been heard when it resolves. */
async function stops({ cluster, clock }: SharingMember, patience: number) {
  const over = cluster.leave(patience);
  await turn();
  clock.advance(LEAVING_PAUSE);
  await turn();
  return { over };
}

/** Stops a server that has nobody to ask, and so waits for nothing. */
async function stopsAtOnce({ cluster }: SharingMember): Promise<void> {
  let isOver = false;
  cluster.leave(5_000).then(() => isOver = true);
  await turn();
  assert.equal(isOver, true);
}

Deno.test("a server that stops asks RTMP clients that understand it to go to the others in turn", () =>
  withSharing(3, async (a, b) => {
    const peers = [client(a, 1), client(a, 1), client(a, 0), client(a, 1, "rtmps")];
    b.cluster.ports.set("RTMPS", 443);
    const leaving = await stops(a, 5_000);
    assert.deepEqual(
      peers.map(asked),
      [["rtmp://127.0.0.1:1946/live"], ["rtmp://127.0.0.1:1947/live"], [], []],
    );
    let isOver = false;
    leaving.over.then(() => isOver = true);
    peers[0]!.session.close();
    await turn();
    assert.equal(isOver, false);
    peers[1]!.session.close();
    await leaving.over;
    assert.match(a.log.lines.at(-1)!, /2 clients are asked/);
  }));

Deno.test("a server that stops waits no longer for its clients than it was told to", () =>
  withSharing(2, async (a) => {
    client(a, 1);
    let isOver = false;
    const { over } = await stops(a, 5_000);
    over.then(() => isOver = true);
    a.clock.advance(4_999 - LEAVING_PAUSE);
    await turn();
    assert.equal(isOver, false);
    a.clock.advance(1);
    await turn();
    assert.equal(isOver, true);
    assert.match(a.log.lines.at(-1)!, /1 of them/);
  }));

Deno.test("a server without other servers, or whose others stop too, asks nobody", async () => {
  await withSharing(1, async (a) => {
    const peer = client(a, 1);
    await stopsAtOnce(a);
    assert.deepEqual(asked(peer), []);
  });
  await withSharing(2, async (a, b) => {
    const [ofA, ofB] = [client(a, 1), client(b, 1)];
    const first = await stops(a, 5_000);
    assert.equal(asked(ofA).length, 1);
    await leaves(a, [b]);
    await stopsAtOnce(b);
    assert.deepEqual(asked(ofB), []);
    ofA.session.close();
    await first.over;
  });
});

Deno.test("servers that stop at the same moment send no clients to each other", () =>
  withSharing(3, async (a, b, c) => {
    const peers = [client(a, 1), client(b, 1)];
    const over = [a.cluster.leave(5_000), b.cluster.leave(5_000)];
    await leaves(a, [b, c]);
    await leaves(b, [a, c]);
    for (const { clock } of [a, b]) clock.advance(LEAVING_PAUSE);
    await turn();
    for (const peer of peers) assert.deepEqual(asked(peer), ["rtmp://127.0.0.1:1947/live"]);
    for (const peer of peers) peer.session.close();
    await Promise.all(over);
  }));

/** A publisher of "film" that understands reconnect requests. */
function publisher({ hub }: SharingMember): RtmpPeer {
  const peer = new RtmpPeer(hub);
  const stream = peer.ready({ capsEx: 1 });
  peer.command(stream, "publish", "film");
  peer.message(stream, { type: 9, payload: AVC });
  return peer;
}

/** The others know that a server stops. */
async function leaves(server: SharingMember, others: readonly SharingMember[]): Promise<void> {
  const said = ({ cluster }: SharingMember) => cluster.servers.find(server.cluster.name)?.isLeaving;
  await until(() => others.every(said));
}

Deno.test("a publisher goes to another server before it leaves the one that stops, and keeps its name", () =>
  withSharing(4, async (...members) => {
    // Of two that publish one name, the one with the larger id gives way.
    const [b, c, d, a] = members.toSorted((x, y) => x.cluster.name < y.cluster.name ? -1 : 1) as [
      SharingMember,
      SharingMember,
      SharingMember,
      SharingMember,
    ];
    const old = publisher(a);
    const players = [a.play("film"), b.play("film"), c.play("film")];
    for (const player of players) await until(() => player.seen.at(-1) === "video:1");
    const leaving = await stops(a, 60_000);
    await leaves(a, [b, c, d]);
    old.take();
    // It is there before it has gone here.
    const publication = b.publish("film");
    assert.equal(b.hub.publication("film"), publication);
    publication.video(0, AVC);
    publication.video(40, KEY);
    publication.flush();
    await until(() => players[1]!.seen.at(-1) === "video:2");
    // A player that comes now gets the new one.
    b.publish("marker");
    await until(() => !d.hub.isFree("marker"));
    players.push(d.play("film"));
    await until(() => d.hub.publication("film") !== undefined);
    assert.equal(d.hub.publication("film")!.publisherId, `server:${b.cluster.name}`);
    assert.deepEqual(old.take(), [], "the old one is not told off");
    assert.equal(a.hub.publication("film")?.isRunning, true);
    old.session.close();
    await leaving.over;
    await until(() => {
      c.clock.advance(100);
      return publication.audience.size === 4;
    }, () => `${publication.audience.size}`);
    publication.video(80, KEY);
    publication.video(120, INTER);
    publication.flush();
    for (const player of players) await until(() => player.seen.at(-1) === "video:3");
    for (const { log } of members) assert.deepEqual(log.at("WARN"), []);
  }));

Deno.test("players of a server that stops go on with a publisher that has gone to another one", () =>
  withSharing(2, async (a, b) => {
    const old = publisher(a);
    const player = a.play("film");
    const leaving = await stops(a, 60_000);
    await leaves(a, [b]);
    const publication = b.publish("film");
    b.publish("marker");
    await until(() => !a.hub.isFree("marker"));
    old.session.close();
    await leaving.over;
    await until(() => publication.audience.size === 1);
    publication.video(80, KEY);
    publication.flush();
    await until(() => player.seen.at(-1) === "video:2");
  }));

Deno.test("a server that comes while another one stops hears of it", () =>
  withSharing(1, async (a) => {
    client(a, 1);
    a.cluster.leave(60_000);
    const late = new SharingMember({ targets: a.address, secret: "x" });
    late.start();
    try {
      await leaves(a, [late]);
    } finally {
      late.stop();
    }
  }));

Deno.test("a publisher that is refused where it comes leaves what is fetched there alone", () =>
  withSharing(2, async (a, b) => {
    a.publish("film");
    const player = b.play("film");
    await player.until(1);
    a.cluster.leave(0);
    await leaves(a, [b]);
    b.refuses = true;
    assert.throws(() => b.publish("film"), /not here/);
    await until(() => {
      b.clock.advance(100);
      return b.hub.publication("film")?.publisherId === `server:${a.cluster.name}`;
    });
  }));
