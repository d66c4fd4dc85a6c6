import assert from "node:assert/strict";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { Refusal } from "../../src/hub/mod.ts";
import { commandMessage } from "../../src/flash/mod.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { fakeHub, FlashPeer, statuses } from "../support/flash_peer.ts";
import {
  audio,
  data,
  description,
  KEY,
  kinds,
  pair,
  publisherOf,
  SOUND,
  video,
} from "./streams.ts";

Deno.test("publish is confirmed on its stream and seen by the hub with its parameters", () => {
  const { hub } = fakeHub();
  const peer = new FlashPeer(hub);
  const id = peer.ready();
  const messages = peer.command(id, "publish", "test?key=secret", "live");
  assert.deepEqual(messages[0], { stream: id, type: 4, payload: Uint8Array.of(0, 0, 0, 0, 0, id) });
  assert.deepEqual(messages[1]?.values, ["onStatus", 0, null, {
    level: "status",
    code: "NetStream.Publish.Start",
    description: "test is now published",
    details: "test",
  }]);
  assert.equal(messages.length, 2);
  assert.equal(hub.publication("test")?.publisher, peer.connection.client);
  assert.equal(hub.publication("test")?.parameters.get("key"), "secret");
});

Deno.test("a second publisher of a name gets BadName, and may try another on the same stream", () => {
  const { hub } = fakeHub();
  publisherOf(hub, "test");
  const second = new FlashPeer(hub);
  const id = second.ready();
  const messages = second.command(id, "publish", "test", "live");
  assert.deepEqual(messages.map(({ values }) => values?.[3]), [{
    level: "error",
    code: "NetStream.Publish.BadName",
    description: "test is already publishing",
    details: "test",
  }]);
  assert.equal(second.ended, false);
  assert.deepEqual(statuses(second.command(id, "publish", "other")), [
    [id, "NetStream.Publish.Start"],
  ]);
});

for (
  const [command, code, text] of [
    ["publish", "Publish.Failed", "Not allowed to publish test"],
    ["play", "Play.Failed", "no rights to play it"],
  ] as const
) {
  Deno.test(`a script that refuses ${command} has its words reach the client`, () => {
    const refuse = () => {
      throw new Refusal(code, text);
    };
    const { player, id } = pair({ onPublish: refuse, onSubscribe: refuse });
    const messages = player.command(id, command, "test");
    assert.deepEqual(messages.map(({ stream, values }) => [stream, values?.[3]]), [[id, {
      level: "error",
      code: `NetStream.${code}`,
      description: text,
      details: "test",
    }]]);
    assert.equal(player.delivered, undefined);
  });

  Deno.test(`${command} without a name is refused, with false it stops`, () => {
    const { player, id, hub } = pair();
    for (const name of [undefined, null, 5, ""]) {
      const [message] = player.command(id, command, name);
      assert.equal(description(message), "a stream needs a name");
    }
    player.command(id, command, "test");
    const stopped = statuses(player.command(id, command, false)).map(([, code]) => code);
    assert.deepEqual(stopped, [
      command === "play" ? "NetStream.Play.Stop" : "NetStream.Unpublish.Success",
    ]);
    assert.deepEqual([...hub.publications()], []);
  });
}

for (const end of ["closeStream", "deleteStream", "publish(false)"]) {
  Deno.test(`${end} unpublishes at once and listeners are told`, () => {
    const { hub, player, id, publisher } = pair();
    player.command(id, "play", "test");
    const { peer, id: source } = publisher();
    player.takeMedia();
    const messages = end === "deleteStream"
      ? peer.command(0, end, source)
      : end === "closeStream"
      ? peer.command(source, end)
      : peer.command(source, "publish", false);
    assert.equal(hub.publication("test"), undefined);
    const told = end === "deleteStream" ? [] : [[source, "NetStream.Unpublish.Success"]];
    assert.deepEqual(statuses(messages), told);
    assert.deepEqual(kinds(player), ["unpublished frame 0"]);
    peer.message(source, audio(SOUND), 5);
    assert.deepEqual(kinds(player), []);
  });
}

Deno.test("who has stopped publishing feeds nobody, though another publishes that name now", () => {
  const { hub, player, id, publisher } = pair();
  player.command(id, "play", "test");
  const { peer, id: source } = publisher();
  peer.command(source, "closeStream");
  publisherOf(hub, "test");
  player.takeMedia();
  peer.message(source, audio(SOUND), 5);
  assert.deepEqual(kinds(player), []);
});

