import { deepEqual, equal, ok } from "node:assert/strict";
import { ByteWriter, hex } from "../../src/bytes/mod.ts";
import {
  Amf0Writer,
  readValues,
  type Value,
  ValueReader,
  ValueWriter,
  writeValues,
} from "../../src/codecs/mod.ts";
import {
  Client,
  type Handler,
  Hub,
  type InputLimits,
  openHandler,
  Refusal,
} from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { flvEncoder, MediaMessage, writeFlvHeader } from "../../src/media/mod.ts";
import { WebSocketSession } from "../../src/protocols/websocket/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { decided } from "../support/decided.ts";

/** The connection of a socket: shows the frames that were sent. */
class FakeOutput {
  readonly sent: unknown[] = [];
  closed: number | undefined;
  isEnded = false;

  send(bytes: Uint8Array) {
    const start = bytes[1]! < 126 ? 2 : 4;
    const payload = bytes.subarray(start);
    const opcode = bytes[0]! & 15;
    if (opcode === 1) this.sent.push(JSON.parse(new TextDecoder().decode(payload)));
    else if (opcode === 8) {
      this.closed = payload.length === 0 ? 1005 : payload[0]! * 256 + payload[1]!;
    } else if (opcode === 2) this.sent.push(hex(payload));
    else this.sent.push(opcode === 9 ? "ping" : "pong");
  }
  attach() {}
  detach() {}
  wake() {}
  end() {
    this.isEnded = true;
  }
  abort() {
    this.isEnded = true;
  }
  /** What was sent since the last call. */
  take() {
    return this.sent.splice(0);
  }
}

/** A frame of a client, masked with zeros. */
function frame(opcode: number, payload: Uint8Array) {
  const size = payload.length;
  const length = size < 126 ? [0x80 | size] : [0xfe, size >> 8, size & 255];
  return Uint8Array.of(0x80 | opcode, ...length, 0, 0, 0, 0, ...payload);
}

function rig(handler: Partial<Handler> = {}, inputs: InputLimits = { address: 0, all: 0 }) {
  const clock = new FakeClock();
  const hub = new Hub({ clock, inputs });
  hub.handler = { ...openHandler, ...handler };
  const connect = (maxMessage = 1000) => {
    const client = new Client({
      protocol: "WebSocket",
      address: "127.0.0.1:1",
      path: "/app",
      query: "",
      properties: new Map(),
    });
    const socket = new FakeOutput();
    const settings = { timeout: 10_000, maxMessage, maxText: 500 };
    const session = new WebSocketSession({ hub, client, outbox: socket, settings, log: silentLog });
    hub.connect(client, new ValueReader([]));
    session.open();
    const text = (text: string) => session.onData(frame(1, new TextEncoder().encode(text)));
    const binary = (bytes: Uint8Array) => session.onData(frame(2, bytes));
    const say = (value: unknown) => text(JSON.stringify(value));
    return { client, socket, writer: client.writer, session, say, text, binary };
  };
  return { hub, clock, connect };
}

/** Keeps a string's bytes. */
class RawText extends ValueWriter {
  text = new Uint8Array(0);
  override string(source: Uint8Array, start: number, end: number) {
    this.text = source.slice(start, end);
  }
}

/** A handler that answers every call with its name and arguments. */
const echo: Partial<Handler> = {
  onCall: ({ name, args, reply }) => writeValues(reply(), name, ...readValues(args)),
};

Deno.test("an array that begins with a string is a call, anything else a message", () => {
  const cases: [string, unknown[]][] = [
    ['["test",1,{"a":null}]', ["test", 1, { a: null }]],
    ['[1,"test"]', ["", 1, "test"]],
    ["[]", [""]],
    [' [["test"]]', ["", ["test"]]],
    ['{"a":1}', ["", '{"a":1}']],
    ['"test"', ["", '"test"']],
    ["[1,", ["", "[1,"]],
    ["hello", ["", "hello"]],
  ];
  const { socket, text: say } = rig(echo).connect();
  for (const [text, answer] of cases) {
    say(text);
    deepEqual(socket.take(), [answer], text);
  }
});

