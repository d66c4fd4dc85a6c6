import assert from "node:assert/strict";
import { FlashPeer, statuses } from "../support/flash_peer.ts";
import { audio, AVC_HEADER, data, FRAME, KEY, pair, publisherOf, SOUND, video } from "./streams.ts";

/** A player of `test`, with `other` to switch to; both are published. */
function stage() {
  const { hub, player, id } = pair();
  const one = publisherOf(hub, "test");
  const other = publisherOf(hub, "other");
  player.command(id, "play", "test");
  for (const { peer, id: stream } of [one, other]) {
    peer.message(stream, data("@setDataFrame", "onMetaData", { width: 1 }));
    peer.message(stream, video(AVC_HEADER));
    peer.message(stream, video(KEY), 40);
  }
  player.take();
  player.takeMedia();
  return { hub, player, id, one, other };
}

const seen = (peer: FlashPeer) =>
  peer.takeMedia().map(([, { kind, role, time }]) => `${kind} ${role} ${time}`);

Deno.test("play2 goes on with the old stream up to the new one's next key frame", () => {
  const { hub, player, id, one, other } = stage();
  const answer = player.command(id, "play2", {
    oldStreamName: "test",
    streamName: "other",
    transition: "switch",
  });
  assert.deepEqual(answer.map(({ values }) => values?.[3]), [{
    level: "status",
    code: "NetStream.Play.Transition",
    description: "Switching to other",
    details: "other",
    reason: "NetStream.Transition.Success",
  }]);
  other.peer.message(other.id, audio(SOUND), 60);
  other.peer.message(other.id, video(FRAME), 80);
  one.peer.message(one.id, video(FRAME), 80);
  assert.deepEqual(seen(player), ["video frame 80"]);
  other.peer.message(other.id, video(KEY), 120);
  assert.deepEqual(seen(player), ["data config 0", "video config 120", "video key 120"]);
  assert.deepEqual(player.take().map(({ type, values }) => [type, values]), [[18, [
    "onPlayStatus",
    { level: "status", code: "NetStream.Play.TransitionComplete", details: "other" },
  ]]]);
  one.peer.message(one.id, video(KEY), 120);
  other.peer.message(other.id, audio(SOUND), 130);
  other.peer.message(other.id, video(FRAME), 160);
  assert.deepEqual(seen(player), ["audio frame 130", "video frame 160"]);
  assert.equal(hub.publication("test")?.listeners.size, 0);
  assert.equal(hub.publication("other")?.listeners.size, 1);
});

Deno.test("play2 to a stream of sound alone goes on with its next sound", () => {
  const { hub, player, id } = stage();
  const sound = publisherOf(hub, "sound");
  sound.peer.message(sound.id, audio(SOUND), 5);
  player.command(id, "play2", { streamName: "sound", transition: "swap" });
  sound.peer.message(sound.id, audio(SOUND), 25);
  assert.deepEqual(seen(player), ["audio frame 25"]);
});

Deno.test("play2 where nothing plays, or with reset, is play", () => {
  const { player, id } = pair();
  for (const options of [{ streamName: "a" }, { streamName: "b", transition: "reset" }]) {
    const codes = statuses(player.command(id, "play2", options)).map(([, code]) => code);
    assert.deepEqual(codes.slice(-2), ["NetStream.Play.Reset", "NetStream.Play.Start"]);
  }
});

for (
  const [options, description] of [
    [
      { streamName: "other", transition: "append" },
      "a live stream does not end: nothing follows it",
    ],
    [
      { streamName: "other", transition: "appendAndWait" },
      "a live stream does not end: nothing follows it",
    ],
    [{ streamName: "other", transition: "jump" }, "there is no transition jump"],
    [{ streamName: "other", transition: {} }, "there is no transition of that kind"],
    [{ streamName: "test" }, "test is already playing"],
    [{}, "a stream needs a name"],
    [null, "a stream needs a name"],
  ] as const
) {
  Deno.test(`play2 with ${JSON.stringify(options)} says what it cannot`, () => {
    const { player, id, one } = stage();
    const [message] = player.command(id, "play2", options);
    const info = message?.values?.[3] as Record<string, unknown>;
    assert.deepEqual([info.code, info.description], ["NetStream.Play.Failed", description]);
    one.peer.message(one.id, video(FRAME), 80);
    assert.deepEqual(seen(player), ["video frame 80"]);
  });
}

Deno.test("what a page may read of the next stream is told before it comes, where it differs", () => {
  const { hub, player, id } = pair({
    onSubscribe: ({ listener }) => {
      listener.videoSampleAccess = listener.publication.name !== "secret";
    },
  });
  const streams = ["test", "other", "secret"].map((name) => publisherOf(hub, name));
  player.command(id, "play", "test");
  const heard = streams.slice(1).map(({ peer, id: stream }, n) => {
    player.command(id, "play2", { streamName: ["other", "secret"][n] });
    peer.message(stream, video(KEY), 40);
    return player.take().map(({ values }) => values);
  });
  const complete = (details: string) => [
    "onPlayStatus",
    { level: "status", code: "NetStream.Play.TransitionComplete", details },
  ];
  assert.deepEqual(heard, [
    [complete("other")],
    [["|RtmpSampleAccess", true, false], complete("secret")],
  ]);
});

Deno.test("play2 with stop ends what plays", () => {
  const { hub, player, id } = stage();
  assert.deepEqual(statuses(player.command(id, "play2", { transition: "stop" })), [
    [id, "NetStream.Play.Stop"],
  ]);
  assert.equal(hub.publication("test")?.listeners.size, 0);
});

Deno.test("what a player does not want to receive it does not get of the next stream either", () => {
  const { player, id, other } = stage();
  player.command(id, "receiveAudio", false);
  player.command(id, "play2", { streamName: "other" });
  other.peer.message(other.id, video(KEY), 120);
  other.peer.message(other.id, audio(SOUND), 130);
  assert.deepEqual(seen(player).slice(-1), ["video key 120"]);
  player.command(id, "receiveVideo", false);
  player.command(id, "play", "test");
  player.takeMedia();
  other.peer.message(other.id, video(KEY), 160);
  assert.deepEqual(seen(player), []);
});

Deno.test("a player that is paused when its stream is switched is paused on the next one", () => {
  const { player, id, other } = stage();
  player.command(id, "pause", true);
  player.command(id, "play2", { streamName: "other" });
  other.peer.message(other.id, video(KEY), 120);
  other.peer.message(other.id, video(FRAME), 160);
  assert.ok(!seen(player).includes("video frame 160"));
  player.command(id, "pause", false);
  other.peer.message(other.id, video(KEY), 200);
  assert.deepEqual(seen(player), ["video config 200", "video key 200"]);
});

for (const end of ["closeStream", "play", "play2"]) {
  Deno.test(`a switch that ${end} overtakes leaves nobody listening`, () => {
    const { hub, player, id } = stage();
    player.command(id, "play2", { streamName: "other" });
    assert.equal(hub.publication("other")?.listeners.size, 1);
    player.command(id, end, end === "play2" ? { streamName: "third" } : "third");
    assert.equal(hub.publication("other")?.listeners.size, 0);
  });
}
