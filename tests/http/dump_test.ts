import { deepEqual, equal, ok } from "node:assert/strict";
import { dumpsOf } from "../support/dumps.ts";
import { withServer } from "./support.ts";

const HEAD = "HTTP/1.1\r\nhost: localhost\r\n";
const SECRETS = { cookie: "a=CANARY", authorization: "Basic CANARY" };
const HIDDEN = "cookie: ********\r\nauthorization: ************\r\n";

Deno.test("requests of files and calls are dumped without keys, and the heads of responses", async () => {
  const dumps = await dumpsOf((log) =>
    withServer({
      log,
      files: { "a.txt": "BODY" },
      handler: { hasMethod: (_client, name) => name === "add" },
    }, async ({ ask }) => {
      equal((await ask("GET", "/a.txt?key=CANARY", SECRETS)).text, "BODY");
      await ask("GET", "/add?key=CANARY");
    })
  );
  equal(dumps[0], `head received: GET /a.txt?key=****** ${HEAD}${HIDDEN}\r\n`);
  ok(dumps[1]?.startsWith("head sent: HTTP/1.1 200 OK\r\n"), dumps[1]);
  ok(dumps[1]?.endsWith("\r\n\r\n"), dumps[1]);
  equal(dumps[2], `head received: GET /add?key=****** ${HEAD}\r\n`);
  equal(dumps.length, 4);
});

Deno.test("the body of a request is dumped, and a compressed one where it is understood", async () => {
  const json = { "content-type": "application/json" };
  const call = '["add","film?key=CANARY"]';
  const stream = new Blob([call]).stream().pipeThrough(new CompressionStream("gzip"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  const dumps = await dumpsOf((log) =>
    withServer({ log }, async ({ ask }) => {
      await ask("POST", "/", json, call);
      await ask("POST", "/", { ...json, "content-encoding": "gzip" }, packed);
      await ask("POST", "/", { "content-type": "application/x-fcs" }, "tunnelled");
    })
  );
  deepEqual(dumps.filter((dump) => dump.startsWith("body")), [
    'body received: ["add","film?key=******"]',
    'body received, decompressed: ["add","film?key=******"]',
  ]);
});

Deno.test("a head that is refused is dumped too", async () => {
  const dumps = await dumpsOf((log) =>
    withServer({ log }, async ({ connect }) => {
      const client = await connect();
      await client.send("GET /a?key=CANARY HTTP/1.1\r\n\r\n");
      equal((await client.response()).status, 400);
    })
  );
  equal(dumps[0], "head received: GET /a?key=****** HTTP/1.1\r\n\r\n");
});
