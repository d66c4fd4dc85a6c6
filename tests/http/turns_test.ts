import assert from "node:assert/strict";
import { systemClock } from "../../src/base/mod.ts";
import { Hub, openHandler } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import { HttpListener } from "../../src/protocols/http/mod.ts";
import { httpResources } from "../../src/server/http_resources.ts";
import { HTTP_SETTINGS } from "../support/web_settings.ts";

/** A server whose application notes the calls of its clients, and a connection to it. */
async function connected(onCall: (name: string) => void) {
  const hub = new Hub({ clock: systemClock });
  hub.handler = { ...openHandler, onCall: ({ name }) => onCall(name) };
  const scheduler = new WriteScheduler(systemClock);
  const common = { hub, clock: systemClock, log: silentLog, settings: HTTP_SETTINGS };
  const listener = new HttpListener({
    ...common,
    scheduler,
    hostname: "127.0.0.1",
    port: 0,
    resources: httpResources({ ...common, turns: scheduler.turns, www: import.meta.dirname! }),
  });
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: listener.port });
  const send = async (...bodies: string[]) => {
    const requests = bodies.map((body) =>
      "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n" +
      `content-length: ${body.length}\r\n\r\n${body}`
    );
    await conn.write(new TextEncoder().encode(requests.join("")));
  };
  const answers = async (count: number) => {
    const buffer = new Uint8Array(65_536);
    let text = "";
    while (text.split("HTTP/1.1 200").length <= count) {
      const size = await conn.read(buffer);
      if (size === null) break;
      text += new TextDecoder().decode(buffer.subarray(0, size));
    }
    return text.split("HTTP/1.1 200").length - 1;
  };
  const sayLast = () => conn.closeWrite();
  const end = async () => {
    conn.close();
    await listener.close();
    scheduler.close();
  };
  return { hub, send, sayLast, answers, end };
}

Deno.test("requests behind one another that take long are answered in order, in turns", async () => {
  const called: string[] = [];
  const { send, answers, end } = await connected((name) => {
    called.push(name);
    for (const until = performance.now() + 3; performance.now() < until;);
  });
  const names = Array.from({ length: 12 }, (_, count) => `call${count}`);
  await send(...names.map((name) => `["${name}"]`));
  assert.equal(await answers(12), 12);
  assert.deepEqual(called, names);
  await end();
});

Deno.test("requests of a held client wait until it is released", async () => {
  const called: string[] = [];
  const { hub, send, answers, end } = await connected((name) => {
    called.push(name);
    const [client] = hub.clients.values();
    if (name === "first") client?.input?.hold();
  });
  await send('["first"]', '["second"]', '["third"]');
  assert.equal(await answers(1), 1);
  assert.deepEqual(called, ["first"]);
  const [client] = hub.clients.values();
  client?.input?.release();
  assert.equal(await answers(2), 2);
  assert.deepEqual(called, ["first", "second", "third"]);
  await end();
});

Deno.test("requests that wait are answered although their client has said its last", async () => {
  const called: string[] = [];
  const { hub, send, sayLast, answers, end } = await connected((name) => {
    called.push(name);
    const [client] = hub.clients.values();
    if (name === "first") client?.input?.hold();
    for (const until = performance.now() + 5; performance.now() < until;);
  });
  const names = ["first", ...Array.from({ length: 6 }, (_, count) => `call${count}`)];
  await send(...names.map((name) => `["${name}"]`));
  await sayLast();
  assert.equal(await answers(1), 1);
  const [client] = hub.clients.values();
  client?.input?.release();
  assert.equal(await answers(6), 6);
  assert.deepEqual(called, names);
  await end();
});
