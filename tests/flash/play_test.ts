import assert from "node:assert/strict";
import { type Listener } from "../../src/hub/mod.ts";
import { FlashPeer, statuses } from "../support/flash_peer.ts";
import { audio, AVC_HEADER, data, FRAME, KEY, kinds, pair, SOUND, video } from "./streams.ts";

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
  // The headers come again before the key frame: node-media-server loses the first ones.
  assert.deepEqual(kinds(player), [
    "data config 0",
    "video config 0",
    "video config 80",
    "video key 80",
  ]);
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
    onSubscribe: ({ listener }) => {
      listener.audioSampleAccess = false;
    },
  });
  const access = player.command(id, "play", "test").at(-1);
  assert.deepEqual(access?.values, ["|RtmpSampleAccess", false, true]);
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

for (const command of ["receiveVideo", "receiveVideoFPS"]) {
  Deno.test(`${command} with a number is a rate of frames, 0 is none, below it is all`, () => {
    const { player, id, publisher } = pair();
    const { peer, id: source } = publisher();
    const send = (time: number, ...payloads: Uint8Array[]) => {
      payloads.forEach((payload, n) => peer.message(source, video(payload), time + 100 * n));
      return kinds(player);
    };
    const group = [KEY, FRAME, FRAME, FRAME, FRAME];
    player.command(id, command, 4);
    player.command(id, "play", "test");
    send(0, ...group);
    assert.equal(send(500, ...group).length, 2);
    assert.deepEqual(player.command(id, command, 0), []);
    assert.equal(send(1000, ...group).length, 0);
    const back = ["NetStream.Seek.Notify", "NetStream.Play.Start"].map((code) => [id, code]);
    assert.deepEqual(statuses(player.command(id, command, -1)), back);
    assert.equal(send(1500, ...group).length, 5);
    assert.deepEqual(player.command(id, command, Number.NaN), []);
    assert.equal(send(2000, ...group).length, 0);
  });
}

Deno.test("a listener's status reaches its own stream", () => {
  let listener: Listener | undefined;
  const { player, id } = pair({ onSubscribe: ({ listener: one }) => void (listener = one) });
  player.command(id, "play", "test");
  listener?.status("Play.StreamNotFound", "gone");
  assert.deepEqual(statuses(player.take()), [[id, "NetStream.Play.StreamNotFound"]]);
});

Deno.test("a player that falls behind is told so, once in five seconds", () => {
  const { hub, clock, publisher } = pair();
  const { peer, id: source } = publisher();
  const slow = new FlashPeer(hub);
  const id = slow.ready();
  let take = () => {};
  slow.deliver = (_id, listener) => {
    take = () => {
      while (listener.next());
    };
    return { ready: () => {}, close: () => {} };
  };
  slow.command(id, "play", "test");
  const big = new Uint8Array(1_000_000);
  big.set(KEY);
  const warned = (): unknown[] => {
    for (let count = 0; count < 4; count++) peer.message(source, video(big), 0);
    return slow.take().map(({ values }) => values?.[3]);
  };
  const warning = {
    level: "warning",
    code: "NetStream.Play.InsufficientBW",
    description: "test is sent without some of its pictures",
    details: "test",
  };
  assert.deepEqual(warned(), [warning]);
  take();
  clock.advance(4_000);
  assert.deepEqual(warned(), []);
  take();
  clock.advance(1_000);
  assert.deepEqual(warned(), [warning]);
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
