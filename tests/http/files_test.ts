import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Hub } from "../../src/hub/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import type { FakeClock } from "../support/fake_clock.ts";
import { type RawResponse, withServer } from "./support.ts";

const header = (response: RawResponse, name: string) => response.headers.get(name);

Deno.test("a file is served with its type, length, validators and for every origin", async () => {
  await withServer({ files: { "a/hello.html": "<p>héllo" } }, async ({ ask, www }) => {
    const response = await ask("GET", "/a/hello.html");
    equal(response.status, 200);
    equal(response.text, "<p>héllo");
    equal(header(response, "content-type"), "text/html; charset=utf-8");
    equal(header(response, "content-length"), "9");
    equal(header(response, "accept-ranges"), "bytes");
    equal(header(response, "cache-control"), "no-cache");
    equal(header(response, "access-control-allow-origin"), "*");
    const { mtime } = await Deno.stat(`${www}/a/hello.html`);
    const seconds = Math.floor(mtime!.getTime() / 1000);
    equal(Date.parse(header(response, "last-modified")!) / 1000, seconds);
    match(header(response, "etag")!, /^"[a-z0-9]+-[a-z0-9]+"$/);
  });
});

Deno.test("HEAD answers as GET does, without the body", async () => {
  await withServer({ files: { "a.txt": "hello" } }, async ({ connect }) => {
    const client = await connect();
    const response = await client.ask("HEAD", "/a.txt");
    equal(response.status, 200);
    equal(header(response, "content-length"), "5");
    equal((await client.ask("GET", "/a.txt")).text, "hello");
  });
});

Deno.test("requests that are pipelined are answered in order on one connection", async () => {
  await withServer({ files: { "a.txt": "A", "b.txt": "B" } }, async ({ connect }) => {
    const client = await connect();
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
    await client.send(get("/a.txt") + get("/nothing") + get("/b.txt"));
    equal((await client.response()).text, "A");
    equal((await client.response()).status, 404);
    equal((await client.response()).text, "B");
  });
});

const small = "0123456789";
const rangeCases: [string, number, string | undefined, string][] = [
  ["bytes=0-3", 206, "bytes 0-3/10", "0123"],
  ["bytes=4-", 206, "bytes 4-9/10", "456789"],
  ["bytes=-3", 206, "bytes 7-9/10", "789"],
  ["bytes=-30", 206, "bytes 0-9/10", small],
  ["bytes=8-99", 206, "bytes 8-9/10", "89"],
  ["bytes=10-", 416, "bytes */10", ""],
  ["bytes=-0", 416, "bytes */10", ""],
  ["bytes=3-2", 200, undefined, small],
  ["bytes=x-2", 200, undefined, small],
  ["lines=1-2", 200, undefined, small],
  ["bytes=0-8,0-8", 200, undefined, small],
  [`bytes=${Array(17).fill("20-").join()},0-1`, 200, undefined, small],
  [`bytes=${Array(15).fill("20-").join()},0-1`, 206, "bytes 0-1/10", "01"],
];
for (const [range, status, contentRange, body] of rangeCases) {
  Deno.test(`range ${range} of ten bytes answers ${status}`, async () => {
    await withServer({ files: { "a.bin": small } }, async ({ ask }) => {
      const response = await ask("GET", "/a.bin", { range });
      equal(response.status, status);
      equal(header(response, "content-range"), contentRange);
      equal(response.text, body);
    });
  });
}

Deno.test("several ranges come as parts, from memory and from disk alike", async () => {
  const large = "abcdefghij".repeat(20_000);
  await withServer({ files: { "s.txt": large.slice(0, 1000), "l.txt": large } }, async (rig) => {
    for (const [path, size] of [["/s.txt", 1000], ["/l.txt", 200_000]] as const) {
      const response = await rig.ask("GET", path, { range: "bytes=0-1,-3,10-12" });
      equal(response.status, 206);
      const boundary = /boundary=(\S+)/.exec(header(response, "content-type")!)?.[1];
      const part = (range: string, text: string) =>
        `\r\n--${boundary}\r\ncontent-type: text/plain; charset=utf-8\r\n` +
        `content-range: bytes ${range}/${size}\r\n\r\n${text}`;
      const parts = part("0-1", "ab") + part(`${size - 3}-${size - 1}`, "hij") +
        part("10-12", "abc");
      equal(response.text, `${parts}\r\n--${boundary}--\r\n`);
    }
  });
});

