import assert from "node:assert/strict";
import { writeValues } from "../../src/codecs/mod.ts";
import { type CallQuestion, type Handler, type Question, Refusal } from "../../src/hub/mod.ts";
import { MessageType } from "../../src/flash/mod.ts";
import { CommandWriter } from "../../src/flash/command.ts";
import { settled } from "../support/decided.ts";
import { fakeHub, FlashPeer, plain, statuses } from "../support/flash_peer.ts";
import { data, KEY, video } from "./streams.ts";

/** A handler whose named decision waits until it is made, and the questions that it was asked. */
function undecided<Name extends keyof Handler>(name: Name) {
  const asked: Question[] = [];
  const decision = Promise.withResolvers<void>();
  const later = (question: Question) => {
    asked.push(question);
    return decision.promise;
  };
  return { handler: { [name]: later } as unknown as Partial<Handler>, asked, ...decision };
}

const names = (peer: FlashPeer) => peer.take().map(({ values }) => values?.[0]);

Deno.test("a client whose connect is decided later is accepted then, and what it sent waits", async () => {
  const { handler, resolve } = undecided("onConnection");
  const { hub } = fakeHub(handler);
  const peer = new FlashPeer(hub);
  assert.deepEqual(peer.connect(), []);
  assert.deepEqual(peer.command(0, "createStream"), []);
  assert.equal(hub.clients.size, 0);
  assert.equal(peer.connection.isDeciding, true);
  resolve();
  await settled();
  assert.equal(hub.clients.size, 1);
  assert.deepEqual(names(peer), ["_result", "_result"]);
});

Deno.test("a connect that is refused later ends the connection", async () => {
  const { handler, reject } = undecided("onConnection");
  const peer = new FlashPeer(fakeHub(handler).hub);
  peer.connect();
  reject(new Refusal("Connect.Rejected", "not you"));
  await settled();
  assert.deepEqual(names(peer), ["_error", "close"]);
  assert.equal(peer.ended, true);
});

Deno.test("a client that leaves while its connect is decided never becomes one", async () => {
  const { handler, asked, resolve } = undecided("onConnection");
  const events: string[] = [];
  const { hub } = fakeHub({ ...handler, onDisconnection: () => void events.push("gone") });
  const peer = new FlashPeer(hub);
  peer.connect();
  asked[0]!.onAbandoned = () => events.push("abandoned");
  peer.connection.close();
  resolve();
  await settled();
  assert.deepEqual(events, ["abandoned"]);
  assert.equal(hub.clients.size, 0);
  assert.deepEqual(peer.take(), []);
});

Deno.test("a client that was banned while its connect was decided is cut", async () => {
  const { handler, resolve } = undecided("onConnection");
  const { hub } = fakeHub(handler);
  const peer = new FlashPeer(hub);
  peer.connect();
  hub.bans.ban("192.0.2.1");
  resolve();
  await settled();
  assert.equal(peer.ended, true);
});

Deno.test("a publication that is decided later begins with the media that came behind it", async () => {
  const { handler, resolve } = undecided("onPublish");
  const { hub } = fakeHub(handler);
  const peer = new FlashPeer(hub);
  const stream = peer.ready();
  assert.deepEqual(peer.command(stream, "publish", "film"), []);
  peer.message(stream, data("@setDataFrame", "onMetaData", { width: 1 }));
  peer.message(stream, video(KEY), 40);
  assert.equal(peer.connection.stream(stream)?.isPublishing, false);
  resolve();
  await settled();
  assert.deepEqual(statuses(peer.take()), [[stream, "NetStream.Publish.Start"]]);
  const publication = hub.publication("film");
  assert.equal(publication?.lastTime, 40);
  assert.notEqual(publication?.metadata, undefined);
});

Deno.test("a name is taken while its publisher waits, and free again when it is refused", async () => {
  const { handler, reject } = undecided("onPublish");
  const { hub } = fakeHub(handler);
  const [first, second] = [new FlashPeer(hub), new FlashPeer(hub)];
  first.command(first.ready(), "publish", "film");
  const stream = second.ready();
  const bad = [[stream, "NetStream.Publish.BadName"]];
  assert.deepEqual(statuses(second.command(stream, "publish", "film")), bad);
  reject(new Refusal("Publish.Failed", "no"));
  await settled();
  assert.deepEqual(statuses(first.take()), [[1, "NetStream.Publish.Failed"]]);
  hub.handler = { ...hub.handler, onPublish: () => {} };
  const good = [[stream, "NetStream.Publish.Start"]];
  assert.deepEqual(statuses(second.command(stream, "publish", "film")), good);
});

Deno.test("a publisher that leaves while it is decided about frees its name, and is no event", async () => {
  const { handler, resolve } = undecided("onPublish");
  const events: string[] = [];
  const { hub } = fakeHub({ ...handler, onUnpublish: () => void events.push("unpublished") });
  hub.observers.add({ onPublished: () => void events.push("published") });
  const peer = new FlashPeer(hub);
  peer.command(peer.ready(), "publish", "film");
  peer.connection.close("gone");
  await settled();
  assert.equal(hub.isFree("film"), true);
  resolve();
  await settled();
  assert.deepEqual(events, []);
});

