import assert from "node:assert/strict";
import { encodeText } from "../../src/bytes/mod.ts";
import { type DataReader, readValues, ValueReader, writeValues } from "../../src/codecs/mod.ts";
import { type FlowWriter, type Handler, type Question, Refusal } from "../../src/hub/mod.ts";
import { fakeHub, FlashPeer, plain, statuses } from "../support/flash_peer.ts";

function connected(handler: Partial<Handler> = {}, objectEncoding = 0, options = {}): FlashPeer {
  const peer = new FlashPeer(fakeHub(handler).hub, options);
  peer.connect({ objectEncoding });
  return peer;
}

for (const [objectEncoding, type] of [[0, 20], [3, 17]] as const) {
  Deno.test(`a call is answered with all values, object encoding ${objectEncoding}`, () => {
    const calls: unknown[] = [];
    const peer = connected({
      onCall: ({ name, args, reply }) => {
        calls.push([name, plain(readValues(args))]);
        const answer = reply();
        writeValues(answer, "one", { two: [2] });
        assert.equal(reply(), answer);
      },
    }, objectEncoding);
    const messages = peer.command(0, "test", 1, { a: "b" });
    assert.deepEqual(calls, [["test", [1, { a: "b" }]]]);
    assert.deepEqual(messages, [
      { stream: 0, type, values: ["_result", 2, null, "one", { two: [2] }] },
    ]);
  });
}

Deno.test("a call that returns nothing is answered with null, one without transaction not at all", () => {
  const peer = connected();
  assert.deepEqual(peer.command(0, "test"), [
    { stream: 0, type: 20, values: ["_result", 2, null, null] },
  ]);
  const silent = { onCall: () => {} };
  const other = connected(silent);
  const payload = Uint8Array.of(2, 0, 1, 0x78, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5);
  assert.deepEqual(other.message(0, { type: 20, payload }), []);
});

Deno.test("a call that is refused says why", () => {
  const description = "Method client 'test' not found in application /live";
  const peer = connected({
    onCall: () => {
      throw new Refusal("Call.Failed", description, { reason: "missing" });
    },
  });
  assert.deepEqual(peer.command(0, "test")[0]?.values, ["_error", 2, null, {
    level: "error",
    code: "NetConnection.Call.Failed",
    description,
  }]);
});

Deno.test("a call on a stream is answered on that stream", () => {
  const peer = connected();
  const id = peer.createStream();
  assert.deepEqual(peer.command(id, "test").map(({ stream }) => stream), [id]);
});

Deno.test("writeMessage within a call is its answer, otherwise a call of onMessage", () => {
  let writer: FlowWriter | undefined;
  const peer = connected({
    onCall: ({ client }) => {
      writer = client.writer;
      writer.writeMessage(new ValueReader(["answer"]));
      writer.writeMessage(new ValueReader(["more"]));
    },
  });
  assert.deepEqual(peer.command(0, "test").map(({ values }) => values), [
    ["_result", 2, null, "answer"],
    ["onMessage", 0, null, "more"],
  ]);
  writer?.writeMessage(new ValueReader([1, 2]));
  assert.deepEqual(peer.take()[0]?.values, ["onMessage", 0, null, 1, 2]);
});

for (const objectEncoding of [0, 3]) {
  Deno.test(`raw values are an answer or a message, object encoding ${objectEncoding}`, () => {
    let writer: FlowWriter | undefined;
    const raw = (...values: unknown[]) =>
      writer?.writeRaw(new ValueReader(values as []), () => new Uint8Array(0));
    const peer = connected({
      onCall: ({ client }) => {
        writer = client.writer;
        raw("answer", 5, { a: [1] });
        raw("more");
      },
    }, objectEncoding);
    const type = objectEncoding === 3 ? 17 : 20;
    assert.deepEqual(peer.command(0, "test"), [
      { stream: 0, type, values: ["_result", 2, null, "answer", 5, { a: [1] }] },
      { stream: 0, type, values: ["onMessage", 0, null, "more"] },
    ]);
    const bytes = Uint8Array.of(0, 255, 2);
    writer?.writeRaw(rawText(bytes, encodeText("é")), () => bytes);
    const [message] = peer.take();
    assert.deepEqual(message?.values?.slice(0, 3), ["onMessage", 0, null]);
    // AMF0 has no ByteArray: there they are a string.
    if (objectEncoding === 3) assert.deepEqual(message?.values?.slice(3), [bytes, "é"]);
    else assert.equal(message?.values?.length, 5);
  });
}

/** Strings of any bytes, as scripts hold them. */
function rawText(...strings: Uint8Array[]): DataReader {
  return {
    more: true,
    read(writer) {
      for (const bytes of strings) writer.string(bytes, 0, bytes.length);
      return strings.length;
    },
  };
}