Deno.test("a binary frame is one string for onMessage, every byte kept", () => {
  let seen = new Uint8Array(0);
  const { binary } = rig({
    onCall: ({ name, args }) => {
      equal(name, "");
      const writer = new RawText();
      args.read(writer);
      seen = writer.text;
    },
  }).connect();
  binary(Uint8Array.of(0, 255, 128, 10));
  equal(hex(seen), "00ff800a");
});

Deno.test("a method without a result is not answered", () => {
  const { socket, say } = rig({ onCall: () => {} }).connect();
  say(["test"]);
  deepEqual(socket.sent, []);
});

Deno.test("a refused call is told and the socket stays", () => {
  const { socket, say } = rig({
    onCall: ({ name }) => {
      throw new Refusal("Call.Failed", `Method client '${name}' not found in application /app`);
    },
  }).connect();
  say(["test"]);
  deepEqual(socket.take(), [["onStatus", {
    level: "error",
    code: "NetConnection.Call.Failed",
    description: "Method client 'test' not found in application /app",
  }]]);
  equal(socket.closed, undefined);
});

Deno.test("an error of ours within a call is logged and harms nothing", () => {
  const { socket, say } = rig({
    onCall: () => {
      throw new TypeError("ours");
    },
  }).connect();
  say(["test"]);
  equal(socket.closed, undefined);
});

Deno.test("a script's writer sends invocations, messages, bytes and statuses", () => {
  const { socket, writer } = rig().connect();
  const values = (...all: Value[]) => new ValueReader(all);
  writer.writeInvocation("onPushData", values("Rambo", "John"));
  writer.writeMessage(values(1));
  writer.writeRaw(new ValueReader([]), () => Uint8Array.of(1, 255));
  writer.writeStatus("Call.Failed", "no");
  const other = writer.newFlowWriter();
  other.writeMessage(values(2));
  other.close();
  other.writeMessage(values(3));
  deepEqual(socket.take(), [
    ["onPushData", "Rambo", "John"],
    [1],
    "01ff",
    ["onStatus", { level: "error", code: "NetConnection.Call.Failed", description: "no" }],
    [2],
  ]);
  equal(socket.closed, undefined);
  writer.close();
  equal(socket.closed, 1000);
});

Deno.test("data of a publication reach those who play it, between its notices", () => {
  const { connect } = rig();
  const [alice, bob] = [connect(), connect()];
  bob.say(["__play", "room"]);
  deepEqual(bob.socket.take(), []);
  alice.say(["__publish", "room"]);
  alice.say(["onText", "hello", { a: [1] }]);
  alice.say([1, 2]);
  alice.text("no JSON");
  alice.binary(Uint8Array.of(9, 8));
  alice.say(["__closePublish"]);
  deepEqual(bob.socket.take(), [
    ["__publishing", "room"],
    ["onText", "hello", { a: [1] }],
    [1, 2],
    ["no JSON"],
    "0908",
    ["__unpublishing", "room"],
  ]);
  deepEqual(alice.socket.take(), []);
});

Deno.test("who plays a running publication is told so, and of AMF data as JSON", () => {
  const { connect, hub } = rig();
  const { client } = connect();
  const publication = decided(hub.publish(client, "room", { close: () => {} }));
  const bob = connect();
  bob.say(["__play", "room?key=1"]);
  deepEqual(bob.socket.take(), [["__publishing", "room"]]);
  const payload = new ByteWriter();
  writeValues(new Amf0Writer(payload), "a", 2);
  publication.data("onFlash", payload.take(), "amf0");
  publication.video(0, Uint8Array.of(0x17, 1, 0, 0, 0));
  publication.audio(0, Uint8Array.of(0xaf, 1, 0));
  publication.flush();
  deepEqual(bob.socket.take(), [["onFlash", "a", 2]]);
  bob.say(["__closePlay", "other"]);
  equal(publication.listeners.size, 1);
  bob.say(["__closePlay", "room"]);
  equal(publication.listeners.size, 0);
});