Deno.test("a player that is accepted later begins with what comes then, and holds nothing before", async () => {
  const { handler, resolve } = undecided("onSubscribe");
  const { hub } = fakeHub(handler);
  const [publisher, player] = [new FlashPeer(hub), new FlashPeer(hub)];
  const [from, to] = [publisher.ready(), player.ready()];
  publisher.command(from, "publish", "film");
  player.command(to, "play", "film");
  publisher.message(from, video(KEY), 40);
  assert.deepEqual([player.take(), player.takeMedia()], [[], []]);
  resolve();
  await settled();
  const started = [[to, "NetStream.Play.Reset"], [to, "NetStream.Play.Start"]];
  assert.deepEqual(statuses(player.take()), started);
  publisher.message(from, video(KEY), 80);
  assert.deepEqual(player.takeMedia().map(([, { time }]) => time), [80]);
});

Deno.test("a player waits for a name whose publisher comes and goes meanwhile", async () => {
  const { handler, resolve } = undecided("onSubscribe");
  const { hub } = fakeHub(handler);
  const [publisher, player] = [new FlashPeer(hub), new FlashPeer(hub)];
  const [from, to] = [publisher.ready(), player.ready()];
  player.command(to, "play", "film");
  publisher.command(from, "publish", "film");
  publisher.command(from, "closeStream");
  resolve();
  await settled();
  publisher.command(from, "publish", "film");
  publisher.message(from, video(KEY), 80);
  assert.deepEqual(player.takeMedia().at(-1)?.[1].time, 80);
});

Deno.test("calls are answered in order, though the first one takes its time; media go on", async () => {
  const asked: CallQuestion[] = [];
  const decision = Promise.withResolvers<void>();
  const { hub } = fakeHub({
    onCall(question) {
      asked.push(question);
      if (question.name === "slow") return decision.promise;
      writeValues(question.reply(), question.name);
      return undefined;
    },
  });
  const peer = new FlashPeer(hub);
  const stream = peer.ready();
  peer.command(stream, "publish", "film");
  peer.take();
  assert.deepEqual(peer.command(0, "slow"), []);
  assert.deepEqual(peer.command(0, "fast"), []);
  peer.message(stream, video(KEY), 40);
  assert.equal(hub.publication("film")?.lastTime, 40);
  assert.deepEqual(asked.map(({ name }) => name), ["slow"]);
  const [{ reply }] = asked as [CallQuestion];
  writeValues(reply(), "late");
  decision.resolve();
  await settled();
  assert.deepEqual(peer.take().map(({ values }) => plain(values?.[3] as string)), ["late", "fast"]);
});

Deno.test("what a script writes after it has waited is the result, within the call only", async () => {
  const asked: CallQuestion[] = [];
  const decision = Promise.withResolvers<void>();
  const { hub } = fakeHub({
    onCall(question) {
      asked.push(question);
      return decision.promise;
    },
  });
  const peer = new FlashPeer(hub);
  peer.ready();
  peer.command(0, "slow");
  const write = (text: string) =>
    peer.connection.client.writer.writeMessage({
      more: false,
      read: (writer) => (writeValues(writer, text), 1),
    });
  write("an event");
  asked[0]!.during(() => write("result"));
  decision.resolve();
  await settled();
  const messages = peer.take().map(({ values }) => [values?.[0], values?.[3]]);
  assert.deepEqual(messages, [["onMessage", "an event"], ["_result", "result"]]);
});

Deno.test("what an application does not decide within 30 s is refused, and the rest goes on", async () => {
  const { handler, asked, resolve } = undecided("onPublish");
  const { hub, clock } = fakeHub(handler);
  const peer = new FlashPeer(hub);
  const stream = peer.ready();
  peer.command(stream, "publish", "film");
  peer.command(0, "createStream");
  let abandoned = 0;
  asked[0]!.onAbandoned = () => abandoned++;
  clock.advance(29_999);
  await settled();
  assert.deepEqual(peer.take(), []);
  clock.advance(1);
  await settled();
  const [status, result] = peer.take();
  assert.deepEqual(statuses([status!]), [[stream, "NetStream.Publish.Failed"]]);
  assert.equal(result?.values?.[0], "_result");
  resolve();
  await settled();
  assert.deepEqual([hub.publication("film"), abandoned], [undefined, 1]);
});

Deno.test("a handler that breaks later costs its client the connection, and nobody else", async () => {
  const { handler, reject } = undecided("onCall");
  const peer = new FlashPeer(fakeHub(handler).hub);
  peer.ready();
  peer.command(0, "slow");
  reject(new TypeError("broken"));
  await settled();
  assert.equal(peer.aborted, "internal error");
});

for (const type of [MessageType.command, MessageType.commandAmf3]) {
  Deno.test(`@setDataFrame in a command of type ${type} is the stream's metadata`, () => {
    const called: string[] = [];
    const { hub } = fakeHub({ onCall: ({ name }) => void called.push(name) });
    const peer = new FlashPeer(hub);
    const stream = peer.ready();
    peer.command(stream, "publish", "film");
    const { payload } = data("@setDataFrame", "onMetaData", { width: 640 });
    const isAmf3 = type === MessageType.commandAmf3;
    peer.message(stream, { type, payload: isAmf3 ? Uint8Array.of(0, ...payload) : payload });
    assert.notEqual(hub.publication("film")?.metadata, undefined);
    const command = new CommandWriter(false, "@setDataFrame", 3);
    writeValues(command.args, "onMetaData", { width: 320 });
    peer.message(stream, { type, payload: command.end().payload });
    assert.match(new TextDecoder().decode(hub.publication("film")?.metadata?.payload), /width/);
    peer.message(stream, { type, payload: data("@clearDataFrame", "onMetaData").payload });
    assert.equal(hub.publication("film")?.metadata, undefined);
    assert.deepEqual(called, []);
  });
}
