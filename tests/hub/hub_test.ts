import assert from "node:assert/strict";
import { type DataReader, type DataWriter } from "../../src/codecs/mod.ts";
import {
  Client,
  Hub,
  type ListenerSink,
  MediaMessage,
  openHandler,
  type PublisherSink,
  Refusal,
  type Shape,
} from "../../src/hub/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

const NO_ARGS: DataReader = { more: false, read: () => 0 };
const NO_ANSWER = {} as DataWriter;
const PUBLISHER: PublisherSink = { close: () => {} };

/** Tag bodies: AVC header, AVC key and inter frame, AAC header and frame. */
const AVC_CONFIG = Uint8Array.of(0x17, 0, 0, 0, 0, 1);
const KEY = Uint8Array.of(0x17, 1, 0, 0, 0, 2);
const INTER = Uint8Array.of(0x27, 1, 0, 0, 0, 3);
const AAC_CONFIG = Uint8Array.of(0xaf, 0, 0x12, 0x10);
const SOUND = Uint8Array.of(0xaf, 1, 0x21);

function setUp(
  options: { gop?: boolean; limits?: { video: number; audio: number; cut: number } } = {},
) {
  const clock = new FakeClock();
  const hub = new Hub({ clock, ...options });
  const connect = () => {
    const client = new Client({
      protocol: "RTMP",
      address: "127.0.0.1:5000",
      path: "",
      query: "",
      properties: new Map(),
    });
    hub.connect(client, NO_ARGS, NO_ANSWER);
    return client;
  };
  return { clock, hub, connect };
}

class CountingSink implements ListenerSink {
  woken = 0;
  overruns = 0;
  ready(): void {
    this.woken++;
  }
  overrun(): void {
    this.overruns++;
  }
  status(): void {}
}

/** What a listener would send now: kind and first payload bytes. */
function drain(listener: { next(): MediaMessage | undefined }): string[] {
  const names = new Map<Uint8Array, string>([
    [AVC_CONFIG, "avc-config"],
    [KEY, "key"],
    [INTER, "inter"],
    [AAC_CONFIG, "aac-config"],
    [SOUND, "sound"],
  ]);
  const seen: string[] = [];
  for (let message = listener.next(); message !== undefined; message = listener.next()) {
    seen.push(names.get(message.payload) ?? (message.name || message.kind));
  }
  return seen;
}

Deno.test("a name has one publisher when two want it", () => {
  const { hub, connect } = setUp();
  const first = hub.publish(connect(), "live", PUBLISHER);
  assert.throws(
    () => hub.publish(connect(), "live", PUBLISHER),
    (error) =>
      error instanceof Refusal && error.code === "Publish.BadName" &&
      error.message === "live is already publishing",
  );
  assert.equal(hub.publishFromScript("live"), undefined);
  hub.unpublish(first);
  hub.publish(connect(), "live", PUBLISHER);
});

Deno.test("a stream without a name is refused when published or played", () => {
  const { hub, connect } = setUp();
  assert.throws(() => hub.publish(connect(), "", PUBLISHER), Refusal);
  assert.throws(() => hub.subscribe(connect(), "x".repeat(2000), new CountingSink()), Refusal);
});

Deno.test("a newcomer gets metadata and codec headers first, then video from a key frame", () => {
  const { hub, connect } = setUp();
  const publication = hub.publish(connect(), "live", PUBLISHER);
  publication.setMetadata("onMetaData", Uint8Array.of(5), "amf0");
  publication.video(0, AVC_CONFIG);
  publication.audio(0, AAC_CONFIG);
  publication.video(0, KEY);
  const listener = hub.subscribe(connect(), "live", new CountingSink());
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
    "key",
    "inter",
  ]);
  assert.equal(listener.videoQos.droppedFrames, 1);
});

Deno.test("a listener that has left holds nothing of what is published after it", () => {
  const { hub, connect } = setUp();
  const publication = hub.publish(connect(), "live", PUBLISHER);
  const listener = hub.subscribe(connect(), "live", new CountingSink());
  publication.video(0, KEY);
  publication.flush();
  hub.unsubscribe(listener);
  publication.video(40, KEY);
  assert.equal(listener.more, false);
  assert.deepEqual(drain(listener), []);
});

Deno.test("metadata is at time 0 and codec headers at the stream's when a newcomer gets them", () => {
  const { hub, connect } = setUp();
  const publication = hub.publish(connect(), "live", PUBLISHER);
  publication.video(5000, AVC_CONFIG);
  publication.video(6000, KEY);
  publication.setMetadata("onMetaData", Uint8Array.of(5), "amf0");
  const listener = hub.subscribe(connect(), "live", new CountingSink());
  assert.equal(listener.next()?.time, 0);
  assert.equal(listener.next()?.time, 6000);
  assert.equal(publication.lastTime, 6000);
});

