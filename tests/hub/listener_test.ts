import assert from "node:assert/strict";
import type { MediaEncoder } from "../../src/media/mod.ts";
import {
  AAC_CONFIG,
  AVC_CONFIG,
  CountingSink,
  drain,
  INTER,
  KEY,
  PUBLISHER,
  setUp,
  SOUND,
} from "./scene.ts";
import { decided } from "../support/decided.ts";

/** Sound and pictures as they are. */
const MEDIA: MediaEncoder = {
  key: "test",
  encode: (message, out) => {
    if (message.kind === "audio" || message.kind === "video") out.bytes(message.payload);
  },
};

Deno.test("a newcomer gets metadata and codec headers first, then video from a key frame", () => {
  const { hub, connect } = setUp();
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  publication.setMetadata("onMetaData", Uint8Array.of(5), "amf0");
  publication.video(0, AVC_CONFIG);
  publication.audio(0, AAC_CONFIG);
  publication.video(0, KEY);
  const listener = decided(hub.subscribe(connect(), "live", new CountingSink()));
  publication.audio(20, SOUND);
  publication.video(40, INTER);
  publication.video(80, KEY);
  publication.video(120, INTER);
  publication.flush();
  assert.deepEqual(drain(listener), [
    "onMetaData",
    "avc-config",
    "aac-config",
    "sound",
    "avc-config",
    "aac-config",
    "key",
    "inter",
  ]);
  assert.equal(listener.videoQos.droppedFrames, 1);
});

Deno.test("a listener that has left holds nothing of what is published after it", () => {
  const { hub, connect } = setUp();
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  const listener = decided(hub.subscribe(connect(), "live", new CountingSink()));
  publication.video(0, KEY);
  publication.flush();
  hub.unsubscribe(listener);
  publication.video(40, KEY);
  assert.equal(listener.more, false);
  assert.deepEqual(drain(listener), []);
});

Deno.test("metadata is at time 0 and codec headers at the stream's when a newcomer gets them", () => {
  const { hub, connect } = setUp();
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  publication.video(5000, AVC_CONFIG);
  publication.video(6000, KEY);
  publication.setMetadata("onMetaData", Uint8Array.of(5), "amf0");
  const listener = decided(hub.subscribe(connect(), "live", new CountingSink()));
  assert.equal(listener.next()?.time, 0);
  assert.equal(listener.next()?.time, 6000);
  assert.equal(publication.lastTime, 6000);
});

Deno.test("a newcomer begins with the current group of pictures when groups are kept", () => {
  const { hub, connect } = setUp({ gop: true });
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  publication.video(0, AVC_CONFIG);
  publication.video(0, KEY);
  publication.video(40, INTER);
  publication.video(80, KEY);
  publication.audio(90, SOUND);
  publication.video(120, INTER);
  const listener = decided(hub.subscribe(connect(), "live", new CountingSink()));
  assert.deepEqual(drain(listener), ["avc-config", "key", "sound", "inter"]);
});

Deno.test("a group of pictures that would cut every newcomer is not kept", () => {
  const limits = { video: 1_000, audio: 2_000, cut: 4_000 };
  const { hub, connect } = setUp({ gop: true, limits });
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  const newcomer = () => {
    const sink = new CountingSink();
    const listener = decided(hub.subscribe(connect(), "live", sink));
    publication.video(0, INTER);
    publication.flush();
    return { overruns: sink.overruns, backlog: listener.backlog };
  };
  publication.video(0, KEY);
  for (let i = 0; i < 60; i++) publication.video(0, INTER);
  assert.ok(newcomer().backlog > 1_000);
  for (let i = 0; i < 300; i++) publication.video(0, INTER);
  const { overruns, backlog } = newcomer();
  assert.equal(overruns, 0);
  assert.ok(backlog < 100);
});

Deno.test("a listener is woken once until it has taken everything", () => {
  const { hub, connect } = setUp();
  const sink = new CountingSink();
  const listener = decided(hub.subscribe(connect(), "live", sink));
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  publication.audio(0, SOUND);
  publication.flush();
  publication.audio(10, SOUND);
  publication.flush();
  assert.equal(sink.woken, 1);
  drain(listener);
  publication.audio(20, SOUND);
  publication.flush();
  publication.flush();
  assert.equal(sink.woken, 2);
});