Deno.test("a writer's invocation and status reach the client", () => {
  const peer = connected();
  const { writer } = peer.connection.client;
  writer.writeInvocation("onPushData", new ValueReader(["Rambo", "John"]));
  writer.writeStatus("Call.Failed", "why");
  writer.writeStatus("Connect.NetworkChange", "");
  assert.deepEqual(peer.take().map(({ values }) => values), [
    ["onPushData", 0, null, "Rambo", "John"],
    ["onStatus", 0, null, {
      level: "error",
      code: "NetConnection.Call.Failed",
      description: "why",
    }],
    ["onStatus", 0, null, {
      level: "status",
      code: "NetConnection.Connect.NetworkChange",
      description: "",
    }],
  ]);
});

Deno.test("closing a new flow writer ends that one, closing the main one ends the connection", () => {
  const peer = connected();
  const { writer } = peer.connection.client;
  const flow = writer.newFlowWriter();
  flow.close();
  flow.close();
  assert.deepEqual([flow.isClosed, writer.isClosed, peer.closedFlows, peer.ended], [
    true,
    false,
    1,
    false,
  ]);
  flow.writeInvocation("lost", new ValueReader([]));
  assert.deepEqual(peer.take(), []);
  writer.close();
  assert.equal(peer.ended, true);
});

/** A handler that closes its client at once, in one of the events that it is asked in. */
function closing(event: "onConnection" | "onPublish" | "onSubscribe"): Partial<Handler> {
  return { [event]: ({ client }: Question) => client.writer.close() };
}

for (const event of ["onConnection", "onPublish", "onSubscribe"] as const) {
  Deno.test(`a client that is closed within ${event} leaves nothing behind`, () => {
    const { hub } = fakeHub(closing(event));
    const peer = new FlashPeer(hub);
    // As RTMFP does when all that was said has arrived.
    peer.end = () => peer.connection.close();
    peer.connect();
    const id = peer.connection.isConnected ? peer.createStream() : 1;
    if (event === "onPublish") peer.command(id, "publish", "test");
    else peer.command(id, "play", "test");
    assert.equal(hub.clients.size, 0);
    assert.equal(hub.publication("test"), undefined);
    assert.equal(hub.isWanted("test"), false);
    assert.equal(peer.connection.isConnected, false);
  });
}

for (
  const [name, args, answer] of [
    ["releaseStream", ["test"], [undefined]],
    ["getStreamLength", ["test"], [0]],
  ] as const
) {
  Deno.test(`${name} is answered and calls nothing`, () => {
    const peer = connected({ onCall: () => assert.fail("called") });
    assert.deepEqual(peer.command(0, name, ...args), [
      { stream: 0, type: 20, values: ["_result", 2, null, ...answer] },
    ]);
  });
}

for (
  const [name, notice, code] of [
    ["FCPublish", "onFCPublish", "NetStream.Publish.Start"],
    ["FCUnpublish", "onFCUnpublish", "NetStream.Unpublish.Success"],
    ["FCSubscribe", "onFCSubscribe", "NetStream.Play.Start"],
    ["FCUnsubscribe", "onFCUnsubscribe", "NetStream.Play.Stop"],
  ] as const
) {
  Deno.test(`${name} is answered and announced by ${notice}`, () => {
    const peer = connected({ onCall: () => assert.fail("called") });
    assert.deepEqual(peer.command(0, name, "test").map(({ values }) => values), [
      ["_result", 2, null, undefined],
      [notice, 0, null, { level: "status", code, description: "test" }],
    ]);
  });
}

Deno.test("setPeerInfo reaches the protocol that has a use for it", () => {
  let told: readonly string[] = [];
  const peer = connected({}, 0, {
    onPeerInfo: (addresses: readonly string[]) => (told = addresses),
  });
  assert.deepEqual(peer.command(0, "setPeerInfo", "10.0.0.1:1", 5, "[::1]:2"), []);
  assert.deepEqual(told, ["10.0.0.1:1", "[::1]:2"]);
  assert.deepEqual(connected().command(0, "setPeerInfo", "10.0.0.1:1"), []);
});

Deno.test("statuses of a client with object encoding 3 come as AMF3 commands", () => {
  const peer = connected({}, 3);
  const id = peer.createStream();
  const messages = peer.command(id, "publish", "test");
  assert.deepEqual(statuses(messages), [[id, "NetStream.Publish.Start"]]);
  assert.equal(messages[1]?.type, 17);
});

Deno.test("ping and latency are there for scripts to read", () => {
  let latency = -1;
  const peer = connected({
    onSubscribe: ({ listener: { audioQos } }) => {
      Object.defineProperty(audioQos, "latency", { set: (value) => (latency = value) });
    },
  });
  peer.command(peer.createStream(), "play", "test");
  peer.connection.sample(30);
  assert.equal(peer.connection.client.ping, 30);
  assert.equal(latency, 15);
});