Deno.test("a newcomer begins with the current group of pictures when groups are kept", () => {
  const { hub, connect } = setUp({ gop: true });
  const publication = hub.publish(connect(), "live", PUBLISHER);
  publication.video(0, AVC_CONFIG);
  publication.video(0, KEY);
  publication.video(40, INTER);
  publication.video(80, KEY);
  publication.audio(90, SOUND);
  publication.video(120, INTER);
  const listener = hub.subscribe(connect(), "live", new CountingSink());
  assert.deepEqual(drain(listener), ["avc-config", "key", "sound", "inter"]);
});

Deno.test("a listener waits, resumes and hears of both when the publisher comes and goes", () => {
  const { clock, hub, connect } = setUp();
  const listener = hub.subscribe(connect(), "live", new CountingSink());
  assert.equal(hub.publication("live"), undefined);
  const publication = hub.publish(connect(), "live", PUBLISHER);
  publication.video(1000, KEY);
  hub.unpublish(publication);
  clock.advance(500);
  const again = hub.publish(connect(), "live", PUBLISHER);
  assert.equal(again, publication);
  again.video(0, KEY);
  const times: number[] = [];
  const kinds: string[] = [];
  for (let message = listener.next(); message; message = listener.next()) {
    kinds.push(message.kind);
    times.push(message.time);
  }
  assert.deepEqual(kinds, ["published", "video", "unpublished", "published", "video"]);
  assert.equal(times.at(-1), 1500, "time goes on through the pause");
});

Deno.test("times wrap at 32 bits as RTMP's do", () => {
  const { hub, connect } = setUp();
  const listener = hub.subscribe(connect(), "live", new CountingSink());
  const publication = hub.publish(connect(), "live", PUBLISHER);
  publication.audio(0xffffffff, SOUND);
  publication.audio(5, SOUND);
  listener.next();
  assert.equal(listener.next()?.time, 0xffffffff);
  assert.equal(listener.next()?.time, 5);
});

Deno.test("a refused publish leaves no trace and its listeners hear nothing", () => {
  const { hub, connect } = setUp();
  const listener = hub.subscribe(connect(), "live", new CountingSink());
  hub.handler = {
    ...openHandler,
    onPublish: (_client, publication) => {
      assert.equal(publication.running, true);
      throw new Refusal("Publish.Failed", "no");
    },
  };
  assert.throws(() => hub.publish(connect(), "live", PUBLISHER), Refusal);
  assert.equal(hub.publication("live"), undefined);
  assert.deepEqual(drain(listener), []);
});

Deno.test("a listener counts only after its application accepted it", () => {
  const { hub, connect } = setUp();
  const publication = hub.publish(connect(), "live", PUBLISHER);
  const counts: number[] = [];
  hub.handler = {
    ...openHandler,
    onSubscribe: (_client, listener) => void counts.push(listener.publication.listeners.size),
    onUnsubscribe: (_client, listener) => void counts.push(listener.publication.listeners.size),
  };
  const listener = hub.subscribe(connect(), "live", new CountingSink());
  assert.equal(publication.listeners.size, 1);
  hub.unsubscribe(listener);
  assert.deepEqual(counts, [0, 1]);
  assert.equal(publication.listeners.size, 0);
  assert.equal(listener.next(), undefined);
});

Deno.test("a client's second play of one publication is refused", () => {
  const { hub, connect } = setUp();
  const client = connect();
  hub.subscribe(client, "live", new CountingSink());
  assert.throws(
    () => hub.subscribe(client, "live", new CountingSink()),
    (error) => error instanceof Refusal && error.code === "Play.Failed",
  );
});