Deno.test("a listener that waits is told, however many came and left beside it", () => {
  const { hub, connect } = setUp();
  const sink = new CountingSink();
  decided(hub.subscribe(connect(), "live", sink));
  for (let count = 0; count < 10; count++) {
    hub.unsubscribe(decided(hub.subscribe(connect(), "live", new CountingSink())));
  }
  decided(hub.publish(connect(), "live", PUBLISHER));
  assert.equal(sink.woken, 1);
});

Deno.test("sound for many listeners waits for a picture, and not for long", () => {
  for (const [count, isHeld] of [[10, true], [9, false]] as const) {
    const { clock, hub, connect } = setUp({ soundWait: 42 });
    const sinks = Array.from({ length: count }, () => new CountingSink());
    const listeners = sinks.map((sink) => decided(hub.subscribe(connect(), "live", sink)));
    const publication = decided(hub.publish(connect(), "live", PUBLISHER));
    const woken = () => {
      const [first] = sinks;
      assert.ok(first !== undefined && sinks.every((sink) => sink.woken === first.woken));
      listeners.forEach(drain);
      return first.woken;
    };
    const append = (run: () => void) => {
      const before = woken();
      run();
      publication.flush();
      return woken() - before;
    };
    // Nothing is held before there are pictures to wait for.
    assert.equal(append(() => publication.audio(0, SOUND)), 1);
    assert.equal(append(() => publication.video(0, KEY)), 1);

    assert.equal(append(() => publication.audio(20, SOUND)), isHeld ? 0 : 1);
    clock.advance(20);
    assert.equal(append(() => publication.video(40, INTER)), 1);
    const settled = woken();
    clock.advance(100);
    assert.equal(woken(), settled);

    assert.equal(append(() => publication.audio(60, SOUND)), isHeld ? 0 : 1);
    clock.advance(41);
    assert.equal(append(() => publication.audio(80, SOUND)), isHeld ? 0 : 1);
    clock.advance(1);
    assert.equal(woken(), settled + (isHeld ? 1 : 2));

    append(() => publication.audio(100, SOUND));
    hub.unpublish(publication);
    assert.equal(clock.timers, 0);
  }
});

Deno.test("who falls behind is told nothing until it has caught up, and its limits hold", () => {
  const { hub, connect } = setUp({ limits: { video: 160, audio: 320, cut: 480 } });
  const sink = new CountingSink();
  decided(hub.subscribe(connect(), "live", sink));
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  for (let count = 0; count < 40; count++) {
    publication.audio(count, SOUND);
    publication.flush();
  }
  assert.equal(sink.woken, 1);
  assert.ok(sink.overruns > 0);
});

Deno.test("a slow listener loses video up to a key frame, then late audio, then its place", () => {
  const { hub, connect } = setUp({ limits: { video: 100, audio: 200, cut: 300 } });
  const sink = new CountingSink();
  const listener = decided(hub.subscribe(connect(), "live", sink));
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  publication.video(0, AVC_CONFIG);
  publication.video(0, KEY);
  publication.video(1, INTER);
  publication.flush();
  assert.deepEqual(drain(listener), ["published", "avc-config", "key", "inter"]);

  publication.audio(2, SOUND);
  for (let i = 0; i < 6; i++) publication.video(2, INTER);
  publication.flush();
  publication.video(3, KEY);
  publication.setMetadata("onMetaData", Uint8Array.of(5), "amf0");
  publication.flush();
  assert.deepEqual(drain(listener), ["sound", "key", "onMetaData"]);
  assert.equal(listener.videoQos.droppedFrames, 6);

  for (let i = 0; i < 13; i++) publication.audio(4, SOUND);
  publication.audio(4, AAC_CONFIG);
  publication.flush();
  publication.audio(5, SOUND);
  assert.deepEqual(drain(listener), ["aac-config", "sound"]);

  for (let i = 0; i < 25; i++) publication.audio(6, SOUND);
  publication.flush();
  assert.equal(sink.overruns, 1);
});

Deno.test("muted kinds are left out and video comes back at a key frame", () => {
  const { hub, connect } = setUp();
  const listener = decided(hub.subscribe(connect(), "live", new CountingSink()));
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  publication.video(0, KEY);
  drain(listener);
  listener.receiveAudio = false;
  listener.receiveVideo = false;
  publication.audio(1, SOUND);
  publication.video(1, INTER);
  assert.deepEqual(drain(listener), []);
  listener.receiveVideo = true;
  publication.video(2, INTER);
  publication.video(3, KEY);
  publication.audio(3, SOUND);
  assert.deepEqual(drain(listener), ["key"]);
});

