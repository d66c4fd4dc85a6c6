import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteReader, ByteWriter, fromHex } from "../../src/bytes/mod.ts";
import { catalogue, type Client, Refusal } from "../../src/hub/mod.ts";
import { PULL_RETRY_INTERVAL } from "../../src/cluster/params.ts";
import type { Server } from "../../src/cluster/server.ts";
import { SharedItems } from "../../src/cluster/sharing/shared_items.ts";
import { type Change, readChanges, writeChange } from "../../src/cluster/sharing/item.ts";
import { CONFIG, INTER, KEY, METADATA, SharingMember, SOUND, withSharing } from "./sharing.ts";
import { until } from "./member.ts";

Deno.test("changes are read as they were written, and refused when cut", () => {
  const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytes.toHex());
  const item = fc.oneof(
    fc.record({ kind: fc.constant("publication" as const), name: fc.string() }),
    fc.record({ kind: fc.constant("peer" as const), id }),
    fc.record({ kind: fc.constant("member" as const), id, group: id }),
  );
  fc.assert(
    fc.property(fc.array(fc.record({ isThere: fc.boolean(), item })), (changes: Change[]) => {
      const out = new ByteWriter();
      for (const change of changes) writeChange(out, change);
      const bytes = out.take();
      assert.deepEqual(
        JSON.stringify([...readChanges(new ByteReader(bytes))]),
        JSON.stringify(changes),
      );
      if (bytes.length === 0) return;
      const cut = new ByteReader(bytes, 0, bytes.length - 1);
      assert.throws(() => [...readChanges(cut)], { name: "ProtocolError" });
    }),
    { numRuns: 50 },
  );
  assert.throws(() => [...readChanges(new ByteReader(Uint8Array.of(0x83)))], /unknown/);
});

Deno.test("a publication of one server plays on another: metadata, codec headers, from a key frame on", () =>
  withSharing(2, async (a, b) => {
    const publication = a.publish("film");
    publication.setMetadata("onMetaData", METADATA, "amf0");
    publication.video(0, CONFIG);
    publication.video(10, KEY);
    publication.flush();
    const player = b.play("film");
    await player.until(3);
    publication.video(20, INTER);
    publication.audio(30, SOUND);
    publication.video(40, KEY);
    publication.data("cue", METADATA, "amf0");
    publication.flush();
    await player.until(6);
    assert.deepEqual(player.seen, [
      "published",
      "data:onMetaData",
      "video:1",
      "audio:4",
      "video:2",
      "data:cue",
    ]);
    assert.deepEqual(player.messages[1]!.payload, METADATA);
    assert.equal(player.messages[4]!.time, 40);
    assert.equal(b.hub.publication("film")!.publisherId, `server:${a.cluster.name}`);
    assert.deepEqual(b.play("film").seen, ["data:onMetaData", "video:1"]);
  }));

Deno.test("what can be played on a server includes what others publish, until they end it", () =>
  withSharing(3, async (a, b, c) => {
    const names = () => catalogue(c.hub).map(({ name, origin }) => `${origin} ${name}`);
    const [film] = [a.publish("film"), b.publish("song"), c.publish("own")];
    c.hub.offers.add("film").add("relayed");
    const all = ["server film", "client own", "relay relayed", "server song"];
    await until(() => names().join() === all.join());
    a.hub.unpublish(film);
    await until(() => names().join() === ["relay film", ...all.slice(1)].join());
  }));

Deno.test("one link carries a publication for all players of an edge, from the first to the last", () =>
  withSharing(2, async (a, b) => {
    const publication = a.publish("film");
    const [first, second] = [b.play("film"), b.play("film")];
    await until(() => publication.audience.size === 1);
    await first.until(1);
    publication.audio(1, SOUND);
    publication.flush();
    await first.until(2);
    await second.until(2);
    assert.equal(publication.audience.size, 1);
    first.stop();
    publication.audio(2, SOUND);
    publication.flush();
    await second.until(3);
    second.stop();
    await until(() => publication.audience.size === 0);
    assert.equal(b.hub.publication("film"), undefined);
    b.play("film");
    await until(() => publication.audience.size === 1);
  }));

Deno.test("a player that comes before the publisher gets the stream when another server has it", () =>
  withSharing(3, async (a, b, c) => {
    const players = [a.play("late"), b.play("late")];
    const publication = c.publish("late");
    await until(() => publication.audience.size === 2);
    publication.audio(5, SOUND);
    publication.flush();
    for (const player of players) {
      await player.until(2);
      assert.deepEqual(player.seen, ["published", "audio:4"]);
    }
    c.hub.unpublish(publication);
    for (const player of players) await player.until(3);
    assert.equal(players[0]!.seen.at(-1), "unpublished");
  }));

Deno.test("players go on when the origin dies and another server gets the publisher", () =>
  withSharing(3, async (a, b, c) => {
    const player = c.play("film");
    a.publish("film");
    await player.until(1);
    a.stop();
    await player.until(2);
    assert.deepEqual(player.seen, ["published", "unpublished"]);
    await until(() => b.cluster.servers.count === 1);
    const again = b.publish("film");
    c.clock.advance(PULL_RETRY_INTERVAL);
    await player.until(3);
    await until(() => again.audience.size === 1);
    again.audio(1, SOUND);
    again.flush();
    await player.until(4);
    assert.deepEqual(player.seen.slice(2), ["published", "audio:4"]);
  }));

