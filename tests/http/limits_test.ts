import { deepEqual, equal, ok } from "node:assert/strict";
import { type Handler, Hub, Refusal } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { Outbox, WriteScheduler } from "../../src/net/mod.ts";
import type { HttpContext } from "../../src/protocols/http/context.ts";
import { Assets } from "../../src/protocols/http/mod.ts";
import { HttpSession } from "../../src/protocols/http/session.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FREE_INPUT } from "../support/free_input.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HTTP_SETTINGS } from "../support/web_settings.ts";
import { until, withServer } from "./support.ts";

const files = { "a.txt": "hello" };

Deno.test("a connection that sends nothing is closed after the timeout", async () => {
  await withServer({}, async ({ connect, clock, listener }) => {
    const client = await connect();
    await until(() => listener.connections === 1);
    clock.advance(6_000);
    equal(listener.connections, 1);
    clock.advance(2_000);
    equal(await client.rest(), "");
  });
});

Deno.test("a header that comes too slowly is a 408, however it trickles", async () => {
  await withServer({}, async ({ connect, clock, listener }) => {
    const client = await connect();
    await until(() => listener.connections === 1);
    await client.send("GET /a.txt HTTP/1.1\r\n");
    for (let second = 0; second < 9; second++) {
      await client.send("x: a\r\n").catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 1));
      clock.advance(1_000);
    }
    const response = await client.response();
    equal(response.status, 408);
    equal(response.headers.get("connection"), "close");
    clock.advance(4_000);
    equal(await client.rest(), "");
  });
});

Deno.test("a body that stops is a 408, one that comes slowly enough is read", async () => {
  const handler: Partial<Handler> = {
    onCall: ({ args, reply }) => void args.read(reply()),
  };
  await withServer({ handler }, async ({ connect, clock }) => {
    const slow = await connect();
    await slow.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 30000\r\n\r\n");
    const client = await connect();
    await client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 30000\r\n\r\n");
    for (let part = 0; part < 10; part++) {
      await client.send(new Uint8Array(3_000).fill(0x61));
      await new Promise((resolve) => setTimeout(resolve, 2));
      clock.advance(2_000);
    }
    equal((await client.response()).bytes.length, 30_000);
    equal((await slow.response()).status, 408);
  });
});

Deno.test("an idle connection is closed in silence, and its client told", async () => {
  const events: string[] = [];
  const handler: Partial<Handler> = { onDisconnection: () => void events.push("gone") };
  await withServer({ files, handler }, async ({ connect, clock }) => {
    const client = await connect();
    equal((await client.ask("GET", "/a.txt")).text, "hello");
    clock.advance(8_000);
    equal(await client.rest(), "");
    await until(() => events.length === 1);
  });
});

Deno.test("onConnection may give its client another timeout, 0 for none", async () => {
  const handler: Partial<Handler> = {
    onConnection: () => ({ timeout: 0 }),
  };
  await withServer({ files, handler }, async ({ connect, clock }) => {
    const client = await connect();
    await client.ask("GET", "/a.txt");
    clock.advance(3_600_000);
    equal((await client.ask("GET", "/a.txt")).text, "hello");
  });
});

Deno.test("limits of header, target and body answer with their own status", async () => {
  const settings = { maxHeader: 1_000, maxTarget: 500, maxBody: 100 };
  await withServer({ files, settings }, async ({ ask, connect }) => {
    equal((await ask("GET", "/a.txt", { x: "a".repeat(900) })).status, 200);
    equal((await ask("GET", "/a.txt", { x: "a".repeat(1_000) })).status, 431);
    equal((await ask("GET", `/a.txt?${"a".repeat(600)}`)).status, 414);
    const announced = await connect();
    await announced.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 101\r\n\r\n");
    equal((await announced.response()).status, 413);
    const chunked = await connect();
    await chunked.send(
      "POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n" +
        `65\r\n${"a".repeat(101)}\r\n`,
    );
    equal((await chunked.response()).status, 413);
  });
});

Deno.test("a client that waits for 100 Continue gets it, or the refusal at once", async () => {
  await withServer({ settings: { maxBody: 100 } }, async ({ connect }) => {
    const client = await connect();
    const head = (length: number, expectation: string) =>
      `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\nexpect: ${expectation}\r\n\r\n`;
    await client.send(head(5, "100-continue"));
    equal((await client.response()).status, 100);
    await client.send("hello");
    equal((await client.response()).status, 200);
    await client.send(head(500, "100-Continue"));
    equal((await client.response()).status, 413);
    const other = await connect();
    await other.send(head(5, "miracles"));
    equal((await other.response()).status, 417);
  });
});

