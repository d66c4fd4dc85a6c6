import { deepEqual, equal, ok } from "node:assert/strict";
import { ByteWriter, fromHex } from "../../src/bytes/mod.ts";
import type { PublishQuestion } from "../../src/hub/mod.ts";
import { flvEncoder, MediaMessage, writeFlvHeader } from "../../src/media/mod.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { AAC, AVC_CONFIG, INTER, KEY, publisher } from "./streams.ts";
import { until, withServer } from "./support.ts";

Deno.test("an FLV stream by PUT or POST is a publication while it lasts", async () => {
  const events: string[] = [];
  const handler = {
    hasApplication: (path: string) => path === "" || path === "/live",
    onPublish: ({ publication: { name, parameters } }: PublishQuestion) =>
      void events.push(`publish ${name} ${[...parameters as Map<string, string>]}`),
    onUnpublish: (_: unknown, { name }: { name: string }) => void events.push(`unpublish ${name}`),
  };
  await withServer({ handler }, async ({ connect, hub }) => {
    for (const [method, path] of [["PUT", "/live/test.flv?key=a"], ["POST", "/live/test"]]) {
      events.length = 0;
      const bytes = new ByteWriter();
      writeFlvHeader(bytes, true, true);
      flvEncoder.encode(new MediaMessage("video", "frame", 5, KEY), bytes);
      const client = await connect();
      await client.send(
        `${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: video/x-flv\r\n` +
          "transfer-encoding: chunked\r\n\r\n",
      );
      const chunk = bytes.take();
      await client.send(`${chunk.length.toString(16)}\r\n`, chunk, "\r\n");
      await until(() => (hub.publication("test")?.lastKey ?? -1) >= 0);
      await client.send("0\r\n\r\n");
      equal((await client.response()).status, 204);
      const key = method === "PUT" ? "key,a" : "";
      deepEqual(events, [`publish test ${key}`, "unpublish test"]);
    }
  });
});

Deno.test("an FLV stream that is not as it should be is published as far as it can be read", async () => {
  const log = new CaptureLog();
  await withServer({ more: () => ({ log }) }, async ({ connect, hub }) => {
    const bytes = new ByteWriter();
    writeFlvHeader(bytes, true, true);
    const tag = (kind: "audio" | "video", time: number, payload: Uint8Array) =>
      flvEncoder.encode(new MediaMessage(kind, "frame", time, payload), bytes);
    tag("video", 0, AVC_CONFIG);
    tag("video", 0, KEY);
    // Twice FFmpeg's time code, and a tag of an unknown type.
    for (const text of ["12000004", "12000004", "0a000004"]) {
      bytes.bytes(fromHex(`${text}00000000000000 00015f90 0000000f`.replaceAll(" ", ""))!);
    }
    tag("audio", 20, AAC);
    tag("video", 40, INTER);
    const client = await connect();
    await client.send("PUT /test.flv HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    await until(() => hub.publication("test") !== undefined);
    const publication = hub.publication("test")!;
    // The size behind the last tag is cut.
    const body = bytes.take().slice(0, -3);
    await client.send(`${body.length.toString(16)}\r\n`, body, "\r\n");
    await until(() => publication.lastTime === 40);
    await client.send("0\r\n\r\n");
    equal((await client.response()).status, 204);
  });
  deepEqual(log.at("WARN").map((line) => line.replace(/^WARN \S+ /, "")), [
    "skipped a script tag that begins with no name",
    "skipped a tag of type 10",
  ]);
});

Deno.test("a publication by PUT that is no FLV, breaks off or is refused ends with an error", async () => {
  await withServer({}, async ({ ask, hub }) => {
    const flv = { "content-type": "video/x-flv" };
    const wrong = await ask("PUT", "/test.flv", flv, "this is no FLV stream at all");
    equal(wrong.status, 400);
    equal(wrong.text, "this is no FLV stream (at byte 0)\n");
    equal((await ask("PUT", "/test.flv", flv, "FLV\x01\x05\0\0\0\x09\0\0\0\0\x08\0")).status, 400);
    equal(hub.publication("test"), undefined);
    publisher(hub);
    const taken = await ask("PUT", "/test.flv", flv, "FLV");
    equal(taken.status, 403);
    equal(taken.text, "test is already publishing\n");
  });
});

Deno.test("a publisher that falls silent frees its name after a minute", async () => {
  await withServer({}, async ({ connect, hub, clock }) => {
    const client = await connect();
    await client.send("PUT /test.flv HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nFLV");
    await until(() => hub.publication("test") !== undefined);
    clock.advance(50_000);
    ok(hub.publication("test"));
    clock.advance(11_000);
    await until(() => hub.publication("test") === undefined);
  });
});
