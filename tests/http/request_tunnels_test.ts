import assert from "node:assert/strict";
import { hex } from "../../src/bytes/mod.ts";
import type { ByteOutput, TunnelledFactory } from "../../src/net/mod.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { type RawClient, withServer } from "./support.ts";

/** A session that says each piece it hears again, and remembers what became of it. */
function echoing() {
  const sessions: { output: ByteOutput; events: string[] }[] = [];
  const rtmp: TunnelledFactory = (output, { address }) => {
    const events: string[] = [`open ${address.split(":")[0]}`];
    sessions.push({ output, events });
    return {
      receive: (bytes) => output.send(bytes.slice()),
      onDeadline: () => {},
      close: (reason) => void events.push(`close ${reason}`),
      shutdown: () => void events.push("shutdown"),
    };
  };
  return { sessions, more: () => ({ rtmp }) };
}

Deno.test("a session is opened, fed, asked and closed, over any connection", async () => {
  const { sessions, more } = echoing();
  await withServer({ more }, async ({ connect, ask }) => {
    const client = await connect();
    const opened = await client.ask(
      "POST",
      "/open/1",
      { "content-type": "application/x-fcs" },
      "\0",
    );
    assert.equal(opened.headers.get("content-type"), "application/x-fcs");
    assert.match(opened.text, /^[0-9a-f]{32}\n$/);
    const id = opened.text.trim();
    assert.equal(hex((await client.ask("POST", `/send/${id}/1`, {}, "ab")).bytes), "016162");
    assert.equal(hex((await ask("POST", `/send/${id}/2`, {}, "c")).bytes), "0163");
    assert.equal(hex((await client.ask("POST", `/idle/${id}/3`, {}, "\0")).bytes), "02");
    assert.equal(hex((await client.ask("POST", `/idle/${id}/4`, {}, "\0")).bytes), "04");
    sessions[0]!.output.send(Uint8Array.of(9));
    assert.equal(hex((await client.ask("POST", `/idle/${id}/5`, {}, "\0")).bytes), "0109");
    assert.equal(hex((await client.ask("POST", `/close/${id}/6`, {}, "\0")).bytes), "00");
    assert.deepEqual(sessions[0]!.events, ["open 127.0.0.1", "close undefined"]);
    assert.equal((await client.ask("POST", `/idle/${id}/7`, {}, "\0")).status, 404);
  });
});

Deno.test("requests that overtake each other are taken in the order of their numbers", async () => {
  const { sessions, more } = echoing();
  await withServer({ more }, async ({ connect }) => {
    const clients = [await connect(), await connect(), await connect()];
    const [first, second, third] = clients as [RawClient, RawClient, RawClient];
    const id = (await first.ask("POST", "/open/1", {}, "\0")).text.trim();
    const later = third.ask("POST", `/idle/${id}/3`, {}, "\0");
    const next = second.ask("POST", `/send/${id}/2`, {}, "two");
    assert.equal((await first.ask("POST", `/send/${id}/1`, {}, "one")).text, "\x01one");
    assert.equal((await next).text, "\x01two");
    assert.equal((await later).text, "\x02");
    assert.equal(sessions.length, 1);
  });
});

Deno.test("a request that comes again is answered again, and taken once", async () => {
  const { more } = echoing();
  await withServer({ more }, async ({ connect, ask }) => {
    const client = await connect();
    const id = (await client.ask("POST", "/open/1", {}, "\0")).text.trim();
    const ask1 = () => ask("POST", `/send/${id}/0`, {}, "one");
    assert.equal((await ask1()).text, "\x01one");
    assert.equal((await ask1()).text, "\x01one");
    assert.equal((await ask("POST", `/idle/${id}/1`, {}, "\0")).text, "\x02");
    // One that is held, on two connections.
    const held = [await connect(), await connect()].map((c) =>
      c.ask("POST", `/send/${id}/3`, {}, "three")
    );
    assert.equal((await client.ask("POST", `/send/${id}/2`, {}, "two")).text, "\x01two");
    for (const answer of held) assert.equal((await answer).text, "\x01three");
    assert.equal((await ask1()).status, 409);
    assert.equal((await ask("POST", `/idle/${id}/4`, {}, "\0")).text, "\x02");
  });
});

Deno.test("a number that never comes is not waited for for ever, nor with too much", async () => {
  const { more } = echoing();
  await withServer({ more }, async ({ connect, ask, clock }) => {
    const id = (await ask("POST", "/open/1", {}, "\0")).text.trim();
    await ask("POST", `/send/${id}/1`, {}, "one");
    const waiting = await Promise.all(Array.from({ length: 8 }, async (_, index) => {
      const client = await connect();
      await client.send(
        `POST /send/${id}/${index + 3} HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n${index}`,
      );
      return client;
    }));
    // All of those are read before a connection that is made later.
    const refused = await ask("POST", `/send/${id}/20`, {}, "x");
    assert.deepEqual([refused.status, refused.text], [503, "Request 2 is missing\n"]);
    clock.advance(4_000);
    for (const [index, client] of waiting.entries()) {
      assert.equal((await client.response()).text, `\x01${index}`);
    }
    const late = await ask("POST", `/send/${id}/2`, {}, "late");
    assert.equal(late.status, 409);
  });
});

