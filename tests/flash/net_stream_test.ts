import assert from "node:assert/strict";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { Amf0Writer, writeValues } from "../../src/codecs/mod.ts";
import { type Handler, type Hub, type Listener, Refusal } from "../../src/hub/mod.ts";
import { fakeHub, FlashPeer, type Received, statuses } from "../support/flash_peer.ts";

const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 1);
const FRAME = Uint8Array.of(0x27, 1, 0, 0, 0, 2);
const AVC_HEADER = Uint8Array.of(0x17, 0, 0, 0, 0, 3);
const SOUND = Uint8Array.of(0xaf, 1, 9);

const audio = (payload: Uint8Array) => ({ type: 8, payload });
const video = (payload: Uint8Array) => ({ type: 9, payload });

function data(...values: unknown[]): { type: number; payload: Uint8Array } {
  const writer = new Amf0Writer();
  writeValues(writer, ...values);
  return { type: 18, payload: writer.take() };
}

/** A publisher of `name`, and its stream's id. */
function publisherOf(hub: Hub, name: string): { peer: FlashPeer; id: number } {
  const peer = new FlashPeer(hub);
  const id = peer.ready();
  peer.command(id, "publish", name, "live");
  return { peer, id };
}

/** What one or two peers at a hub with this handler are. */
function pair(handler: Partial<Handler> = {}) {
  const { hub, clock } = fakeHub(handler);
  const player = new FlashPeer(hub);
  return {
    hub,
    clock,
    player,
    id: player.ready(),
    ...{ publisher: () => publisherOf(hub, "test") },
  };
}

const description = (message: Received | undefined) =>
  (message?.values?.[3] as { description: string }).description;

const kinds = (peer: FlashPeer) =>
  peer.takeMedia().map(([, { kind, role, time }]) => `${kind} ${role} ${time}`);

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

Deno.test("play of a name that nobody publishes succeeds and waits for the publisher", () => {
  const { player, id, publisher } = pair();
  const messages = player.command(id, "play", "test", -2);
  assert.deepEqual(messages.map(({ stream }) => stream), [id, id, id, id]);
  assert.deepEqual(messages[0]?.payload, Uint8Array.of(0, 0, 0, 0, 0, id));
  assert.deepEqual(statuses(messages), [
    [id, "NetStream.Play.Reset"],
    [id, "NetStream.Play.Start"],
  ]);
  assert.deepEqual(messages[3], {
    stream: id,
    type: 18,
    values: ["|RtmpSampleAccess", true, true],
  });
  const { peer, id: source } = publisher();
  peer.message(source, video(AVC_HEADER), 0);
  peer.message(source, audio(SOUND), 10);
  peer.message(source, video(FRAME), 20);
  peer.message(source, video(KEY), 40);
  assert.deepEqual(kinds(player), [
    "published frame 0",
    "video config 0",
    "audio frame 10",
    "video key 40",
  ]);
});

Deno.test("a player that comes later gets metadata and codec headers, then starts at a key frame", () => {
  const { player, id, publisher } = pair();
  const { peer, id: source } = publisher();
  peer.message(source, data("@setDataFrame", "onMetaData", { width: 640 }), 0);
  peer.message(source, video(AVC_HEADER), 0);
  peer.message(source, video(KEY), 0);
  player.command(id, "play", "test");
  peer.message(source, video(FRAME), 40);
  peer.message(source, video(KEY), 80);
  assert.deepEqual(kinds(player), ["data config 0", "video config 0", "video key 80"]);
});

for (const start of [-2, -1, 0, 5000]) {
  Deno.test(`play with start ${start} is live and reliable`, () => {
    const { player, id } = pair();
    player.command(id, "play", "test", start, -1, true);
    assert.deepEqual(player.delivered, { amf3: false, reliable: true });
  });
}

Deno.test("play with start -3 or ?unbuffered=true is not reliable", () => {
  for (const args of [["test", -3], ["test?unbuffered=true"]]) {
    const { player, id } = pair();
    player.command(id, "play", ...args);
    assert.deepEqual(player.delivered, { amf3: false, reliable: false });
  }
});

Deno.test("a second play of one publication by the same client fails, on another stream", () => {
  const { player, id } = pair();
  player.command(id, "play", "test");
  const other = player.createStream();
  assert.deepEqual(statuses(player.command(other, "play", "test")), [
    [other, "NetStream.Play.Failed"],
  ]);
  assert.deepEqual(statuses(player.command(id, "play", "test")).slice(-1), [
    [id, "NetStream.Play.Start"],
  ]);
});

Deno.test("a script sees sample access before the client is told of it", () => {
  const { player, id } = pair({
    onSubscribe: (_client, listener) => {
      listener.audioSampleAccess = false;
    },
  });
  const access = player.command(id, "play", "test").at(-1);
  assert.deepEqual(access?.values, ["|RtmpSampleAccess", false, true]);
});

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