Deno.test("a listener is woken once until it has taken everything", () => {
  const { hub, connect } = setUp();
  const sink = new CountingSink();
  const listener = hub.subscribe(connect(), "live", sink);
  const publication = hub.publish(connect(), "live", PUBLISHER);
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

Deno.test("a slow listener loses video up to a key frame, then late audio, then its place", () => {
  const { hub, connect } = setUp({ limits: { video: 100, audio: 200, cut: 300 } });
  const sink = new CountingSink();
  const listener = hub.subscribe(connect(), "live", sink);
  const publication = hub.publish(connect(), "live", PUBLISHER);
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
  const listener = hub.subscribe(connect(), "live", new CountingSink());
  const publication = hub.publish(connect(), "live", PUBLISHER);
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
  const shape: Shape = {
    key: "test",
    encode: (message, out) => {
      if (message.kind !== "audio") return;
      encodings++;
      out.bytes(message.payload);
    },
  };
  const first = hub.subscribe(connect(), "live", new CountingSink());
  const second = hub.subscribe(connect(), "live", new CountingSink());
  const publication = hub.publish(connect(), "live", PUBLISHER);
  const streams = [publication.stream(first, shape), publication.stream(second, shape)];
  publication.audio(0, Uint8Array.of(0x2f, 1));
  publication.audio(0, Uint8Array.of(0x2f, 2));
  const [a, b] = streams.map((stream) => stream.take(1000)!);
  assert.deepEqual([...a!], [0x2f, 1, 0x2f, 2]);
  assert.equal(a!.buffer, b!.buffer);
  assert.equal(a!.byteOffset, b!.byteOffset);
  assert.equal(encodings, 2);
  assert.equal(streams[0]!.take(1000), undefined);
  publication.audio(0, Uint8Array.of(0x2f, 3));
  publication.audio(0, Uint8Array.of(0x2f, 4));
  assert.equal(streams[0]!.take(1)!.length, 2, "never less than one message");
});

Deno.test("a listener that mutes audio gets its own bytes, the others the shared ones", () => {
  const { hub, connect } = setUp();
  const shape: Shape = {
    key: "test",
    encode: (message, out) => {
      if (message.kind === "audio" || message.kind === "video") out.bytes(message.payload);
    },
  };
  const all = hub.subscribe(connect(), "live", new CountingSink());
  const muted = hub.subscribe(connect(), "live", new CountingSink());
  muted.receiveAudio = false;
  const publication = hub.publish(connect(), "live", PUBLISHER);
  const streams = [publication.stream(all, shape), publication.stream(muted, shape)];
  const taken: number[][] = [[], []];
  const round = () => {
    publication.flush();
    streams.forEach((stream, i) => {
      for (let bytes = stream.take(1000); bytes; bytes = stream.take(1000)) {
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

Deno.test("a message is encoded again when its tape slot has a new owner", () => {
  const { hub, connect } = setUp();
  const shape = (key: string, mark: number): Shape => ({
    key,
    encode: (message, out) => {
      if (message.kind === "audio") out.u8(mark);
    },
  });
  const slow = hub.subscribe(connect(), "live", new CountingSink());
  const quick = hub.subscribe(connect(), "live", new CountingSink());
  const publication = hub.publish(connect(), "live", PUBLISHER);
  publication.audio(0, SOUND);
  const one = publication.stream(quick, shape("one", 1));
  assert.deepEqual([...one.take(10)!], [1]);
  one.close();
  const two = publication.stream(slow, shape("two", 2));
  assert.deepEqual([...two.take(10)!], [2]);
});

Deno.test("a client that disconnects leaves its groups and can write no more", () => {
  const { hub, connect } = setUp();
  const client = connect();
  const events: string[] = [];
  hub.handler = {
    ...openHandler,
    onUnjoinGroup: () => void events.push("unjoin"),
    onFailed: (_client, error) => void events.push(error),
    onDisconnection: () => void events.push("gone"),
  };
  const group = hub.join(client, new Uint8Array(32));
  assert.equal(hub.groups.get(group.id), group);
  hub.disconnect(client, "broken");
  hub.disconnect(client);
  assert.deepEqual(events, ["unjoin", "broken", "gone"]);
  assert.equal(hub.groups.size, 0);
  assert.equal(hub.clients.size, 0);
  assert.ok(client.writer.closed);
});

Deno.test("rates are means over two seconds and losses a share of all packets", () => {
  const { clock, hub, connect } = setUp();
  const publication = hub.publish(connect(), "live", PUBLISHER);
  clock.advance(1000);
  publication.audio(0, new Uint8Array(1500), 1);
  clock.advance(1000);
  publication.audio(0, new Uint8Array(500));
  hub.sample();
  assert.equal(publication.audioQos.byteRate, 1000);
  assert.equal(publication.audioQos.lostRate, 1 / 3);
  clock.advance(2000);
  hub.sample();
  assert.equal(publication.audioQos.byteRate, 0);
});

Deno.test("metadata and codec headers that are kept hold on to no later message", () => {
  const { hub, connect } = setUp();
  const publication = hub.publish(connect(), "live", PUBLISHER);
  publication.setMetadata("onMetaData", Uint8Array.of(5), "amf0");
  publication.video(0, AVC_CONFIG);
  publication.audio(1, SOUND);
  assert.equal(publication.metadata?.next, undefined);
  for (const config of publication.configs) assert.equal(config.next, undefined);
});

Deno.test("a listener that mutes video gets none of the shared video bytes", () => {
  const { hub, connect } = setUp();
  const shape: Shape = {
    key: "test",
    encode: (message, out) => {
      if (message.kind === "audio" || message.kind === "video") out.bytes(message.payload);
    },
  };
  const listener = hub.subscribe(connect(), "live", new CountingSink());
  const publication = hub.publish(connect(), "live", PUBLISHER);
  const stream = publication.stream(listener, shape);
  publication.video(0, KEY);
  while (stream.take(1000));
  listener.receiveVideo = false;
  publication.video(1, KEY);
  publication.audio(1, SOUND);
  assert.deepEqual(stream.take(1000), SOUND);
});
