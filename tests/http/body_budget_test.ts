import { deepEqual, equal } from "node:assert/strict";
import { gzipSync } from "node:zlib";
import type { Handler, InputBudget } from "../../src/hub/mod.ts";
import { HTTP_SETTINGS } from "../support/web_settings.ts";
import { type RawClient, type Rig, until, withServer } from "./support.ts";

const AMF = { "content-type": "application/x-amf" };

/** A server whose bodies have at most 1,000 bytes, 2,500 of them at a time; `told` is what was told. */
async function withBudget(
  run: (rig: Rig, bodies: InputBudget, told: string[]) => Promise<void>,
  handler: Partial<Handler> = {},
): Promise<void> {
  const settings = { maxBody: 1_000, maxText: HTTP_SETTINGS.maxText };
  const inputs = { address: 2_500, all: 2_500, uncounted: 0 };
  await withServer({ handler, settings, inputs }, async (rig) => {
    const told: string[] = [];
    rig.hub.observers.add({ onOverInput: (text, host) => void told.push(`${host}: ${text}`) });
    await run(rig, rig.hub.inputs, told);
  });
}

/** Begins a POST of so many bytes, of which so many come. */
async function begin(client: RawClient, length: number, sent: number): Promise<void> {
  await client.send(
    `POST /app HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-amf\r\ncontent-length: ${length}\r\n\r\n`,
    new Uint8Array(sent),
  );
}

Deno.test("bodies that wait for their end are held up to the budget of their address", async () => {
  await withBudget(async ({ connect }, bodies, told) => {
    const clients = [await connect(), await connect(), await connect()];
    await begin(clients[0]!, 1_000, 900);
    await begin(clients[1]!, 1_000, 900);
    await until(() => bodies.bytes === 1_800);
    // Its length alone says that it is too much.
    await begin(clients[2]!, 1_000, 0);
    const refused = await clients[2]!.response();
    equal(refused.status, 503);
    equal(refused.headers.get("retry-after"), "1");
    equal(refused.text, "Too many request bodies from this address at this time\n");
    // One whose length is not known is refused when it is there.
    const chunked = await connect();
    await chunked.send(
      "POST /app HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n",
      "2bd\r\n",
      new Uint8Array(701),
    );
    equal((await chunked.response()).status, 503);
    equal(bodies.bytes, 1_800);
    deepEqual(told, [
      "127.0.0.1: unfinished input refused: more than 2500 bytes of one address, [limits] addressInput",
    ]);
    // What is answered, and what breaks off, is given back.
    await clients[0]!.send(new Uint8Array(100));
    await clients[0]!.response();
    equal(bodies.bytes, 900);
    clients[1]!.close();
    await until(() => bodies.bytes === 0);
    equal(bodies.hosts, 0);
    const { status } = await (await connect()).ask("POST", "/app", AMF, new Uint8Array(1_000));
    equal(status === 503, false);
    equal(bodies.bytes, 0);
  });
});

Deno.test("a body that is too slow, too long or of a broken request is given back", async () => {
  await withBudget(async ({ connect, clock }, bodies) => {
    const slow = await connect();
    await begin(slow, 1_000, 500);
    await until(() => bodies.bytes === 500);
    for (let second = 0; second < 9; second++) clock.advance(1_000);
    equal((await slow.response()).status, 408);
    equal(bodies.bytes, 0);
    const chunked = "POST /app HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    for (
      const [rest, status] of [["300\r\n" + "x".repeat(768) + "\r\n300\r\n", 413], ["zz\r\n", 400]]
    ) {
      const client = await connect();
      await client.send(chunked, "10\r\n0123456789abcdef\r\n", String(rest), "y".repeat(768));
      equal((await client.response()).status, status);
      equal(bodies.bytes, 0);
    }
  });
});

Deno.test("a body counts with what it inflates to, until it is answered", async () => {
  await withBudget(async ({ connect, ask }, bodies) => {
    const client = await connect();
    await begin(client, 1_000, 1_000 - 1);
    const other = await connect();
    await begin(other, 1_000, 1_000 - 1);
    await until(() => bodies.bytes === 1_998);
    const body = gzipSync(new Uint8Array(1_000));
    equal((await ask("POST", "/app", { ...AMF, "content-encoding": "gzip" }, body)).status, 503);
    equal(bodies.bytes, 1_998);
    client.close();
    await until(() => bodies.bytes === 999);
    const answer = await ask("POST", "/app", { ...AMF, "content-encoding": "gzip" }, body);
    equal(answer.status === 503, false);
    equal(bodies.bytes, 999);
  });
});

Deno.test("the body of an upload is held until it is stored", async () => {
  await withBudget(async ({ ask, write }, bodies) => {
    await write("app/x", "");
    equal((await ask("PUT", "/app/a.bin", {}, new Uint8Array(1_000))).status, 201);
    equal(bodies.bytes, 0);
  }, { onWrite: () => true });
});