Deno.test("data that are not in their format are left out, what follows is heard", () => {
  const { connect, hub } = rig();
  const publication = decided(hub.publish(connect().client, "room", { close: () => {} }));
  const bob = connect();
  bob.say(["__play", "room"]);
  publication.data("onBroken", Uint8Array.of(2, 255), "amf0");
  publication.data("onWhole", new TextEncoder().encode("[1]"), "json");
  publication.flush();
  deepEqual(bob.socket.take(), [["__publishing", "room"], ["onWhole", 1]]);
});

Deno.test("binary frames that begin as FLV are the publication's media", () => {
  const { connect, hub } = rig();
  const alice = connect();
  alice.say(["__publish", "test?key=1"]);
  const publication = hub.publication("test")!;
  deepEqual([...publication.parameters], [["key", "1"]]);
  const out = new ByteWriter();
  writeFlvHeader(out, true, true);
  const key = Uint8Array.of(0x17, 1, 0, 0, 0);
  flvEncoder.encode(new MediaMessage("video", "frame", 3, key), out);
  const bytes = out.take();
  alice.binary(bytes.slice(0, 20));
  alice.binary(bytes.slice(20));
  equal(publication.lastTime, 3);
  ok(publication.lastKey >= 0);
  alice.binary(new Uint8Array(20));
  equal(hub.publication("test"), publication);
  alice.binary(new Uint8Array(20).fill(0xff));
  equal(hub.publication("test"), undefined);
  equal(
    (alice.socket.take() as [string, { code: string }][])[0]![1].code,
    "NetConnection.Call.BadVersion",
  );
  equal(alice.socket.closed, undefined);
});

Deno.test("JSON longer than its limit is refused with the number, other text is as long as a message", () => {
  const heard: number[] = [];
  const onCall: Handler["onCall"] = ({ args }) => void heard.push(readValues(args).length);
  const { connect } = rig({ onCall });
  const alice = connect();
  alice.say(["x".repeat(496)]);
  deepEqual(heard, [0]);
  alice.say(["x".repeat(497)]);
  const [[, { description }]] = alice.socket.take() as [[string, { description: string }]];
  equal(description, "501 bytes of JSON, the limit of [lua] maxText is 500");
  alice.text("x".repeat(900));
  deepEqual(heard, [0, 1]);
});

Deno.test("a name that is taken or refused is told with its NetStream code", () => {
  const { connect } = rig({
    onSubscribe: () => {
      throw new Refusal("Play.Failed", "Not authorized to play room");
    },
  });
  const [alice, bob] = [connect(), connect()];
  alice.say(["__publish", "room"]);
  bob.say(["__publish", "room"]);
  bob.say(["__play", "room"]);
  bob.say(["__publish"]);
  const codes = (bob.socket.take() as [string, { code: string; level: string }][])
    .map(([, { code, level }]) => `${level} ${code}`);
  deepEqual(codes, [
    "error NetStream.Publish.BadName",
    "error NetStream.Play.Failed",
    "error NetStream.Publish.BadName",
  ]);
});

Deno.test("a closed socket ends its publication, its subscriptions and its client", () => {
  const events: string[] = [];
  const { connect, hub } = rig({
    onUnpublish: () => void events.push("unpublish"),
    onUnsubscribe: () => void events.push("unsubscribe"),
    onFailed: (_client, error) => void events.push(`failed ${error}`),
    onDisconnection: () => void events.push("disconnection"),
  });
  const { session, say, writer, socket } = connect();
  say(["__publish", "a"]);
  say(["__play", "b"]);
  session.onClosed("Invalid UTF-8");
  deepEqual(events, ["unpublish", "unsubscribe", "failed Invalid UTF-8", "disconnection"]);
  equal(hub.clients.size, 0);
  writer.writeRaw(new ValueReader([]), () => Uint8Array.of(1));
  deepEqual(socket.sent, []);
});

Deno.test("__close closes the socket in order", () => {
  const { socket, say } = rig().connect();
  say(["__close"]);
  equal(socket.closed, 1000);
});

Deno.test("a message over the limit closes with 1009, in text and in bytes", () => {
  for (const opcode of [1, 2]) {
    const { socket, session } = rig({
      onCall: () => {
        throw new Error("not to be read");
      },
    }).connect();
    session.onData(frame(opcode, new Uint8Array(1001).fill(0x61)));
    equal(socket.closed, 1009);
    ok(socket.isEnded);
  }
});

