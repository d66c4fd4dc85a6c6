import { deepEqual, equal, ok } from "node:assert/strict";
import { readValues, ValueReader, writeValues } from "../../src/codecs/mod.ts";
import type { Handler } from "../../src/hub/mod.ts";
import { BodyBuffer } from "../../src/protocols/http/body.ts";
import { until, withServer } from "./support.ts";

const handler: Partial<Handler> = {
  hasApplication: (path) => path === "" || path === "/dir",
  hasMethod: (_client, name) => name === "echo",
  onCall: ({ name, args, reply }) => writeValues(reply(), name, ...readValues(args)),
  onRead({ client, file }) {
    if (file !== "own.txt") return { kind: "file", file };
    client.writer.writeRaw(new ValueReader([]), () => new TextEncoder().encode("own"));
    return { kind: "handled" };
  },
};

Deno.test("HEAD never has a body, whatever would answer GET: the next answer is whole", async () => {
  const files = { "a.txt": "hello", "l.bin": "x".repeat(100_000), "dir/page.html": "<% a %>" };
  const more = () => ({ assets: new Map([["/tool.js", "program"]]) });
  await withServer({ handler, files, more }, async ({ connect }) => {
    const client = await connect();
    const paths = [
      ...["/a.txt", "/l.bin", "/dir/", "/dir/page.html", "/tool.js"],
      ...["/own.txt", "/echo?a=1", "/none", "/none/../..", "/x.flv"],
    ];
    for (const path of paths) {
      const head = await client.ask("HEAD", path);
      const length = head.headers.get("content-length");
      if (path !== "/x.flv") {
        const get = await client.ask("GET", path);
        equal(get.status, head.status, path);
        equal(length, String(get.bytes.length), path);
      }
      equal((await client.ask("GET", "/a.txt")).text, "hello", `behind ${path}`);
    }
    await client.send("HEAD /a.txt HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nbody!");
    equal((await client.response(true)).headers.get("content-length"), "5");
    equal((await client.ask("GET", "/a.txt")).text, "hello");
  });
});

Deno.test("HTTP/1.0 is answered once, without keep-alive and without 100 Continue", async () => {
  await withServer({ handler }, async ({ connect }) => {
    const client = await connect();
    await client.send(
      "POST /echo HTTP/1.0\r\nconnection: keep-alive\r\nexpect: 100-continue\r\n" +
        "content-length: 2\r\n\r\nhiGET /echo?hidden HTTP/1.0\r\n\r\n",
    );
    const response = await client.response();
    equal(response.status, 200);
    equal(response.text, "echohi");
    equal(response.headers.get("connection"), "close");
    equal(await client.rest(), "");
  });
});

Deno.test("who waits for 100 Continue and sends at once all the same is answered once", async () => {
  await withServer({ handler }, async ({ connect }) => {
    const client = await connect();
    const post =
      "POST /echo HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    await client.send(`${post}hi${post}ho`);
    for (const text of ["echohi", "echoho"]) {
      equal((await client.response()).status, 100);
      equal((await client.response()).text, text);
    }
    equal((await client.ask("GET", "/echo?a=1")).text, '["echo",{"a":1}]');
  });
});

Deno.test("a body in pieces of one byte takes the memory of its bytes", () => {
  const body = new BodyBuffer(2_000_000);
  const piece = Uint8Array.of(0x61);
  const before = Deno.memoryUsage();
  for (let count = 0; count < 1_000_000; count++) body.appendPart(piece);
  const after = Deno.memoryUsage();
  const used = after.heapUsed + after.external - before.heapUsed - before.external;
  ok(used < 40_000_000, `${used} bytes for a million`);
  equal(body.takeBody().length, 1_000_000);
});

Deno.test("cookies and other fields with control characters are refused, in every position", async () => {
  const seen: string[] = [];
  const onConnection: Handler["onConnection"] = ({ client: { properties } }) =>
    void seen.push(...[...properties].map(([name]) => name));
  await withServer({ handler: { ...handler, onConnection } }, async ({ connect, clock }) => {
    for (const bad of ["\0", "\x01", "\x0b", "\x1b", "\x7f", "\r"]) {
      for (const cookie of [`${bad}a=b`, `a${bad}=b`, `a=${bad}b`, `a=b${bad}`]) {
        const client = await connect();
        await client.send(`GET / HTTP/1.1\r\nhost: x\r\ncookie: ${cookie}\r\n\r\n`);
        equal((await client.response()).status, 400, JSON.stringify(cookie));
        client.close();
      }
    }
    deepEqual(seen, []);
    clock.advance(4_000);
  });
});

Deno.test("targets of every form lead to what they name, or nowhere", async () => {
  const files = { "a.txt": "hello", "dir/index.html": "index" };
  const cases: [string, number][] = [
    ["http://other.example/a.txt", 200],
    ["HTTPS://x:1/a.txt?b#c", 200],
    ["/a.txt#part", 200],
    ["//a.txt", 200],
    ["/./a.txt", 200],
    ["http:///a.txt", 400],
    ["ftp://x/a.txt", 400],
    ["a.txt", 400],
    ["*", 404],
    ["/a.txt/", 404],
    ["/a.txt%00", 400],
    ["/a.txt%0a", 400],
    ["/%2e%2e%2fa.txt", 400],
    ["/../a.txt", 400],
    ["/dir/.", 200],
    ["/%", 400],
    ["/%c3", 400],
    ["/a.txt%20", 404],
    ["/\xff", 404],
  ];
  await withServer({ handler, files }, async ({ ask }) => {
    for (const [target, status] of cases) {
      equal((await ask("GET", target)).status, status, target);
    }
  });
});

Deno.test("a connection that sends only line breaks is closed like one that sends nothing", async () => {
  await withServer({}, async ({ connect, clock, listener }) => {
    const client = await connect();
    await until(() => listener.connections === 1);
    for (let second = 0; second < 8; second++) {
      await client.send("\r\n\r\n").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 1));
      clock.advance(1_000);
    }
    equal(await client.rest(), "");
    equal(listener.connections, 0);
  });
});

Deno.test("thousands of pipelined requests are answered in order", async () => {
  await withServer({ handler, files: { "a.txt": "hello" } }, async ({ connect }) => {
    const client = await connect();
    let all = "";
    for (let count = 0; count < 3_000; count++) {
      const path = count % 3 === 0 ? "/a.txt" : count % 3 === 1 ? `/echo?n=${count}` : "/none";
      all += `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
    }
    const sending = client.send(all);
    for (let count = 0; count < 3_000; count++) {
      const { text } = await client.response();
      if (count % 3 === 0) equal(text, "hello");
      else if (count % 3 === 1) equal(text, `["echo",{"n":${count}}]`);
      else equal(text, "/none doesn't exist\n");
    }
    await sending;
  });
});
