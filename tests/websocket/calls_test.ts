import { deepEqual, equal } from "node:assert/strict";
import { readValues, ValueReader, writeValues } from "../../src/codecs/mod.ts";
import { Refusal } from "../../src/hub/mod.ts";
import { settled } from "../support/decided.ts";
import { connected } from "./connected.ts";

const failed = (id: unknown, code: string, description: string) => [
  ...["__error", id, { level: "error", code: `NetConnection.${code}`, description }],
];

Deno.test("a call with an id is answered by it: with results, with none, or with the error", () => {
  const { say, texts } = connected({
    onCall({ name, args, reply }) {
      if (name === "no") throw new Refusal("Call.Failed", "not you");
      if (name === "sum") {
        const [a, b] = readValues(args) as number[];
        writeValues(reply(), a! + b!);
      }
      if (name === "two") writeValues(reply(), "x", { y: 1 });
    },
  });
  say(["__call", 1, "sum", 2, 3]);
  say(["__call", "second", "two"]);
  say(["__call", 2.5, "nothing", 1]);
  say(["__call", 1, "no"]);
  deepEqual(texts, [
    ["__result", 1, 5],
    ["__result", "second", "x", { y: 1 }],
    ["__result", 2.5],
    failed(1, "Call.Failed", "not you"),
  ]);
});

Deno.test("a call without a usable id or name is an error, with the id where there is one", () => {
  const { say, raw, texts } = connected({});
  say(["__call"]);
  say(["__call", { a: 1 }, "f"]);
  say(["__call", "x".repeat(257), "f"]);
  raw('["__call",1e999,"f"]');
  raw('["__call",-1e999,"f"]');
  say(["__call", 7]);
  say(["__call", 8, 9]);
  const event = (description: string) => [
    ...["onStatus", { level: "error", code: "NetConnection.Call.BadVersion", description }],
  ];
  const noId = event("the id of a call is a finite number, or a text of up to 256 characters");
  deepEqual(texts, [
    ...[noId, noId, noId, noId, noId],
    failed(7, "Call.BadVersion", "a call without the name of a method"),
    failed(8, "Call.BadVersion", "a call without the name of a method"),
  ]);
});

Deno.test("calls without id are as they were, and all of a client are worked off in order", async () => {
  const decision = Promise.withResolvers<void>();
  const { say, texts } = connected({
    onCall({ name, reply }) {
      if (name === "quiet") return;
      writeValues(reply(), name);
      return name === "slow" ? decision.promise : undefined;
    },
  });
  say(["quiet"]);
  say(["__call", 1, "slow"]);
  say(["fast"]);
  say(["__call", 2, "fast"]);
  deepEqual(texts, []);
  decision.resolve();
  await settled();
  deepEqual(texts, [["__result", 1, "slow"], ["fast"], ["__result", 2, "fast"]]);
});

Deno.test("a call of the server is answered by its id, though the client's calls wait for that", async () => {
  const ended: unknown[] = [];
  const { say, texts } = connected({
    onCall({ client, name }) {
      if (name !== "outer") return;
      const send = client.call?.("inner", new ValueReader([1, "b"]));
      return new Promise((resolve) => {
        send?.({
          result: (values) => (ended.push(...readValues(values)), resolve()),
          failed: (reason) => (ended.push(reason), resolve()),
        });
      });
    },
  });
  say(["__call", "o", "outer"]);
  say(["after"]);
  deepEqual(texts.splice(0), [["__call", 1, "inner", 1, "b"]]);
  say(["__result", 2, "unknown"]);
  say(["__result", 1, "yes", 5]);
  await settled();
  deepEqual([texts.splice(0), ended.splice(0)], [[["__result", "o"]], ["yes", 5]]);
  const reasons = [["because", "because"], [{ description: "no" }, "no"], [
    null,
    "the client failed",
  ]];
  for (const [reason, text] of reasons) {
    say(["outer"]);
    const [[, id]] = texts.splice(0) as [[string, number]];
    say(["__error", id, reason]);
    say(["__error", id, "twice"]);
    await settled();
    deepEqual(ended.splice(0), [text]);
  }
});

Deno.test("a socket that closes fails the server's calls", async () => {
  const { client, session } = connected({});
  const ended: unknown[] = [];
  client.call?.("f", new ValueReader([]))({
    result: () => ended.push("result"),
    failed: (reason) => ended.push(reason),
  });
  session.onClosed(undefined);
  equal(ended.length, 0);
  await settled();
  deepEqual(ended, ["the client is gone"]);
});

Deno.test("a ping comes back with its values, behind the answers to what came before", () => {
  const { say, raw, texts } = connected({
    onCall({ reply }) {
      writeValues(reply(), 5);
    },
  });
  say(["__call", 1, "f"]);
  say(["__ping", "a", { b: [1] }]);
  raw('["__ping"]');
  deepEqual(texts, [["__result", 1, 5], ["__pong", "a", { b: [1] }], ["__pong"]]);
});