Deno.test("a large file comes whole from the disk, and its range too", async () => {
  const large = "0123456789".repeat(50_000);
  await withServer({ files: { "l.bin": large } }, async ({ ask }) => {
    equal((await ask("GET", "/l.bin")).text, large);
    const part = await ask("GET", "/l.bin", { range: "bytes=70001-80000" });
    equal(part.text, large.slice(70_001, 80_001));
  });
});

Deno.test("a large file does not wait for the rounds in which live media are written", async () => {
  const large = "0123456789".repeat(100_000);
  const more = (_hub: Hub, clock: FakeClock) => ({ scheduler: new WriteScheduler(clock, 1_000) });
  await withServer({ files: { "l.bin": large }, more }, async ({ ask }) => {
    equal((await ask("GET", "/l.bin")).text.length, large.length);
  });
});

Deno.test("a client that leaves in the middle of a large file leaves no open file", async () => {
  await withServer({ files: { "l.bin": "x".repeat(8_000_000) } }, async ({ connect, listener }) => {
    const client = await connect();
    await client.send("GET /l.bin HTTP/1.1\r\nhost: x\r\n\r\n");
    await client.bytes(1000);
    client.close();
    equal(listener.connections, 1);
  });
});

Deno.test("conditions answer 304, 412 or the file in the order of RFC 9110", async () => {
  await withServer({ files: { "a.txt": "hello" } }, async ({ ask }) => {
    const first = await ask("GET", "/a.txt");
    const etag = header(first, "etag")!;
    const date = header(first, "last-modified")!;
    const later = new Date(Date.parse(date) + 60_000).toUTCString();
    const earlier = new Date(Date.parse(date) - 60_000).toUTCString();
    const cases: [Record<string, string>, number][] = [
      [{ "if-none-match": etag }, 304],
      [{ "if-none-match": `"x", W/${etag}` }, 304],
      [{ "if-none-match": "*" }, 304],
      [{ "if-none-match": '"x"' }, 200],
      [{ "if-none-match": '"x"', "if-modified-since": later }, 200],
      [{ "if-modified-since": date }, 304],
      [{ "if-modified-since": earlier }, 200],
      [{ "if-modified-since": "yesterday" }, 200],
      [{ "if-match": etag }, 200],
      [{ "if-match": `W/${etag}` }, 412],
      [{ "if-match": '"x"' }, 412],
      [{ "if-unmodified-since": earlier }, 412],
      [{ "if-unmodified-since": date }, 200],
      [{ range: "bytes=0-0", "if-range": etag }, 206],
      [{ range: "bytes=0-0", "if-range": '"x"' }, 200],
      [{ range: "bytes=0-0", "if-range": date }, 206],
      [{ range: "bytes=0-0", "if-range": earlier }, 200],
    ];
    for (const [headers, status] of cases) {
      equal((await ask("GET", "/a.txt", headers)).status, status, JSON.stringify(headers));
    }
  });
});

Deno.test("a compressed form beside a file goes to those who take it", async () => {
  const files = { "a.js": "plain", "a.js.gz": "zipped", "a.js.br": "brotli" };
  await withServer({ files }, async ({ ask }) => {
    const cases: [string, string, string | undefined][] = [
      ["gzip, deflate, br", "brotli", "br"],
      ["gzip", "zipped", "gzip"],
      ["br;q=0, gzip;q=0.5", "zipped", "gzip"],
      ["identity", "plain", undefined],
    ];
    for (const [accepted, text, encoding] of cases) {
      const response = await ask("GET", "/a.js", { "accept-encoding": accepted });
      equal(response.text, text);
      equal(header(response, "content-encoding"), encoding);
      equal(header(response, "content-type"), "text/javascript; charset=utf-8");
      equal(header(response, "vary"), "accept-encoding");
    }
  });
});

Deno.test("a compressed form older than its file is not sent", async () => {
  await withServer({ files: { "a.js": "new", "a.js.gz": "old" } }, async ({ ask, www }) => {
    await Deno.utime(`${www}/a.js.gz`, 1_000_000, 1_000_000);
    equal((await ask("GET", "/a.js", { "accept-encoding": "gzip" })).text, "new");
  });
});

