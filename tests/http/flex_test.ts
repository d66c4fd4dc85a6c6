import { deepEqual, equal, match } from "node:assert/strict";
import { ByteWriter, encodeText } from "../../src/bytes/mod.ts";
import {
  Amf0Writer,
  className,
  readValues,
  type Value,
  type ValueObject,
  ValueReader,
  writeValues,
} from "../../src/codecs/mod.ts";
import { type Handler, Refusal } from "../../src/hub/mod.ts";
import { readEnvelope } from "../../src/protocols/http/envelope.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { withServer } from "./support.ts";

const handler: Partial<Handler> = {
  hasApplication: (path) => path === "/app",
  onCall({ client, name, args, reply }) {
    switch (name) {
      case "echo":
        return void args.read(reply());
      case "count":
        return writeValues(reply(), readValues(args).length);
      case "status":
        return client.writer.writeStatus("Call.Custom", "no");
      case "denied":
        throw new Refusal("Call.Failed", "not you");
      case "failed":
        throw new Refusal("Call.Failed", "main.lua:3: text", { reason: "failed" });
      case "ours":
        throw new TypeError("an error of ours");
      case "large": {
        // A name that AMF0 has no room for.
        const writer = reply();
        const name = new Uint8Array(70_000).fill(0x61);
        writer.beginMixed(0);
        writer.property(name, 0, name.length);
        writer.null();
        writer.endNamed();
        return writer.endArray();
      }
      default:
        throw new Refusal("Call.Failed", `no ${name}`, { reason: "missing" });
    }
  },
};

/** A packet of object encoding 3 with these calls, as mx.messaging posts them. */
function packet(calls: readonly [target: string, args: Value][], version = 3): Uint8Array {
  const out = new ByteWriter();
  const text = (value: string) => out.u16(encodeText(value).length).bytes(encodeText(value));
  out.u16(version).u16(0).u16(calls.length);
  calls.forEach(([target, args], index) => {
    text(target);
    text(`/${index + 1}`);
    const body = new ByteWriter();
    new ValueReader([args]).read(new Amf0Writer(body, version === 3 ? "preferred" : "never"));
    out.u32(body.length).bytes(body.take());
  });
  return out.take();
}

/** Target and value of each answer. */
function answers(bytes: Uint8Array): [string, Value][] {
  const { messages } = readEnvelope(bytes);
  const text = new TextDecoder().decode(bytes);
  const targets = [...text.matchAll(/\/\d+\/on(?:Result|Status)/g)].map(([found]) => found);
  return messages.map((
    { args },
    index,
  ) => [targets[index] ?? "", args.length > 1 ? [...args] : args[0]]);
}

/** A message of mx.messaging, as RemoteObject makes them. */
function flex(kind: string, more: ValueObject): ValueObject {
  return {
    [className]: `flex.messaging.messages.${kind}`,
    messageId: "4D4B2A0A-0000-0000-0000-000000000001",
    clientId: null,
    destination: "service",
    headers: { DSEndpoint: "my-amf", DSId: "nil" },
    timestamp: 0,
    timeToLive: 0,
    ...more,
  };
}

const call = (operation: string, ...body: Value[]) =>
  flex("RemotingMessage", { operation, source: null, body });

const headers = { "content-type": "application/x-amf" };
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

Deno.test("a RemotingMessage calls its operation, and is acknowledged with the result", async () => {
  await withServer({ handler }, async ({ ask, clock }) => {
    const { status, bytes } = await ask(
      "POST",
      "/app",
      headers,
      packet([["null", [call("echo", { a: [1, null] })]]]),
    );
    equal(status, 200);
    const [[target, value] = []] = answers(bytes);
    equal(target, "/1/onResult");
    const message = value as ValueObject;
    equal(message[className], "flex.messaging.messages.AcknowledgeMessage");
    const { clientId, messageId, ...rest } = message;
    match(String(clientId), UUID);
    match(String(messageId), UUID);
    const plain = JSON.parse(JSON.stringify(rest));
    deepEqual(plain, {
      correlationId: "4D4B2A0A-0000-0000-0000-000000000001",
      destination: "service",
      headers: {},
      timestamp: clock.epoch(),
      timeToLive: 0,
      body: { a: [1, null] },
    });
  });
});