Deno.test("consecutive messages come out as one range of shared bytes", () => {
  const { hub, connect } = setUp();
  let encodings = 0;
  const encoder: MediaEncoder = {
    key: "test",
    encode: (message, out) => {
      if (message.kind !== "audio") return;
      encodings++;
      out.bytes(message.payload);
    },
  };
  const first = decided(hub.subscribe(connect(), "live", new CountingSink()));
  const second = decided(hub.subscribe(connect(), "live", new CountingSink()));
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  const streams = [publication.stream(first, encoder), publication.stream(second, encoder)];
  publication.audio(0, Uint8Array.of(0x2f, 1));
  publication.audio(0, Uint8Array.of(0x2f, 2));
  const [a, b] = streams.map((stream) => stream.takeBytes(1000)!);
  assert.deepEqual([...a!], [0x2f, 1, 0x2f, 2]);
  assert.equal(a!.buffer, b!.buffer);
  assert.equal(a!.byteOffset, b!.byteOffset);
  assert.equal(encodings, 2);
  assert.equal(streams[0]!.takeBytes(1000), undefined);
  publication.audio(0, Uint8Array.of(0x2f, 3));
  publication.audio(0, Uint8Array.of(0x2f, 4));
  assert.equal(streams[0]!.takeBytes(1)!.length, 2, "never less than one message");
});

Deno.test("a listener that mutes audio gets its own bytes, the others the shared ones", () => {
  const { hub, connect } = setUp();
  const all = decided(hub.subscribe(connect(), "live", new CountingSink()));
  const muted = decided(hub.subscribe(connect(), "live", new CountingSink()));
  muted.receiveAudio = false;
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  const streams = [publication.stream(all, MEDIA), publication.stream(muted, MEDIA)];
  const taken: number[][] = [[], []];
  const round = () => {
    publication.flush();
    streams.forEach((stream, i) => {
      for (let bytes = stream.takeBytes(1000); bytes; bytes = stream.takeBytes(1000)) {
        taken[i]!.push(...bytes);
      }
      assert.equal(stream.more, false);
    });
  };
  publication.video(0, KEY);
  round();
  publication.audio(1, SOUND);
  publication.video(1, INTER);
  round();
  assert.deepEqual(taken[0], [...KEY, ...SOUND, ...INTER]);
  assert.deepEqual(taken[1], [...KEY, ...INTER]);
  assert.equal(all.videoQos.droppedFrames, 0);
});

Deno.test("a message is encoded again when its slot belongs to another log", () => {
  const { hub, connect } = setUp();
  const encoder = (key: string, mark: number): MediaEncoder => ({
    key,
    encode: (message, out) => {
      if (message.kind === "audio") out.u8(mark);
    },
  });
  const slow = decided(hub.subscribe(connect(), "live", new CountingSink()));
  const quick = decided(hub.subscribe(connect(), "live", new CountingSink()));
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  publication.audio(0, SOUND);
  const one = publication.stream(quick, encoder("one", 1));
  assert.deepEqual([...one.takeBytes(10)!], [1]);
  one.close();
  const two = publication.stream(slow, encoder("two", 2));
  assert.deepEqual([...two.takeBytes(10)!], [2]);
});

Deno.test("metadata and codec headers that are kept hold on to no later message", () => {
  const { hub, connect } = setUp();
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  publication.setMetadata("onMetaData", Uint8Array.of(5), "amf0");
  publication.video(0, AVC_CONFIG);
  publication.audio(1, SOUND);
  assert.equal(publication.metadata?.next, undefined);
  for (const config of publication.configs) assert.equal(config.next, undefined);
});

Deno.test("a listener that mutes video gets none of the shared video bytes", () => {
  const { hub, connect } = setUp();
  const listener = decided(hub.subscribe(connect(), "live", new CountingSink()));
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  const stream = publication.stream(listener, MEDIA);
  publication.video(0, KEY);
  while (stream.takeBytes(1000));
  listener.receiveVideo = false;
  publication.video(1, KEY);
  publication.audio(1, SOUND);
  assert.deepEqual(stream.takeBytes(1000), SOUND);
});
