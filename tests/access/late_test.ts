import { deepEqual, equal, throws } from "node:assert/strict";
import { encodeText, ProtocolError } from "../../src/bytes/mod.ts";
import { Amf0Reader, JsonReader, JsonWriter, readValues } from "../../src/codecs/mod.ts";
import { openHandler } from "../../src/hub/mod.ts";
import { guarded } from "../../src/access/mod.ts";
import { settled } from "../support/decided.ts";
import { answered, Hooked, json, refusal } from "./hook_support.ts";

/** Values whose bytes are gone once the handler has returned, as a protocol's are. */
function passing(text: string) {
  const bytes = encodeText(text);
  const reader = new JsonReader(bytes);
  return { reader, over: () => bytes.fill(0x20) };
}

Deno.test("what came with a request is kept while the hook decides", async () => {
  const hooked = new Hooked("hookFor=connect files\nhookEvents=off");
  const seen: unknown[] = [];
  hooked.hub.handler = guarded({
    ...openHandler,
    onConnection: ({ args }) => void seen.push(readValues(args)),
    onCall: ({ name, args, reply }) => {
      seen.push([name, readValues(args)]);
      reply().number(1);
    },
    onRead: ({ file, parameters }) => {
      seen.push([file, readValues(parameters)]);
      return { kind: "file", file };
    },
  }, hooked.guard);
  const client = hooked.client({ protocol: "HTTP" });
  const connect = passing('[1,"two"]');
  const connected = hooked.hub.connect(client, connect.reader);
  connect.over();
  await connected;
  const answer = new JsonWriter();
  let depth = 0;
  const during = <T>(run: () => T) => {
    depth++;
    try {
      return run();
    } finally {
      depth--;
    }
  };
  const call = passing('[{"a":[1]}]');
  const reply = () => {
    equal(depth, 1, "it answers within its exchange");
    return answer;
  };
  const called = hooked.hub.questions.call({ client, name: "f", args: call.reader, reply, during });
  call.over();
  await called;
  const read = passing('[{"q":"1"}]');
  const reading = hooked.hub.questions.read({
    client,
    file: "a.txt",
    parameters: read.reader,
    during,
  });
  read.over();
  await reading;
  deepEqual(JSON.stringify(seen), '[[1,"two"],["f",[{"a":[1]}]],["a.txt",[{"q":"1"}]]]');
  deepEqual(
    hooked.bodies.map(({ action, file }) => [action, file]),
    [
      ["connect", undefined],
      ["connect", undefined],
      ["connect", undefined],
      ["files", "/live/a.txt"],
    ],
  );
});

Deno.test("a hook that refuses a connection, a call or a file keeps them from the application", async () => {
  const hooked = new Hooked("hookFor=connect\nhookEvents=off");
  hooked.answer = () => answered(403);
  const client = hooked.client({ protocol: "HTTP" });
  const nothing = { more: false, read: () => 0 };
  equal(
    await refusal(Promise.resolve(hooked.hub.connect(client, nothing))),
    "Connect.Rejected denied: it is not allowed to connect to /live",
  );
  hooked.answer = () => json({ user: "ann" });
  await hooked.hub.connect(client, nothing);
  equal(client.user, "ann");
  hooked.answer = () => answered(403);
  const question = { client, name: "f", args: nothing, reply: () => new JsonWriter() };
  const during = <T>(run: () => T) => run();
  equal(
    await refusal(Promise.resolve(hooked.hub.questions.call({ ...question, during }))),
    "Connect.Rejected denied: it is not allowed to connect to /live",
  );
  equal(client.user, "");
});

Deno.test("a request that cannot be read is refused at once, whatever the hook says later", async () => {
  const hooked = new Hooked("hookFor=connect\nhookEvents=off");
  hooked.answer = () => answered(403);
  const client = hooked.client({ protocol: "HTTP" });
  const broken = () => new Amf0Reader(Uint8Array.of(2, 0, 9, 0x61));
  throws(() => hooked.hub.connect(client, broken()), ProtocolError);
  const question = { client, name: "f", args: broken(), reply: () => new JsonWriter() };
  const during = <T>(run: () => T) => run();
  throws(() => hooked.hub.questions.call({ ...question, during }), ProtocolError);
  await settled();
  equal(hooked.requests.every(({ signal }) => signal?.aborted), true);
});
