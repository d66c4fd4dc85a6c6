import { deepEqual, equal, match, ok } from "node:assert/strict";
import { ByteWriter, encodeText, hex } from "../../src/bytes/mod.ts";
import { type Hub, Refusal } from "../../src/hub/mod.ts";
import { flvEncoder, MediaMessage, writeFlvHeader } from "../../src/media/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import type { FakeClock } from "../support/fake_clock.ts";
import { AAC, AAC_CONFIG, AVC_CONFIG, INTER, KEY, publisher } from "./streams.ts";
import { until, withServer } from "./support.ts";

function flv(
  audio: boolean,
  video: boolean,
  ...messages: [MediaMessage["kind"], number, Uint8Array][]
) {
  const out = new ByteWriter();
  writeFlvHeader(out, audio, video);
  for (const [kind, time, payload] of messages) {
    flvEncoder.encode(new MediaMessage(kind, "frame", time, payload), out);
  }
  return hex(out.take());
}

for (const does of ["its connection is closed", "its address is banned"] as const) {
  Deno.test(`a live stream ends when ${does}, also for a player that does not read`, async () => {
    await withServer({}, async ({ connect, hub, clock }) => {
      const publication = publisher(hub);
      const [reader, hung] = [await connect(), await connect()];
      for (const client of [reader, hung]) {
        equal((await client.ask("GET", "/live/test.flv")).status, 200);
      }
      await until(() => publication.listeners.size === 2);
      const frame = new Uint8Array(1_000_000);
      frame.set(KEY);
      // More than what the system takes for a peer that does not read.
      for (let time = 0; time < 6; time++) publication.video(time, frame);
      publication.flush();
      if (does === "its address is banned") hub.bans.ban("127.0.0.1");
      else for (const { client } of [...publication.listeners.values()]) client.writer.close();
      await until(() => publication.listeners.size === 0);
      await until(() => publication.listeners.size === 0);
      for (let second = 0; second < 10; second++) clock.advance(1_000);
      await until(() => [...hub.clients.values()].every(({ protocol }) => protocol !== "HTTP"));
    });
  });
}

Deno.test("a connection that waits for a request ends when its client is closed", async () => {
  await withServer({}, async ({ connect, hub }) => {
    const client = await connect();
    await client.ask("GET", "/");
    const found = [...hub.clients.values()].find(({ protocol }) => protocol === "HTTP");
    ok(found);
    found.writer.close();
    await until(() => !hub.clients.has(found.id));
  });
});

Deno.test("a live stream is FLV that begins with codec headers and a key frame", async () => {
  await withServer({}, async ({ connect, hub }) => {
    const publication = publisher(hub);
    publication.video(0, AVC_CONFIG);
    publication.audio(0, AAC_CONFIG);
    publication.flush();
    const client = await connect();
    const response = await client.ask("GET", "/live/test.flv");
    equal(response.status, 200);
    equal(response.headers.get("content-type"), "video/x-flv");
    equal(response.headers.get("access-control-allow-origin"), "*");
    equal(response.headers.get("cache-control"), "no-store");
    await until(() => publication.listeners.size === 1);
    publication.video(40, INTER);
    publication.audio(50, AAC);
    publication.video(80, KEY);
    publication.video(120, INTER);
    publication.flush();
    const expected = flv(
      true,
      true,
      ["video", 0, AVC_CONFIG],
      ["audio", 0, AAC_CONFIG],
      ["audio", 50, AAC],
      ["video", 80, KEY],
      ["video", 120, INTER],
    );
    equal(hex(await client.bytes(expected.length / 2)), expected);
  });
});