Deno.test("a request that waits is told when its session ends", async () => {
  const { more } = echoing();
  await withServer({ more }, async ({ connect, ask, clock }) => {
    const id = (await ask("POST", "/open/1", {}, "\0")).text.trim();
    await ask("POST", `/send/${id}/1`, {}, "one");
    const client = await connect();
    const held = client.ask("POST", `/idle/${id}/9`, {}, "\0");
    const closed = ask("POST", `/close/${id}/2`, {}, "\0");
    assert.equal((await closed).text, "\0");
    clock.advance(4_000);
    assert.equal((await held).status, 404);
  });
});

Deno.test("the requests of a tunnel do not count for the connection", async () => {
  const { more } = echoing();
  await withServer({ more, settings: { maxRequests: 2 } }, async ({ connect }) => {
    const client = await connect();
    const opened = await client.ask("POST", "/open/1", {}, "\0");
    for (let number = 1; number < 6; number++) {
      const path = `/idle/${opened.text.trim()}/${number}`;
      const answer = await client.ask("POST", path, {}, "\0");
      assert.equal(answer.headers.get("connection"), undefined);
    }
    assert.equal((await client.ask("GET", "/")).headers.get("connection"), undefined);
    assert.equal((await client.ask("GET", "/")).headers.get("connection"), "close");
  });
});

Deno.test("media of a session come with the answers, and end with it", async () => {
  const { sessions, more } = echoing();
  await withServer({ more }, async ({ connect }) => {
    const client = await connect();
    const id = (await client.ask("POST", "/open/1", {}, "\0")).text.trim();
    const pieces = ["one", "two"].map((text) => new TextEncoder().encode(text));
    const source = {
      get more() {
        return pieces.length > 0;
      },
      takeBytes: () => pieces.shift(),
    };
    sessions[0]!.output.attach(source);
    assert.equal((await client.ask("POST", `/idle/${id}/1`, {}, "\0")).text, "\x01onetwo");
    sessions[0]!.output.send(Uint8Array.of(0x21));
    sessions[0]!.output.end();
    assert.equal((await client.ask("POST", `/idle/${id}/2`, {}, "\0")).text, "\x01!");
    assert.equal((await client.ask("POST", `/idle/${id}/3`, {}, "\0")).status, 404);
  });
});

Deno.test("a session whose client does not ask, or leaves its bytes, is closed", async () => {
  const { sessions, more } = echoing();
  await withServer({ more }, async ({ ask, clock }) => {
    await ask("POST", "/open/1", {}, "\0");
    await ask("POST", "/open/1", {}, "\0");
    sessions[1]!.output.send(new Uint8Array(8_000_001));
    assert.equal(sessions[1]!.events[1], "close the client does not ask for its bytes");
    clock.advance(29_000);
    assert.equal(sessions[0]!.events.length, 1);
    clock.advance(2_000);
    assert.equal(sessions[0]!.events[1], "close the client does not ask any more");
  });
});

Deno.test("other paths and strange sessions are no tunnel's", async () => {
  const { sessions, more } = echoing();
  await withServer({ more }, async ({ ask }) => {
    assert.equal((await ask("POST", "/fcs/ident2", {}, "\0")).status, 404);
    assert.equal((await ask("POST", `/send/${"0".repeat(32)}/1`, {}, "x")).status, 404);
    for (const path of ["/open/2", "/send/x/1", "/send", "/open/1/2"]) {
      assert.equal((await ask("POST", path, {}, "x")).text, "", path);
    }
    assert.deepEqual(sessions, []);
  });
});

Deno.test("an address has as many sessions as connections, those that ended not counted", async () => {
  const { sessions, more } = echoing();
  const log = new CaptureLog();
  await withServer({ more, log, settings: { maxConnections: 2 } }, async ({ connect, clock }) => {
    const client = await connect();
    const open = () => client.ask("POST", "/open/1", {}, "\0");
    const first = (await open()).text.trim();
    const second = (await open()).text.trim();
    const refused = await open();
    assert.deepEqual([refused.status, refused.text], [429, "Too many tunnels from this address\n"]);
    assert.equal(refused.headers.get("retry-after"), "10");
    assert.equal(sessions.length, 2);
    await client.ask("POST", `/close/${first}/1`, {}, "\0");
    assert.equal((await open()).status, 200);
    assert.equal((await open()).status, 429);
    sessions[1]!.output.end();
    await client.ask("POST", `/idle/${second}/1`, {}, "\0");
    assert.equal((await open()).status, 200);
    assert.equal((await open()).status, 429);
    // The sessions are left alone; the connection, which is asked something, is not.
    for (let second = 0; second < 31; second++) {
      clock.advance(1_000);
      await client.ask("GET", "/none");
    }
    assert.equal((await open()).status, 200);
    assert.equal(log.at("WARN").length, 3);
    assert.equal(
      log.at("WARN")[0],
      "WARN 127.0.0.1: RTMP through HTTP refused: more than 2 of one address, [HTTP] maxConnections",
    );
  });
});

Deno.test("an address that opens sessions too fast is told of once", async () => {
  const { more } = echoing();
  const log = new CaptureLog();
  await withServer({ more, log, settings: { maxConnections: 0 } }, async ({ connect }) => {
    const client = await connect();
    const open = () => client.ask("POST", "/open/1", {}, "\0");
    for (let count = 0; count < 1_000; count++) await open();
    assert.deepEqual([(await open()).status, (await open()).status], [429, 429]);
    assert.deepEqual(log.at("WARN"), [
      "WARN 127.0.0.1: RTMP through HTTP refused: more than 100 a second of one address, [limits] tunnels",
    ]);
  });
});