Deno.test("a close is answered once, and nothing is said after it", () => {
  const { socket, session, writer, say } = rig(echo).connect();
  writer.close();
  equal(socket.closed, 1000);
  socket.closed = undefined;
  say(["test"]);
  deepEqual(socket.take(), []);
  ok(!socket.isEnded);
  session.onData(frame(8, Uint8Array.of(3, 232)));
  equal(socket.closed, undefined);
  ok(socket.isEnded);
});

Deno.test("calls that wait are answered before the close behind them", () => {
  const { connect } = rig(echo);
  const { client, socket, session, say } = connect();
  client.input!.hold();
  say(["echo", 1]);
  session.onData(frame(8, Uint8Array.of(3, 232)));
  equal(socket.isEnded, false);
  client.input!.release();
  equal(socket.take().length, 1);
  equal(socket.closed, 1000);
  equal(socket.isEnded, true);
});

Deno.test("who does not answer a close is cut", () => {
  const { clock, connect } = rig();
  const { socket, session } = connect();
  session.close();
  equal(socket.closed, 1001);
  session.sweep(clock.now() + 2_999);
  ok(!socket.isEnded);
  session.sweep(clock.now() + 3_000);
  ok(socket.isEnded);
});

Deno.test("a silent peer is pinged, its answer measured, its silence cut", () => {
  const { clock, connect } = rig();
  const { socket, session, client } = connect();
  clock.advance(4_000);
  session.sweep(clock.now());
  deepEqual(socket.take(), []);
  clock.advance(1_000);
  session.sweep(clock.now());
  session.sweep(clock.now());
  deepEqual(socket.take(), ["ping"]);
  clock.advance(30);
  session.onData(frame(10, new Uint8Array(0)));
  equal(client.ping, 30);
  clock.advance(9_999);
  session.sweep(clock.now());
  ok(!socket.isEnded);
  clock.advance(1);
  session.sweep(clock.now());
  ok(socket.isEnded);
});

Deno.test("empty fragments of a message take no memory", () => {
  const { session } = rig().connect();
  const fragment = frame(0, new Uint8Array(0)).with(0, 0);
  const many = new Uint8Array(10_000 * fragment.length);
  for (let at = 0; at < many.length; at += fragment.length) many.set(fragment, at);
  session.onData(fragment.with(0, 1));
  const before = Deno.memoryUsage().heapUsed;
  for (let round = 0; round < 30; round++) session.onData(many);
  ok(Deno.memoryUsage().heapUsed - before < 30_000_000);
});

Deno.test("a timeout of 0 never cuts, and pings all the same", () => {
  const { clock, connect } = rig();
  const { socket, session } = connect();
  session.timeout = 0;
  clock.advance(3_600_000);
  session.sweep(clock.now());
  deepEqual(socket.take(), ["ping"]);
  ok(!socket.isEnded);
});

Deno.test("text that a script wrote is made UTF-8", () => {
  const { socket, say } = rig({
    onCall: ({ reply }) => reply().string(Uint8Array.of(0x61, 0xff), 0, 2),
  }).connect();
  say(["test"]);
  deepEqual(socket.take(), [["a\ufffd"]]);
});

Deno.test("unfinished messages of one address are held up to its budget, then the socket closes with 1013", () => {
  const { hub, connect } = rig({}, { address: 300_000, all: 0 });
  const [first, second] = [connect(1_000_000), connect(1_000_000)];
  // A frame of 500,000 bytes, most of which comes later.
  const begin = Uint8Array.of(0x82, 0xff, 0, 0, 0, 0, 0, 7, 0xa1, 0x20, 0, 0, 0, 0);
  for (const { session } of [first, second]) session.onData(begin);
  first.session.onData(new Uint8Array(250_000));
  second.session.onData(new Uint8Array(50_000));
  equal(second.socket.closed, undefined);
  second.session.onData(new Uint8Array(50_000));
  equal(second.socket.closed, 1013);
  ok(second.socket.isEnded);
  equal(first.socket.closed, undefined);
  first.session.onClosed(undefined);
  equal(hub.inputs.bytes, 0);
});