Deno.test("frames of a live stream wait for each other until the merge window is over", async () => {
  const more = (_hub: Hub, clock: FakeClock) => ({ scheduler: new WriteScheduler(clock, 350) });
  await withServer({ more }, async ({ connect, hub, clock }) => {
    const publication = publisher(hub);
    const client = await connect();
    equal((await client.ask("GET", "/live/test.flv")).status, 200);
    await until(() => publication.listeners.size === 1);
    const send = (kind: "audio" | "video", time: number, payload: Uint8Array) => {
      publication[kind](time, payload);
      publication.flush();
    };
    // What it begins with waits for no window.
    clock.advance(350);
    send("video", 0, KEY);
    const expected = flv(true, true, ["video", 0, KEY], ["audio", 10, AAC], ["video", 40, INTER]);
    let isThere = false;
    const read = client.bytes(expected.length / 2).then((bytes) => {
      isThere = true;
      return bytes;
    });
    clock.advance(10);
    send("audio", 10, AAC);
    clock.advance(30);
    send("video", 40, INTER);
    // Another connection is answered meanwhile: the event loop has turned.
    equal((await (await connect()).ask("GET", "/nothing")).status, 404);
    clock.advance(309);
    equal((await (await connect()).ask("GET", "/nothing")).status, 404);
    equal(isThere, false);
    clock.advance(1);
    equal(hex(await read), expected);
  });
});

Deno.test("with start=0 a player's stream begins at 0, beside others of the same publication", async () => {
  await withServer({}, async ({ connect, hub }) => {
    const publication = publisher(hub);
    publication.video(0, AVC_CONFIG);
    const [absolute, zero] = [await connect(), await connect()];
    await absolute.ask("GET", "/test.flv?start=1");
    await zero.ask("GET", "/test.flv?start=0");
    await until(() => publication.listeners.size === 2);
    publication.video(3_600_000, KEY);
    publication.video(3_600_040, INTER);
    publication.flush();
    for (const [client, start] of [[absolute, 3_600_000], [zero, 0]] as const) {
      const expected = flv(
        false,
        true,
        ["video", 0, AVC_CONFIG],
        ["video", start, KEY],
        ["video", start + 40, INTER],
      );
      equal(hex(await client.bytes(expected.length / 2)), expected);
    }
  });
});

Deno.test("the header promises only the media that the stream has", async () => {
  const cases: [number, Uint8Array, string][] = [[8, AAC_CONFIG, "04"], [9, AVC_CONFIG, "01"]];
  for (const [kind, config, flags] of cases) {
    await withServer({}, async ({ connect, hub }) => {
      const publication = publisher(hub);
      if (kind === 8) publication.audio(0, config);
      else publication.video(0, config);
      publication.flush();
      const client = await connect();
      await client.ask("GET", "/test.flv");
      equal(hex(await client.bytes(9)).slice(8, 10), flags);
    });
  }
});

Deno.test("a transport stream without a codec that it carries is refused, FLV is not", async () => {
  const header = (codec: string) => Uint8Array.of(0x90, ...encodeText(codec), 1, 2);
  const cases = [
    { video: header("vp09"), audio: header("Opus"), path: "/test.ts", status: 404 },
    { video: header("vp09"), audio: header("Opus"), path: "/test.flv", status: 200 },
    { video: header("vp09"), path: "/test.ts", status: 404 },
    { audio: header("Opus"), path: "/test.ts", status: 404 },
    { video: header("vp09"), audio: AAC_CONFIG, path: "/test.ts", status: 200 },
    { video: AVC_CONFIG, audio: header("Opus"), path: "/test.ts", status: 200 },
    { path: "/test.ts", status: 200 },
  ];
  for (const { video, audio, path, status } of cases) {
    await withServer({}, async ({ connect, hub }) => {
      const publication = publisher(hub);
      if (video) publication.video(0, video);
      if (audio) publication.audio(0, audio);
      publication.flush();
      const client = await connect();
      const response = await client.ask("GET", path);
      equal(response.status, status);
      equal(publication.listeners.size, status === 200 ? 1 : 0);
      if (status === 200) return;
      match(response.text, /^test has no codec that video\/mp2t carries/);
    });
  }
});