Deno.test("a client that has an id keeps it, and bodies that are no array are arguments too", async () => {
  await withServer({ handler }, async ({ ask }) => {
    const bodies: [Value, number][] = [["one", 1], [null, 0], [undefined, 0], [[], 0], [[1, 2], 2]];
    const calls = bodies.map(([body]): [string, Value] => [
      "null",
      [flex("RemotingMessage", { operation: "count", body, clientId: "mine" })],
    ]);
    const { bytes } = await ask("POST", "/app", headers, packet(calls));
    answers(bytes).forEach(([target, value], index) => {
      equal(target, `/${index + 1}/onResult`);
      const { body, clientId } = value as ValueObject;
      equal(clientId, "mine");
      deepEqual(body, bodies[index]![1]);
    });
  });
});

Deno.test("a client ping and a disconnect are acknowledged, and call nothing", async () => {
  const onCall = () => {
    throw new Error("not to be called");
  };
  await withServer({ handler: { ...handler, onCall } }, async ({ ask }) => {
    const ping = (operation: number) => [flex("CommandMessage", { operation, body: {} })];
    const body = packet([["null", ping(5)], ["null", ping(12)]]);
    for (const [, value] of answers((await ask("POST", "/app", headers, body)).bytes)) {
      const message = value as ValueObject;
      equal(message[className], "flex.messaging.messages.AcknowledgeMessage");
      deepEqual(message["body"], null);
    }
  });
});

const faults: [ValueObject, string, string, string][] = [
  [call("gone"), "Server.ResourceUnavailable", "no gone", "NetConnection.Call.Failed"],
  [call("denied"), "Client.Authorization", "not you", "NetConnection.Call.Failed"],
  [call("failed"), "Server.Processing", "main.lua:3: text", "NetConnection.Call.Failed"],
  [call("status"), "Server.Processing", "no", "NetConnection.Call.Custom"],
  [call("ours"), "Server.Processing", "Internal server error", "NetConnection.Call.Failed"],
  [
    flex("CommandMessage", { operation: 8, body: "secret" }),
    "Server.ResourceUnavailable",
    "operation 8 of CommandMessage is not understood",
    "NetConnection.Call.Failed",
  ],
  [
    flex("AsyncMessage", { operation: "echo", body: 1 }),
    "Server.ResourceUnavailable",
    "AsyncMessage is not understood",
    "NetConnection.Call.Failed",
  ],
];
for (const [message, faultCode, faultString, faultDetail] of faults) {
  Deno.test(`a Flex message that fails with "${faultString}" is answered by an ErrorMessage`, async () => {
    await withServer({ handler }, async ({ ask }) => {
      const { bytes } = await ask("POST", "/app", headers, packet([["null", [message]]]));
      const [[target, value] = []] = answers(bytes);
      equal(target, "/1/onStatus");
      const answer = value as ValueObject;
      equal(answer[className], "flex.messaging.messages.ErrorMessage");
      equal(answer["correlationId"], message["messageId"]);
      deepEqual([answer["faultCode"], answer["faultString"], answer["faultDetail"]], [
        faultCode,
        faultString,
        faultDetail,
      ]);
    });
  });
}

Deno.test("one call that fails, in whatever way, leaves the others of its packet alone", async () => {
  const log = new CaptureLog();
  await withServer({ handler, more: () => ({ log }) }, async ({ ask }) => {
    const body = packet([
      ["app/echo", ["a"]],
      ["app/ours", []],
      ["app/large", []],
      ["app/gone", []],
      ["app/status", []],
      ["app/echo", ["b"]],
    ], 0);
    const { status, bytes } = await ask("POST", "/app", headers, body);
    equal(status, 200);
    const texts = answers(bytes).map(([target, value]) => {
      const text = typeof value === "string" ? value : (value as ValueObject)["description"];
      return `${target} ${text}`;
    });
    deepEqual(texts, [
      "/1/onResult a",
      "/2/onStatus Internal server error",
      "/3/onStatus a name of 70000 bytes, 65535 at most",
      "/4/onStatus no gone",
      "/5/onStatus no",
      "/6/onResult b",
    ]);
    equal(log.at("ERROR").filter((line) => line.includes("an error of ours")).length, 1);
  });
});

Deno.test("a typed object of another class is an argument like any other", async () => {
  await withServer({ handler }, async ({ ask }) => {
    const other: ValueObject = { [className]: "com.example.Thing", a: 1 };
    const body = packet([["app/echo", [other]], ["app/echo", [call("echo", 1), 2]]]);
    const [first, second] = answers((await ask("POST", "/app", headers, body)).bytes);
    equal((first?.[1] as ValueObject)[className], "com.example.Thing");
    equal((second?.[1] as Value[]).length, 2);
  });
});