Deno.test("a name that is published on another server is refused here, and free when it ends there", () =>
  withSharing(2, async (a, b) => {
    const player = b.play("film");
    const publication = a.publish("film");
    await player.until(1);
    assert.throws(() => b.publish("film"), (error) => {
      assert.ok(error instanceof Refusal);
      assert.deepEqual([error.code, error.message], [
        "Publish.BadName",
        "film is already publishing",
      ]);
      return true;
    });
    a.hub.unpublish(publication);
    await player.until(2);
    const mine = b.publish("film");
    assert.equal(mine.audience.size, 1);
  }));

Deno.test("of two publishers of one name at once, one keeps it and the other is told", () =>
  withSharing(3, async (a, b, c) => {
    const player = c.play("film");
    const both = [a.publish("film"), b.publish("film")];
    await until(() => both.filter(({ isRunning }) => isRunning).length === 1);
    const [winner, loser] = a.cluster.name < b.cluster.name ? [a, b] : [b, a];
    assert.deepEqual([winner.closed, loser.closed], [[], ["film Publish.BadName"]]);
    assert.equal(loser.log.at("WARN").filter((line) => /is published on/.test(line)).length, 1);
    const kept = winner.hub.publication("film")!;
    await until(() => {
      c.clock.advance(PULL_RETRY_INTERVAL);
      return kept.audience.size > 0;
    });
    kept.audio(1, SOUND);
    kept.flush();
    await until(() => player.seen.at(-1) === "audio:4", () => player.seen.join(" "));
  }));

Deno.test("peers of RTMFP and members of groups are known on the other servers while they are there", () =>
  withSharing(3, async (a, b, c) => {
    const group = new Uint8Array(32).fill(3);
    const id = "03".repeat(32);
    const [peer, other] = [a.connect(), a.connect("RTMP")];
    a.hub.join(peer, group);
    const found = () => b.hub.locate("RTMFP", fromHex(peer.id)!);
    await until(() => found() !== undefined);
    assert.deepEqual(found(), ["127.0.0.1:1935"]);
    assert.equal(b.hub.locate("RTMFP", fromHex(other.id)!), undefined);
    await until(() => c.hub.groups.get(id)?.virtualMembers.has(peer.id) === true);
    a.hub.disconnect(peer);
    await until(() => found() === undefined);
    await until(() => c.hub.groups.get(id) === undefined);
  }));

Deno.test("data with a name that no frame has room for is left out, what follows is not", () =>
  withSharing(2, async (a, b) => {
    const publication = a.publish("film");
    publication.setMetadata("m".repeat(5_000), METADATA, "amf0");
    const player = b.play("film");
    await player.until(1);
    publication.data("é".repeat(2_049), METADATA, "amf0");
    publication.data("é".repeat(2_048), METADATA, "amf0");
    publication.flush();
    await player.until(2);
    assert.deepEqual(player.seen, ["published", `data:${"é".repeat(2_048)}`]);
  }));

Deno.test("a peer that came again with its id is known when its old connection goes", () =>
  withSharing(2, async (a, b) => {
    const old = a.connect();
    const fresh = a.connect("RTMFP", old.rawId);
    a.hub.disconnect(old);
    const later = a.connect();
    const found = (peer: Client) => b.hub.locate("RTMFP", peer.rawId) !== undefined;
    await until(() => found(later));
    assert.ok(found(fresh));
    a.hub.disconnect(fresh);
    await until(() => !found(fresh));
  }));

Deno.test("a member that came again with its id stays one when its old connection goes", () =>
  withSharing(2, async (a, b) => {
    const id = new Uint8Array(32).fill(4);
    const old = a.connect();
    const fresh = a.connect("RTMFP", old.rawId);
    for (const client of [old, fresh]) a.hub.join(client, id);
    a.hub.disconnect(old);
    const later = a.connect();
    a.hub.join(later, id);
    const members = () => [...b.hub.groups.get(id.toHex())?.virtualMembers.keys() ?? []];
    await until(() => members().includes(later.id));
    assert.deepEqual(members(), [fresh.id, later.id]);
    a.hub.disconnect(fresh);
    await until(() => !members().includes(fresh.id));
  }));

Deno.test("a server that comes later hears of everything, and forgets it with the server that had it", () =>
  withSharing(1, async (a) => {
    const peer = a.connect();
    a.hub.join(peer, new Uint8Array(32).fill(3));
    a.publish("film");
    const late = new SharingMember({ targets: a.address, secret: "x" });
    late.start();
    try {
      await until(() => late.hub.locate("RTMFP", fromHex(peer.id)!) !== undefined);
      const player = late.play("film");
      await player.until(1);
      a.stop();
      await until(() => late.hub.locate("RTMFP", fromHex(peer.id)!) === undefined);
      assert.equal(late.hub.groups.size, 0);
      await player.until(2);
    } finally {
      late.stop();
    }
  }));

Deno.test("scripts of several servers may publish the same name, each for its own players", () =>
  withSharing(2, async (a, b) => {
    const both = [a, b].map(({ hub }) => hub.publishFromScript("news")!);
    a.publish("marker");
    b.publish("marker2");
    await until(() => !a.hub.isFree("marker2") && !b.hub.isFree("marker"));
    assert.deepEqual(both.map(({ isRunning }) => isRunning), [true, true]);
    const player = b.play("news");
    both[1]!.audio(1, SOUND);
    both[1]!.flush();
    await player.until(1);
    assert.equal(both[0]!.audience.size, 0);
  }));

Deno.test("what one server may have is bounded, and what it gives back leaves room", () => {
  const directory = new SharedItems(() => {}, 2);
  const server = {} as Server;
  const change = (name: string, isThere = true) =>
    directory.apply(server, { isThere, item: { kind: "publication", name } });
  for (const name of ["a", "b", "b"]) change(name);
  assert.throws(() => change("c"), /shares more than 2 items/);
  change("a", false);
  change("c");
  assert.equal(directory.count(server), 2);
});