Deno.test("what is changed or removed on disk is seen a moment later", async () => {
  await withServer({ files: { "a.txt": "one" } }, async ({ connect, write, www, clock }) => {
    const client = await connect();
    equal((await client.ask("GET", "/a.txt")).text, "one");
    await write("a.txt", "three");
    clock.advance(300);
    equal((await client.ask("GET", "/a.txt")).text, "three");
    await Deno.remove(`${www}/a.txt`);
    clock.advance(300);
    equal((await client.ask("GET", "/a.txt")).status, 404);
  });
});

Deno.test("scripts, hidden files, data and other streams of a file are never served", async () => {
  const files = {
    "main.lua": "secret",
    "a/main.lua": "secret",
    "a/x.lua.bak": "secret",
    "a/main.luac": "secret",
    "a/main.lua~": "secret",
    "a/.env": "secret",
    ".git/config": "secret",
    "data/x.txt": "secret",
    "a/lua.txt": "shown",
    "a/x.luau": "shown",
    ".well-known/acme-challenge/token": "shown",
    ".well-known/.env": "secret",
    ".well-known.bak/token": "secret",
  };
  await withServer({ files }, async ({ ask, www }) => {
    await Deno.symlink(`${www}/a/.env`, `${www}/a/env.txt`);
    await Deno.symlink(`${www}/a/main.lua`, `${www}/a/main.txt`);
    const secrets = [
      "/main.lua",
      "/MAIN.LUA",
      "/main%2elua",
      "/a/main.lua",
      "/a/main.lua?x",
      "/a/main.lua::$DATA",
      "/a/x.lua.bak",
      "/a/main.luac",
      "/a/MAIN.LUAC",
      "/a/main.lua~",
      "/a/.env",
      "/.git/config",
      "/data/x.txt",
      "/Data/x.txt",
      "/a/env.txt",
      "/a/main.txt",
      "/.well-known/.env",
      "/.well-known.bak/token",
    ];
    for (const path of secrets) {
      const response = await ask("GET", path);
      equal(response.status, 404, path);
      ok(!response.text.includes("secret"));
    }
    equal((await ask("GET", "/a/lua.txt")).text, "shown");
    equal((await ask("GET", "/a/x.luau")).text, "shown");
    equal((await ask("GET", "/.well-known/acme-challenge/token")).text, "shown");
  });
});