Deno.test("who waits for 100 Continue and is refused is told so, and sends no body", async () => {
  const asked: string[] = [];
  const handler: Partial<Handler> = {
    hasApplication: (path) => path === "" || path === "/closed",
    onConnection: ({ client: { path } }) => {
      if (path === "/closed") throw new Refusal("Connect.Rejected", "closed today");
    },
    onWrite: ({ file }) => asked.push(file) > 0 && file !== "no.txt",
  };
  const expecting = (method: string, path: string, more = "") =>
    `${method} ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n` +
    `expect: 100-continue\r\n${more}\r\n`;
  await withServer({ handler, files }, async ({ connect }) => {
    const refused: [method: string, path: string, status: number, more?: string][] = [
      ["DELETE", "/a.txt", 405],
      ["PATCH", "/a.txt", 405],
      ["PUT", "/none/a.txt", 404],
      ["POST", "/none/method", 404],
      ["PUT", "/closed/a.txt", 403],
      ["POST", "/closed/method", 403],
      ["PUT", "/no.txt", 403],
      ["PUT", "/.secret", 403],
      ["PUT", "/a.txt", 412, "if-none-match: *\r\n"],
      ["POST", "/a.txt", 412, "if-none-match: *\r\n"],
      ["PUT", "/new.txt", 412, "if-match: *\r\n"],
      ["PUT", "/new.txt", 400, "content-range: bytes 0-4/10\r\n"],
    ];
    for (const [method, path, status, more] of refused) {
      const client = await connect();
      await client.send(expecting(method, path, more));
      const response = await client.response();
      equal(response.status, status, `${method} ${path} ${more}`);
      equal(response.headers.get("connection"), "close");
    }
    asked.length = 0;
    for (const [method, path, status] of [["PUT", "/new.txt", 201], ["POST", "/new.txt", 204]]) {
      const client = await connect();
      await client.send(expecting(`${method}`, `${path}`));
      equal((await client.response()).status, 100);
      await client.send("hello");
      equal((await client.response()).status, status);
    }
    // A script is asked once for each.
    deepEqual(asked, ["new.txt", "new.txt"]);
    // Who does not wait gets one answer, with or without the interim one.
    const hasty = await connect();
    await hasty.send(expecting("PUT", "/no.txt") + "hello");
    equal((await hasty.response()).status, 403);
    const early = await connect();
    await early.send(expecting("PUT", "/a.txt", "if-none-match: *\r\n") + "hello");
    equal((await early.response()).status, 412);
  });
});

Deno.test("what is asked before the client's end is answered, what breaks off is not", async () => {
  await withServer({ files }, async ({ connect, listener }) => {
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;
    const client = await connect();
    await client.send(get("/a.txt"), get("/none.txt"));
    await client.end();
    equal((await client.response()).text, "hello");
    equal((await client.response()).status, 404);
    equal(await client.rest(), "");
    const broken = await connect();
    await broken.send("no request at all\r\n\r\n");
    await broken.end();
    equal((await broken.response()).status, 400);
    equal(await broken.rest(), "");
    for (
      const text of [
        "",
        "GET /a.txt HT",
        "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n12",
      ]
    ) {
      const half = await connect();
      await half.send(text);
      await half.end();
      equal(await half.rest(), "", text);
    }
    await until(() => listener.connections === 0);
  });
});

Deno.test("a large answer is whole although its client has closed its own side", async () => {
  await withServer({}, async ({ connect, write }) => {
    await write("big.bin", new Uint8Array(3_000_000));
    const client = await connect();
    await client.send("GET /big.bin HTTP/1.1\r\nhost: x\r\n\r\n");
    await client.end();
    equal((await client.response()).bytes.length, 3_000_000);
    equal(await client.rest(), "");
  });
});

Deno.test("a connection is closed after its last request, and when the client asks for it", async () => {
  await withServer({ files, settings: { maxRequests: 2 } }, async ({ connect }) => {
    const client = await connect();
    equal((await client.ask("GET", "/a.txt")).headers.get("connection"), undefined);
    equal((await client.ask("GET", "/a.txt")).headers.get("connection"), "close");
    equal(await client.rest(), "");
    const other = await connect();
    equal((await other.ask("GET", "/a.txt", { connection: "close" })).text, "hello");
    equal(await other.rest(), "");
    const old = await connect();
    await old.send("GET /a.txt HTTP/1.0\r\n\r\n");
    equal((await old.response()).text, "hello");
    equal(await old.rest(), "");
  });
});