for (const end of ["closeStream", "deleteStream"]) {
  Deno.test(`${end} stops playing at once`, () => {
    let unsubscribed: Listener | undefined;
    const { player, id, publisher } = pair({
      onUnsubscribe: (_client, listener) => void (unsubscribed = listener),
    });
    const { peer, id: source } = publisher();
    player.command(id, "play", "test");
    const messages = end === "deleteStream" ? player.command(0, end, id) : player.command(id, end);
    assert.equal(unsubscribed?.publication.name, "test");
    peer.message(source, video(KEY), 5);
    assert.deepEqual(kinds(player), []);
    if (end === "deleteStream") return assert.deepEqual(messages, []);
    assert.deepEqual(messages[0]?.payload, Uint8Array.of(0, 1, 0, 0, 0, id));
    assert.deepEqual(statuses(messages), [[id, "NetStream.Play.Stop"]]);
  });
}

Deno.test("a paused player gets no media and goes on at a key frame", () => {
  const { player, id, publisher } = pair();
  const { peer, id: source } = publisher();
  player.command(id, "play", "test");
  peer.message(source, video(KEY), 0);
  kinds(player);
  assert.deepEqual(statuses(player.command(id, "pause", true, 0)), [[
    id,
    "NetStream.Pause.Notify",
  ]]);
  peer.message(source, video(KEY), 40);
  peer.message(source, audio(SOUND), 41);
  assert.deepEqual(statuses(player.command(id, "pause", false, 0)), [
    [id, "NetStream.Unpause.Notify"],
  ]);
  for (const [at, payload] of [[80, FRAME], [120, KEY], [160, FRAME]] as const) {
    peer.message(source, video(payload), at);
  }
  peer.message(source, audio(SOUND), 161);
  assert.deepEqual(kinds(player), ["video key 120", "video frame 160", "audio frame 161"]);
});

Deno.test("seek is answered, and video goes on at a key frame", () => {
  const { player, id, publisher } = pair();
  const { peer, id: source } = publisher();
  player.command(id, "play", "test");
  peer.message(source, video(KEY), 0);
  kinds(player);
  assert.deepEqual(statuses(player.command(id, "seek", 1000)), [[id, "NetStream.Seek.Notify"]]);
  peer.message(source, video(FRAME), 40);
  peer.message(source, video(KEY), 80);
  assert.deepEqual(kinds(player), ["video key 80"]);
});

Deno.test("receiveVideo and receiveAudio leave media out and bring it back", () => {
  const { player, id, publisher } = pair();
  const { peer, id: source } = publisher();
  player.command(id, "play", "test");
  peer.message(source, video(KEY), 0);
  kinds(player);
  assert.deepEqual(player.command(id, "receiveVideo", false), []);
  assert.deepEqual(player.command(id, "receiveAudio", false), []);
  peer.message(source, video(KEY), 40);
  peer.message(source, audio(SOUND), 41);
  assert.deepEqual(kinds(player), []);
  const back = ["NetStream.Seek.Notify", "NetStream.Play.Start"].map((code) => [id, code]);
  assert.deepEqual(statuses(player.command(id, "receiveVideo", true)), back);
  assert.deepEqual(statuses(player.command(id, "receiveAudio", true)), back);
  peer.message(source, video(FRAME), 80);
  peer.message(source, audio(SOUND), 81);
  peer.message(source, video(KEY), 120);
  assert.deepEqual(kinds(player), ["audio frame 81", "video key 120"]);
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
      onPublish(_client, { name }) {
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

Deno.test("a listener's status reaches its own stream", () => {
  let listener: Listener | undefined;
  const { player, id } = pair({ onSubscribe: (_client, one) => void (listener = one) });
  player.command(id, "play", "test");
  listener?.status("Play.StreamNotFound", "gone");
  assert.deepEqual(statuses(player.take()), [[id, "NetStream.Play.StreamNotFound"]]);
});

Deno.test("a player too far behind loses its connection, nobody else does", () => {
  const { hub, player, id, publisher } = pair();
  const { peer, id: source } = publisher();
  player.command(id, "play", "test");
  const stuck = new FlashPeer(hub);
  stuck.deliver = () => ({ ready: () => {}, close: () => {} });
  stuck.command(stuck.ready(), "play", "test");
  const big = new Uint8Array(1_000_000);
  big.set(KEY);
  for (let count = 0; count < 9; count++) peer.message(source, video(big), 0);
  assert.equal(stuck.aborted, "does not keep up with test");
  assert.equal(player.aborted, undefined);
  assert.equal(peer.aborted, undefined);
  assert.equal(kinds(player).length, 9);
});

Deno.test("media and commands of a stream that was never created are left out", () => {
  const { player } = pair();
  assert.deepEqual(player.message(9, video(KEY)), []);
  assert.deepEqual(player.command(9, "play", "test"), []);
  assert.deepEqual(player.command(0, "closeStream"), []);
});

Deno.test("stream ids begin at 1 and are used again", () => {
  const { player, id } = pair();
  assert.equal(id, 1);
  assert.equal(player.createStream(), 2);
  player.command(0, "deleteStream", 1);
  assert.equal(player.createStream(), 1);
  for (let count = 2; count < 256; count++) player.createStream();
  assert.deepEqual(player.command(0, "createStream").map(({ values }) => values?.[0]), ["_error"]);
});