Deno.test("@setDataFrame sets metadata, @clearDataFrame clears it, other data passes through", () => {
  const { hub, player, id, publisher } = pair();
  const { peer, id: source } = publisher();
  player.command(id, "play", "test");
  peer.message(source, data("@setDataFrame", "onMetaData", { width: 1 }));
  assert.equal(hub.publication("test")?.metadata?.name, "onMetaData");
  peer.message(source, data("@clearDataFrame", "onMetaData"));
  assert.equal(hub.publication("test")?.metadata, undefined);
  peer.message(source, data("onMetaData", { width: 2 }));
  assert.equal(hub.publication("test")?.metadata?.name, "onMetaData");
  peer.message(source, data("onCue", 5, "x"));
  peer.message(source, data("|RtmpSampleAccess", true, true));
  peer.message(source, data(7));
  const names = player.takeMedia().map(([, { name, role }]) => `${name} ${role}`);
  assert.deepEqual(names, ["onMetaData config", "onMetaData config", "onCue frame"]);
});

Deno.test("an aggregate's parts are media of their own, moved to its time", () => {
  const { player, id, publisher } = pair();
  const { peer, id: source } = publisher();
  player.command(id, "play", "test");
  const out = new ByteWriter();
  for (const [type, time, payload] of [[9, 0xfffff5, KEY], [8, 0x1000009, SOUND]] as const) {
    out.u8(type).u24(payload.length).u24(time & 0xffffff).u8(time >>> 24).u24(0).bytes(payload);
    out.u32(payload.length + 11);
  }
  peer.message(source, { type: 22, payload: out.take() }, 100);
  assert.deepEqual(kinds(player), ["video key 100", "audio frame 120"]);
  assert.throws(
    () => peer.message(source, { type: 22, payload: Uint8Array.of(9, 0, 0, 9, 1) }),
    /bytes wanted/,
  );
});

Deno.test("a publication that a script closes tells its client, calls close and is free again", () => {
  const { hub, publisher } = pair();
  const { peer, id } = publisher();
  hub.publication("test")?.closePublisher("Publish.Error", "error message");
  const messages = peer.take();
  assert.deepEqual(messages.map(({ stream, values }) => [stream, values?.[0]]), [
    [id, "onStatus"],
    [id, "onStatus"],
    [id, "close"],
  ]);
  assert.deepEqual(messages[0]?.values?.[3], {
    level: "error",
    code: "NetStream.Publish.Error",
    description: "error message",
  });
  assert.equal(hub.publication("test"), undefined);
});

for (const flashVer of ["FMLE/3.0 (compatible; FMSc/1.0)", "WIN 32,0,0,465"]) {
  const isTool = flashVer.startsWith("FMLE/");
  const fate = isTool ? "loses" : "keeps";
  Deno.test(`${flashVer.split(/[/ ]/)[0]} ${fate} its connection with its publication`, () => {
    const { hub } = fakeHub({
      onPublish({ publication: { name } }) {
        if (name === "theirs") throw new Refusal("Publish.Failed", "no rights to publish it");
      },
    });
    const refused = new FlashPeer(hub);
    const id = refused.ready({ flashVer });
    assert.deepEqual(statuses(refused.command(id, "publish", "theirs")), [
      [id, "NetStream.Publish.Failed"],
    ]);
    assert.equal(refused.ended, isTool);
    const closed = new FlashPeer(hub);
    closed.command(closed.ready({ flashVer }), "publish", "mine");
    assert.equal(closed.ended, false);
    hub.publication("mine")?.closePublisher(undefined, "");
    assert.equal(closed.take().at(-1)?.values?.[0], "close");
    assert.equal(closed.ended, isTool);
  });
}

for (const stream of [0, 9]) {
  Deno.test(`media on stream ${stream}, which was not created, is left out and logged once`, () => {
    const log = new CaptureLog();
    const peer = new FlashPeer(fakeHub().hub, { log });
    peer.ready();
    for (let count = 0; count < 3; count++) peer.message(stream, video(KEY));
    assert.deepEqual(peer.take(), []);
    assert.deepEqual(log.at("WARN"), [
      `WARN left out media on stream ${stream}, which was not created`,
    ]);
  });

  Deno.test(`publish and play on stream ${stream}, which was not created, are answered`, () => {
    const { player } = pair();
    for (const [command, code] of [["publish", "Publish.Failed"], ["play", "Play.Failed"]]) {
      const [answer] = player.command(stream, String(command), "test");
      assert.deepEqual([answer?.stream, answer?.values?.[3]], [stream, {
        level: "error",
        code: `NetStream.${code}`,
        description: `${command} needs a stream: stream ${stream} was not created`,
      }]);
    }
    assert.deepEqual(player.command(stream, "closeStream"), []);
  });
}

