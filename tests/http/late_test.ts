import { deepEqual, equal } from "node:assert/strict";
import { writeValues } from "../../src/codecs/mod.ts";
import { type CallQuestion, type Question, Refusal } from "../../src/hub/mod.ts";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { writeFlvHeader } from "../../src/media/mod.ts";
import { until, withServer } from "./support.ts";

const JSON_TYPE = { "content-type": "application/json" };

/** The head of an FLV stream, and one video tag. */
function flv(): Uint8Array {
  const out = new ByteWriter(64);
  writeFlvHeader(out, true, true);
  const body = [0x17, 1, 0, 0, 0, 1];
  out.bytes(Uint8Array.of(9, 0, 0, body.length, 0, 0, 40, 0, 0, 0, 0, ...body, 0, 0, 0, 17));
  return out.take();
}

const pipelined = (name: string) => {
  const body = `["${name}"]`;
  return "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" +
    `content-length: ${body.length}\r\n\r\n${body}`;
};

Deno.test("pipelined calls are answered in order, though the first one takes its time", async () => {
  const decision = Promise.withResolvers<void>();
  const asked: CallQuestion[] = [];
  const handler = {
    onCall(question: CallQuestion) {
      asked.push(question);
      writeValues(question.reply(), question.name);
      return question.name === "slow" ? decision.promise : undefined;
    },
  };
  await withServer({ handler }, async ({ connect }) => {
    const client = await connect();
    await client.send(pipelined("slow") + pipelined("fast"));
    await until(() => asked.length === 1);
    decision.resolve();
    deepEqual([(await client.response()).text, (await client.response()).text], [
      '["slow"]',
      '["fast"]',
    ]);
  });
});

Deno.test("a client that is decided about later has its request answered then", async () => {
  const decision = Promise.withResolvers<{ index: string }>();
  const handler = { onConnection: () => decision.promise };
  const files = { "page.html": "page" };
  await withServer({ handler, files }, async ({ connect, hub }) => {
    const client = await connect();
    const response = client.ask("GET", "/");
    const second = (await connect()).ask("GET", "/page.html");
    equal(hub.clients.size, 0);
    decision.resolve({ index: "page.html" });
    deepEqual([(await response).text, (await second).text], ["page", "page"]);
  });
});

Deno.test("a client that is refused later is told so", async () => {
  const decision = Promise.withResolvers<void>();
  let isAsked = false;
  const onConnection = () => {
    isAsked = true;
    return decision.promise;
  };
  await withServer({ handler: { onConnection } }, async ({ connect }) => {
    const response = (await connect()).ask("GET", "/");
    await until(() => isAsked);
    decision.reject(new Refusal("Connect.Rejected", "not you"));
    const { status, text } = await response;
    deepEqual([status, text], [403, "not you\n"]);
  });
});

Deno.test("a server that stops while a client is decided about leaves none behind", async () => {
  const decision = Promise.withResolvers<void>();
  const events: string[] = [];
  let asked: Question | undefined;
  const handler = {
    onConnection: (question: Question) => {
      asked = question;
      question.onAbandoned = () => events.push("abandoned");
      return decision.promise;
    },
    onDisconnection: () => void events.push("gone"),
  };
  await withServer({ handler }, async ({ connect, hub, listener }) => {
    const client = await connect();
    await client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await until(() => asked !== undefined);
    await listener.close();
    decision.resolve();
    deepEqual([events, hub.clients.size], [["abandoned"], 0]);
  });
});

Deno.test("a publication by PUT waits for its decision, and has all of its body", async () => {
  const decision = Promise.withResolvers<void>();
  let isAsked = false;
  const times: number[] = [];
  const handler = {
    onPublish: () => {
      isAsked = true;
      return decision.promise;
    },
    onUnpublish: (_client: unknown, publication: { lastTime: number }) =>
      void times.push(publication.lastTime),
  };
  await withServer({ handler }, async ({ connect }) => {
    const response = (await connect()).ask("PUT", "/film.flv", {}, flv());
    await until(() => isAsked);
    decision.resolve();
    equal((await response).status, 204);
    deepEqual(times, [40]);
  });
});

Deno.test("a publication by PUT that is refused later is told so", async () => {
  const decision = Promise.withResolvers<void>();
  await withServer({ handler: { onPublish: () => decision.promise } }, async ({ connect, hub }) => {
    const client = await connect();
    await client.send("PUT /film.flv HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n");
    await client.send("content-length: 1000\r\n\r\n");
    await until(() => !hub.isFree("film"));
    decision.reject(new Refusal("Publish.Failed", "no key"));
    const { status, text } = await client.response();
    deepEqual([status, text], [403, "no key\n"]);
    equal(hub.isFree("film"), true);
  });
});

for (const isFile of [true, false]) {
  Deno.test(`a POST whose file is ${isFile ? "accepted" : "none"} later has its body`, async () => {
    const called: string[] = [];
    const handler = {
      onWrite: () => Promise.resolve(isFile),
      onCall: ({ name }: CallQuestion) => void called.push(name),
    };
    await withServer({ handler }, async ({ ask }) => {
      const { status } = await ask("POST", "/notes.txt", JSON_TYPE, '["method"]');
      deepEqual([status, called], isFile ? [201, []] : [200, ["method"]]);
    });
  });
}