Deno.test("no path and no symbolic link leads out of the application's folder", async () => {
  await withServer({ files: { "a/in.txt": "in", "b/x.txt": "B" } }, async ({ ask, www }) => {
    const outside = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${outside}/secret.txt`, "secret");
      await Deno.symlink(`${outside}/secret.txt`, `${www}/a/link.txt`);
      await Deno.symlink(outside, `${www}/a/folder`);
      await Deno.symlink(`${www}/b/x.txt`, `${www}/a/b.txt`);
      await Deno.symlink(`${www}/a/in.txt`, `${www}/a/same.txt`);
      await Deno.symlink("loop", `${www}/a/loop`);
      equal((await ask("GET", "/a/same.txt")).text, "in");
      const paths = ["/a/link.txt", "/a/folder/secret.txt", "/a/folder", "/a/b.txt", "/a/loop"];
      for (const path of paths) equal((await ask("GET", path)).status, 404, path);
    } finally {
      await Deno.remove(outside, { recursive: true });
    }
  });
});

Deno.test("traversal is refused in every encoding", async () => {
  await withServer({ files: { "a/in.txt": "in" } }, async ({ ask, www }) => {
    const name = www.split("/").pop();
    await Deno.writeTextFile(`${www}/../${name}.secret`, "secret");
    try {
      const paths = [
        "/../SECRET",
        "/a/../../SECRET",
        "/%2e%2e/SECRET",
        "/a/%2E%2e/%2e./SECRET",
        "/..%2fSECRET",
        "/..%5cSECRET",
        "/..\\SECRET",
        "/%252e%252e/SECRET",
        "/..%00/SECRET",
        "/%c0%ae%c0%ae/SECRET",
        "/%uff0e%uff0e/SECRET",
        "//../SECRET",
        "/./../SECRET",
        "/....//SECRET",
        "http://x/../SECRET",
        "/a/in.txt/../../../SECRET",
      ];
      for (const path of paths) {
        const response = await ask("GET", path.replace("SECRET", `${name}.secret`));
        ok([400, 404].includes(response.status), `${path} answers ${response.status}`);
        ok(!response.text.includes("secret\n") && response.text !== "secret", path);
      }
    } finally {
      await Deno.remove(`${www}/../${name}.secret`);
    }
  });
});

Deno.test("a folder without slash redirects, and not to another host", async () => {
  await withServer({ files: { "a b/c/x.txt": "" } }, async ({ ask }) => {
    const cases: [string, string][] = [
      ["/a%20b", "/a%20b/"],
      ["//a%20b//c?x=1", "/a%20b/c/?x=1"],
    ];
    for (const [path, location] of cases) {
      const response = await ask("GET", path);
      equal(response.status, 301);
      equal(header(response, "location"), location);
    }
  });
});

Deno.test("a folder shows its index, the file that the settings name, a listing or nothing", async () => {
  const files = { "a/index.html": "index", "a/other.html": "other", "b/x.txt": "" };
  const cases: [string, string, number, RegExp][] = [
    ["true", "/a/", 200, /^index$/],
    ["true", "/b/", 200, /Index of \/b\//],
    ["false", "/a/", 404, /./],
    ["other.html", "/a/", 200, /^other$/],
    ["other.html", "/b/", 404, /./],
  ];
  for (const [index, path, status, text] of cases) {
    await withServer({ files, settings: { index } }, async ({ ask }) => {
      const response = await ask("GET", path);
      equal(response.status, status);
      match(response.text, text);
    });
  }
});

Deno.test("a listing shows what may be seen, escaped, folders first", async () => {
  const files = { "a/<b>&'.txt": "x", "a/main.lua": "", "a/.env": "", "a/z/x": "", "a/%41": "" };
  await withServer({ files }, async ({ ask }) => {
    const { text } = await ask("GET", "/a/");
    const links = [...text.matchAll(/href="([^"]*)">([^<]*)/g)].map((found) => found.slice(1));
    deepEqual(links, [
      ["../", "../"],
      ["z/", "z/"],
      ["%2541", "%41"],
      ["%3Cb%3E%26'.txt", "&#60;b&#62;&#38;&#39;.txt"],
    ]);
  });
});

Deno.test("every entry of a listing leads somewhere, links of the folder too", async () => {
  const files = { "a/in.txt": "in", "a/z/x.txt": "x", "a/main.lua": "", "b/x.txt": "B" };
  await withServer({ files }, async ({ ask, www }) => {
    await Deno.symlink(`${www}/a/in.txt`, `${www}/a/same.txt`);
    await Deno.symlink(`${www}/b/x.txt`, `${www}/a/other.txt`);
    await Deno.symlink(`${www}/a/main.lua`, `${www}/a/script.txt`);
    await Deno.symlink(`${www}/b`, `${www}/a/b`);
    await Deno.symlink(`${www}/a/z`, `${www}/a/y`);
    const { text } = await ask("GET", "/a/");
    const links = [...text.matchAll(/href="([^"]*)"/g)].map(([, link]) => link);
    deepEqual(links, ["../", "z/", "in.txt", "same.txt"]);
    for (const link of links.slice(1)) equal((await ask("GET", `/a/${link}`)).status, 200, link);
  });
});

Deno.test("files of the program stand in where www has none", async () => {
  const assets = new Map([["/tool.js", "program"], ["/mine.js", "program"]]);
  const options = { files: { "mine.js": "mine" }, more: () => ({ assets }) };
  await withServer(options, async ({ ask }) => {
    const response = await ask("GET", "/tool.js");
    equal(response.text, "program");
    equal(header(response, "content-type"), "text/javascript; charset=utf-8");
    equal((await ask("GET", "/mine.js")).text, "mine");
    equal((await ask("GET", "/a/tool.js")).status, 404);
  });
});

Deno.test("an application that does not exist is 404 by its name", async () => {
  const handler = { hasApplication: (path: string) => path === "" };
  await withServer({ handler }, async ({ ask }) => {
    const response = await ask("GET", "/nowhere/x.txt");
    equal(response.status, 404);
    equal(response.text, "Application /nowhere doesn't exist\n");
  });
});

Deno.test("methods that HTTP knows and this server does not are 405", async () => {
  await withServer({}, async ({ ask }) => {
    for (const method of ["DELETE", "PATCH", "PROPFIND"]) {
      const response = await ask(method, "/x");
      equal(response.status, 405);
      equal(header(response, "allow"), "GET, HEAD, POST, PUT, OPTIONS");
    }
  });
});