// node-media-server's relay does so.
Deno.test("media and metadata on stream 0 belong to the client's one publication", () => {
  const { hub, player, id, publisher } = pair();
  player.command(id, "play", "test");
  const { peer } = publisher();
  player.takeMedia();
  peer.message(0, data("@setDataFrame", "onMetaData", { width: 1 }));
  peer.message(0, video(KEY));
  peer.message(0, audio(SOUND), 5);
  assert.deepEqual(kinds(player), ["data config 0", "video key 0", "audio frame 5"]);
  peer.command(peer.createStream(), "publish", "other");
  peer.message(0, audio(SOUND), 10);
  assert.deepEqual(kinds(player), []);
  assert.ok(hub.publication("other"));
});

/** How encoders end a publication, or do not, before they publish again on the same connection. */
const STOPS: [name: string, stop: (peer: FlashPeer, id: number) => void][] = [
  ["FCUnpublish", (peer) => peer.command(0, "FCUnpublish", "test?key=1")],
  ["closeStream", (peer, id) => peer.command(id, "closeStream")],
  ["deleteStream with its number", (peer, id) => peer.command(0, "deleteStream", id)],
  ["deleteStream with null", (peer) => peer.command(0, "deleteStream", null)],
  ["deleteStream with null on its stream", (peer, id) => peer.command(id, "deleteStream", null)],
  ["deleteStream with nothing", (peer) => peer.command(0, "deleteStream")],
  ["deleteStream with nothing on its stream", (peer, id) => peer.command(id, "deleteStream")],
  ["deleteStream with text", (peer, id) => peer.command(0, "deleteStream", String(id))],
  ["deleteStream without null", (peer, id) => {
    const { payload } = commandMessage(false, "deleteStream", 7, id);
    // Leaves out the null behind name and transaction number.
    const bytes = Uint8Array.of(...payload.subarray(0, 24), ...payload.subarray(25));
    peer.message(0, { type: 20, payload: bytes });
  }],
];
for (const [name, stop] of STOPS) {
  Deno.test(`after ${name} the name is free, and listeners are told`, () => {
    const { hub, player, id, publisher } = pair();
    player.command(id, "play", "test");
    const { peer, id: source } = publisher();
    player.takeMedia();
    stop(peer, source);
    assert.equal(hub.publication("test"), undefined);
    assert.deepEqual(kinds(player), ["unpublished frame 0"]);
  });
}

for (const flashVer of ["FMLE/3.0 (compatible; FMSc/1.0)", "WIN 32,0,0,465"]) {
  Deno.test(`${flashVer.split(/[/ ]/)[0]} that publishes its name again on a second stream goes on there`, () => {
    const { hub, player, id } = pair();
    const peer = new FlashPeer(hub);
    player.command(id, "play", "test");
    const first = peer.ready({ flashVer });
    peer.command(first, "publish", "test", "live");
    const second = peer.createStream();
    assert.deepEqual(statuses(peer.command(second, "publish", "test", "live")), [
      [first, "NetStream.Unpublish.Success"],
      [second, "NetStream.Publish.Start"],
    ]);
    player.takeMedia();
    peer.message(second, video(KEY), 5);
    assert.deepEqual(kinds(player).map((seen) => seen.split(" ")[1]), ["key"]);
    assert.equal(peer.ended, false);
  });
}

Deno.test("stream ids begin at 1 and are used again", () => {
  const { player, id } = pair();
  assert.equal(id, 1);
  assert.equal(player.createStream(), 2);
  player.command(0, "deleteStream", 1);
  assert.equal(player.createStream(), 1);
  for (let count = 2; count < 256; count++) player.createStream();
  assert.deepEqual(player.command(0, "createStream").map(({ values }) => values?.[0]), ["_error"]);
});

// FFmpeg's `-f mpegts rtmp://…`: it takes byte 13 for a tag's type, 0xff, and the next for its size.
Deno.test("a publisher that sends MPEG-TS in the place of FLV is told and cut", () => {
  const log = new CaptureLog();
  const peer = new FlashPeer(fakeHub().hub, { log });
  const id = peer.ready();
  peer.command(id, "publish", "test", "live");
  const payload = new Uint8Array(188 * 6);
  for (let at = 175; at < payload.length; at += 188) payload[at] = 0x47;
  const [message] = peer.message(id, { type: 255, payload });
  assert.deepEqual([message?.stream, message?.values?.[3]], [id, {
    level: "error",
    code: "NetStream.Publish.Failed",
    description: "this is MPEG-TS, not FLV: publish with -f flv",
  }]);
  assert.equal(peer.ended, true);
  assert.deepEqual(log.at("WARN"), ["WARN refused: this is MPEG-TS, not FLV: publish with -f flv"]);
});

Deno.test("another message of an unknown type is none", () => {
  const peer = new FlashPeer(fakeHub().hub);
  const id = peer.ready();
  for (const payload of [new Uint8Array(0), new Uint8Array(188 * 6), Uint8Array.of(0x47)]) {
    assert.equal(peer.connection.receive({ streamId: id, type: 255, time: 0, payload }), false);
  }
  assert.equal(peer.ended, false);
});