Deno.test("a player may come before the publisher and stays when it leaves", async () => {
  let isSubscribed = false;
  const handler = { onSubscribe: () => void (isSubscribed = true) };
  await withServer({ handler }, async ({ connect, hub, clock }) => {
    const client = await connect();
    await client.send("GET /test.flv HTTP/1.1\r\nhost: x\r\n\r\n");
    await until(() => isSubscribed);
    const first = publisher(hub);
    first.video(0, KEY);
    hub.unpublish(first);
    clock.advance(20_000);
    const second = publisher(hub);
    second.video(0, KEY);
    second.flush();
    await client.response();
    equal((await client.bytes(13 + 21 * 2)).filter((byte) => byte === 0xaa).length, 2);
  });
});

Deno.test("a player that leaves is no listener any more, and its client disconnects", async () => {
  const events: string[] = [];
  const handler = {
    onUnsubscribe: () => void events.push("unsubscribe"),
    onDisconnection: () => void events.push("disconnection"),
  };
  await withServer({ handler }, async ({ connect, hub, clock, listener }) => {
    const publication = publisher(hub);
    for (const hasMedia of [true, false]) {
      const client = await connect();
      await client.ask("GET", "/test.flv");
      client.close();
      // Its end looks like that of its requests, until something is written or time is over.
      await until(() => {
        if (hasMedia) publication.audio(0, AAC);
        else clock.advance(1000);
        publication.flush();
        return listener.connections === 0;
      });
      deepEqual(events.splice(0), ["unsubscribe", "disconnection"]);
      equal(publication.listeners.size, 0);
    }
  });
});

Deno.test("a player that has closed its own side plays on as long as there is something", async () => {
  await withServer({}, async ({ connect, hub, clock, listener }) => {
    const publication = publisher(hub);
    const client = await connect();
    await client.send("GET /test.flv HTTP/1.1\r\nhost: x\r\n\r\n");
    await client.end();
    equal((await client.response()).status, 200);
    await client.bytes(0);
    for (let time = 0; time < 30_000; time += 3000) {
      publication.audio(time, AAC);
      publication.flush();
      await client.bytes(time === 0 ? 13 + 18 : 18);
      clock.advance(3000);
    }
    equal(listener.connections, 1);
    clock.advance(11_000);
    equal(await client.rest(), "");
  });
});

Deno.test("a player that does not read is cut by the listener's rules, others go on", async () => {
  await withServer({}, async ({ connect, hub, listener }) => {
    const publication = publisher(hub);
    const [slow, quick] = [await connect(), await connect()];
    await slow.send("GET /test.flv HTTP/1.1\r\nhost: x\r\n\r\n");
    await until(() => publication.listeners.size === 1);
    await quick.ask("GET", "/test.flv");
    await until(() => publication.listeners.size === 2);
    const frame = new Uint8Array(1_000_000);
    frame.set(KEY);
    let total = 13;
    for (let time = 0; publication.listeners.size === 2; time++) {
      ok(time < 40, "the slow one is cut");
      publication.video(time, frame);
      publication.flush();
      total += frame.length + 15;
      await quick.bytes(total);
      total = 0;
    }
    await until(() => listener.connections === 1);
    equal(publication.listeners.size, 1);
  });
});

Deno.test("a refused subscription is an HTTP error with the application's words", async () => {
  const handler = {
    onSubscribe: () => {
      throw new Refusal("Play.Failed", "Not authorized to play test");
    },
  };
  await withServer({ handler }, async ({ connect, hub }) => {
    const client = await connect();
    const response = await client.ask("GET", "/test.flv");
    equal(response.status, 403);
    equal(response.text, "Not authorized to play test\n");
    equal(hub.publication("test"), undefined);
    equal((await client.ask("GET", "/x.txt")).status, 404);
  });
});

Deno.test("a file goes before a live stream of its name, and HEAD does not subscribe", async () => {
  await withServer({ files: { "live/test.flv": "a file" } }, async ({ ask, hub }) => {
    const publication = publisher(hub);
    equal((await ask("GET", "/live/test.flv")).text, "a file");
    const head = await ask("HEAD", "/test.flv");
    equal(head.headers.get("content-type"), "video/x-flv");
    equal(publication.listeners.size, 0);
  });
});
