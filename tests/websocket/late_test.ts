import { deepEqual, equal } from "node:assert/strict";
import { writeValues } from "../../src/codecs/mod.ts";
import { type CallQuestion, Hub, openHandler } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { WebSockets } from "../../src/protocols/websocket/mod.ts";
import { decided, settled } from "../support/decided.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { connected, newClient, Texts } from "./connected.ts";
import { SOCKET_SETTINGS } from "../support/web_settings.ts";

Deno.test("calls of a socket are answered in order, though the first one takes its time", async () => {
  const decision = Promise.withResolvers<void>();
  const asked: CallQuestion[] = [];
  const { say, texts } = connected({
    onCall(question) {
      asked.push(question);
      writeValues(question.reply(), question.name);
      return question.name === "slow" ? decision.promise : undefined;
    },
  });
  say(["slow"]);
  say(["fast"]);
  deepEqual([asked.length, texts], [1, []]);
  decision.resolve();
  await settled();
  deepEqual(texts, [["slow"], ["fast"]]);
});

Deno.test("what a socket publishes waits for the decision; leaving frees the name", async () => {
  const decision = Promise.withResolvers<void>();
  const { hub, say, session } = connected({ onPublish: () => decision.promise });
  say(["__publish", "room"]);
  say(["hello"]);
  equal(hub.isFree("room"), false);
  session.onClosed(undefined);
  await settled();
  equal(hub.isFree("room"), true);
  decision.resolve();
  await settled();
  equal(hub.publication("room"), undefined);
});

Deno.test("a publication of a socket begins with the data that came behind it", async () => {
  const decision = Promise.withResolvers<void>();
  const { hub, say } = connected({ onPublish: () => decision.promise });
  const names: (string | undefined)[] = [];
  hub.handler.onCall = ({ name }) => void names.push(name);
  const sink = { ready() {}, overrun() {}, status() {} };
  const listener = decided(hub.subscribe(newClient(), "room", sink));
  say(["__publish", "room"]);
  say(["hello"]);
  equal(listener.next(), undefined);
  decision.resolve();
  await settled();
  deepEqual(names, []);
  deepEqual([listener.next()?.kind, listener.next()?.name], ["published", "hello"]);
});

Deno.test("a socket whose client leaves while it is decided about becomes none", async () => {
  const decision = Promise.withResolvers<void>();
  const hub = new Hub({ clock: new FakeClock() });
  const events: string[] = [];
  hub.handler = {
    ...openHandler,
    onConnection: () => decision.promise,
    onDisconnection: () => void events.push("gone"),
  };
  const sockets = new WebSockets({ hub, log: silentLog, settings: SOCKET_SETTINGS });
  const client = newClient();
  const upgrade = Promise.resolve(sockets.upgrade(client, "", new Texts() as never));
  const failure = upgrade.then(() => "accepted", (error) => error.message);
  hub.disconnect(client);
  decision.resolve();
  equal(await failure, "the client is gone");
  deepEqual([hub.clients.size, events], [0, []]);
});

const CLOSE = Uint8Array.of(0x88, 0x82, 0, 0, 0, 0, 3, 232);

Deno.test("a close frame ends what waits, and is not held up by it", async () => {
  const decision = Promise.withResolvers<void>();
  const asked: string[] = [];
  const { say, session, texts, output } = connected({
    onCall({ name, reply }) {
      asked.push(name);
      writeValues(reply(), name);
      return decision.promise;
    },
  });
  say(["take"]);
  say(["behind"]);
  session.onData(CLOSE);
  equal(output.isEnded, true);
  decision.resolve();
  await settled();
  deepEqual([asked, texts], [["take"], []]);
});

Deno.test("calls before a close frame are answered, up to the first one that has to wait", async () => {
  const asked: string[] = [];
  const { client, say, session, texts, output } = connected({
    onCall({ name, reply }) {
      asked.push(name);
      writeValues(reply(), name);
      return name === "slow" ? new Promise<void>(() => {}) : undefined;
    },
  });
  client.input!.hold();
  for (const name of ["fast", "slow", "behind"]) say([name]);
  session.onData(CLOSE);
  equal(output.isEnded, false);
  client.input!.release();
  equal(output.isEnded, true);
  await settled();
  deepEqual([asked, texts], [["fast", "slow"], [["fast"]]]);
});