Deno.test("an address with too many connections is told so, others go on", async () => {
  const log = new CaptureLog();
  const settings = { maxConnections: 2 };
  await withServer({ files, log, settings }, async ({ connect, listener }) => {
    const clients = [await connect(), await connect()];
    for (const client of clients) equal((await client.ask("GET", "/a.txt")).status, 200);
    const third = await connect();
    const response = await third.response();
    equal(response.status, 429);
    equal(response.headers.get("retry-after"), "10");
    equal((await (await connect()).response()).status, 429);
    deepEqual(log.at("WARN"), [
      "WARN 127.0.0.1: connections refused: more than 2 of one address, [HTTP] maxConnections",
    ]);
    clients[0]!.close();
    await until(() => listener.connections === 1);
    const fourth = await connect();
    equal((await fourth.ask("GET", "/a.txt")).status, 200);
  });
});

Deno.test("a request hidden behind another is never answered", async () => {
  const seen: string[] = [];
  const handler: Partial<Handler> = {
    onConnection: ({ client: { query } }) => void seen.push(query),
  };
  await withServer({ handler }, async ({ connect, clock }) => {
    const hidden = "GET /a?hidden HTTP/1.1\r\nhost: x\r\n\r\n";
    const shapes = [
      `content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
      `content-length: 0\r\ncontent-length: 50\r\n\r\n${hidden}`,
      `transfer-encoding:\x0bchunked\r\ncontent-length: 0\r\n\r\n${hidden}`,
      `transfer-encoding: chunked\n\r\n0\r\n\r\n${hidden}`,
      `x: a\r\n transfer-encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    ];
    for (const shape of shapes) {
      const client = await connect();
      await client.send(`POST /a HTTP/1.1\r\nhost: x\r\n${shape}`);
      const response = await client.response();
      ok(response.status >= 400, shape);
      clock.advance(4_000);
      equal(await client.rest(), "");
    }
    deepEqual(seen, []);
  });
});

Deno.test("a thousand connections of half headers and random bytes change nothing", async () => {
  await withServer({ files }, async ({ connect, ask, clock, listener }) => {
    const random = crypto.getRandomValues(new Uint8Array(200));
    const clients = [];
    for (let count = 0; count < 999; count++) {
      const client = await connect();
      clients.push(client);
      if (count % 3 === 1) await client.send("GET / HTTP/1.1\r\nhost");
      if (count % 3 === 2) await client.send(random).catch(() => {});
    }
    equal((await ask("GET", "/a.txt")).text, "hello");
    await until(() => listener.connections === 999);
    clock.advance(12_000);
    await until(() => listener.connections === 0);
  });
});

Deno.test("a slow reader gets the whole answer while it reads, then the connection is idle", async () => {
  const clock = new FakeClock();
  const hub = new Hub({ clock });
  const writes: { bytes: Uint8Array; accept: (count: number) => void }[] = [];
  let isClosed = false;
  const sink = {
    write: (bytes: Uint8Array) =>
      new Promise<number>((accept) => void writes.push({ bytes, accept })),
    close: () => void (isClosed = true),
  };
  const outbox = new Outbox(sink, new WriteScheduler(clock), clock, () => {});
  const context: HttpContext = {
    hub,
    clock,
    log: silentLog,
    settings: HTTP_SETTINGS,
    resources: [new Assets(new Map([["/a.txt", "a".repeat(1_000)]]))],
    date: () => "now",
  };
  const session = new HttpSession(context, {
    remote: "a:1",
    local: "b:2",
    outbox,
    input: FREE_INPUT,
  }, () => {});
  session.onData(new TextEncoder().encode("GET /a.txt HTTP/1.1\r\nhost: x\r\n\r\n"));
  const pass = (milliseconds: number) => {
    for (let left = milliseconds; left > 0; left -= 1_000) {
      clock.advance(1_000);
      session.sweep(clock.now());
    }
  };
  for (let read = 1; read <= 3; read++) {
    await until(() => writes.length === read);
    pass(6_000);
    equal(isClosed, false, `after ${read} reads`);
    writes.at(-1)!.accept(10);
  }
  await until(() => writes.length === 4);
  pass(1_000);
  writes[3]!.accept(writes[3]!.bytes.length);
  await until(() => !outbox.isBusy);
  pass(7_000);
  equal(isClosed, false);
  pass(2_000);
  equal(isClosed, true);
  session.onClosed(undefined);
});
