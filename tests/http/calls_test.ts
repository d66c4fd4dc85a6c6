import { deepEqual, equal, match } from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { encodeText, hex } from "../../src/bytes/mod.ts";
import { Amf0Writer, readValues, ValueReader, writeValues } from "../../src/codecs/mod.ts";
import { type Client, type Handler, Refusal } from "../../src/hub/mod.ts";
import { fromHex } from "../../src/bytes/mod.ts";
import { until, withServer } from "./support.ts";

/** A client with the methods `echo`, `fail` and `write`, and an `onMessage` that answers. */
const methods: Partial<Handler> = {
  hasApplication: (path) => path === "" || path === "/app",
  hasMethod: (_client, name) => ["echo", "fail", "nothing", "write", "both"].includes(name),
  onCall({ client, name, args, reply }) {
    switch (name) {
      case "echo":
        return void args.read(reply());
      case "":
        return writeValues(reply(), "message", ...readValues(args));
      case "nothing":
        return;
      case "fail":
        throw new Refusal("Call.Failed", "main.lua:3: text", { reason: "failed" });
      case "write":
        client.writer.writeInvocation("push", new ValueReader([1]));
        return client.writer.writeMessage(new ValueReader([2]));
      case "both":
        client.writer.writeInvocation("push", new ValueReader([1]));
        client.writer.writeRaw(new ValueReader([]), () => encodeText("raw"));
        client.writer.writeStatus("Call.Custom", "no");
        return writeValues(reply(), ...readValues(args));
      default: {
        const text = `Method client '${name}' not found in application ${client.path}`;
        throw new Refusal("Call.Failed", text, { reason: "missing" });
      }
    }
  },
};

const JSON_TYPE = "application/json";
const FORM = "application/x-www-form-urlencoded";
const XML = "text/xml";
const AMF = "application/x-amf";
const xml = (name: string, value: string) =>
  `<?xml version="1.0"?><methodCall><methodName>${name}</methodName><params><param><value>` +
  `${value}</value></param></params></methodCall>`;

/** Path, type and body of a POST, then status, type and text of its answer. */
const posts: [string, string, string, number, string, string | RegExp][] = [
  ["/app/", JSON_TYPE, '["echo",{"a":[1,null]},"x"]', 200, JSON_TYPE, '[{"a":[1,null]},"x"]'],
  ["/app/echo", JSON_TYPE, '["echo",1]', 200, JSON_TYPE, '["echo",1]'],
  ["/app", JSON_TYPE, "[1]", 200, JSON_TYPE, '["message",1]'],
  ["/app", `${JSON_TYPE}; charset=utf-8`, '["nothing"]', 200, JSON_TYPE, "[]"],
  ["/app", JSON_TYPE, '["write"]', 200, JSON_TYPE, '["push",1,2]'],
  ["/app", JSON_TYPE, '["both",7,null]', 200, JSON_TYPE, "[7,null]"],
  ["/app", FORM, "both&a=1", 200, FORM, "a=1"],
  ["/app/both", "text/plain", "hello", 200, "text/plain; charset=utf-8", "hello"],
  [
    "/app",
    XML,
    xml("both", "<int>7</int>"),
    200,
    "text/xml; charset=utf-8",
    /^<\?xml[^>]*><methodResponse><params><param><value><(int|i4)>7<\/\1><\/value><\/param><\/params>/,
  ],
  [
    "/app",
    JSON_TYPE,
    '["none"]',
    404,
    JSON_TYPE,
    /^\["onStatus",\{"level":"error","code":"NetConnection.Call.Failed","description":"Method client 'none' not found in application \/app"\}\]$/,
  ],
  ["/app", JSON_TYPE, '["fail"]', 500, JSON_TYPE, /main\.lua:3: text/],
  ["/app", JSON_TYPE, "[1,", 400, JSON_TYPE, /NetConnection.Call.BadVersion/],
  ["/app", FORM, "echo&a=1&b=two", 200, FORM, "a=1&b=two"],
  ["/app/echo", FORM, "a=1", 200, FORM, "a=1"],
  ["/app", FORM, "fail", 500, FORM, /level=error&code=NetConnection.Call.Failed/],
  [
    "/app",
    XML,
    xml("echo", "<int>7</int>"),
    200,
    "text/xml; charset=utf-8",
    /<params><param><value><(int|i4)>7<\/\1><\/value><\/param><\/params>/,
  ],
  [
    "/app",
    "application/xml",
    xml("nothing", "<nil/>"),
    200,
    "text/xml; charset=utf-8",
    '<?xml version="1.0"?><methodResponse><params></params></methodResponse>',
  ],
  [
    "/app",
    XML,
    xml("none", "x"),
    200,
    "text/xml; charset=utf-8",
    /<fault>.*404.*not found.*<\/fault>/,
  ],
  ["/app", XML, "<a/>", 200, "text/xml; charset=utf-8", /<fault>/],
  ["/app", "text/plain", "hello", 200, "text/plain; charset=utf-8", "messagehello"],
  ["/app/echo", "text/plain", "hello", 200, "text/plain; charset=utf-8", "hello"],
  ["/app", "", "hello", 200, "text/plain; charset=utf-8", "messagehello"],
];
for (const [path, type, body, status, answerType, text] of posts) {
  Deno.test(`POST ${path} of ${type || "no type"} ${body.slice(0, 20)} answers ${status}`, async () => {
    await withServer({ handler: methods }, async ({ connect }) => {
      const client = await connect();
      const headers: Record<string, string> = type === "" ? {} : { "content-type": type };
      const response = await client.ask("POST", path, headers, body);
      equal(response.status, status);
      equal(response.headers.get("content-type"), answerType);
      if (typeof text === "string") equal(response.text, text);
      else match(response.text, text);
      // The connection goes on.
      equal((await client.ask("GET", "/app/echo?a=1")).text, '[{"a":1}]');
    });
  });
}

Deno.test("AMF values come and go as AMF, an error too", async () => {
  await withServer({ handler: methods }, async ({ ask }) => {
    const headers = { "content-type": AMF };
    const call = fromHex("0200046563686f" + "0200026869" + "0101")!;
    const answer = await ask("POST", "/app", headers, call);
    equal(answer.headers.get("content-type"), AMF);
    equal(hex(answer.bytes), "02000268690101");
    const none = await ask("POST", "/app", headers, fromHex("0200046e6f6e65")!);
    equal(none.status, 404);
    match(none.text, /onStatus.*NetConnection\.Call\.Failed/s);
    equal((await ask("POST", "/app", headers, fromHex("02ffff")!)).status, 400);
  });
});

Deno.test("GET of a method calls it with the query, a name with an extension is a file", async () => {
  await withServer({ handler: methods, files: { "app/echo.txt": "file" } }, async ({ ask }) => {
    equal((await ask("GET", "/app/echo?a=1&b=two")).text, '[{"a":1,"b":"two"}]');
    equal((await ask("GET", "/app/echo.txt?a=1")).text, "file");
    equal((await ask("GET", "/app/none?a=1")).status, 404);
    equal((await ask("GET", "/app/fail")).status, 500);
  });
});

Deno.test("raw bytes come back as they were", async () => {
  await withServer({ handler: methods }, async ({ ask }) => {
    const bytes = Uint8Array.of(0, 255, 128, 10, 13);
    equal(hex((await ask("POST", "/app/echo", {}, bytes)).bytes), "00ff800a0d");
  });
});

Deno.test("a compressed body is inflated within the limit", async () => {
  const settings = { maxBody: 10_000 };
  await withServer({ handler: methods, settings }, async ({ ask }) => {
    const send = (body: Uint8Array, encoding: string) =>
      ask("POST", "/app", { "content-type": JSON_TYPE, "content-encoding": encoding }, body);
    const call = new TextEncoder().encode('["echo","hi"]');
    equal((await send(gzipSync(call), "gzip")).text, '["hi"]');
    const stream = new Blob([call]).stream().pipeThrough(new CompressionStream("deflate"));
    equal((await send(await new Response(stream).bytes(), "Deflate")).text, '["hi"]');
    equal((await send(call, "identity")).text, '["hi"]');
    equal((await send(gzipSync(new Uint8Array(10_000_000)), "gzip")).status, 413);
    equal((await send(call, "gzip")).status, 400);
    const unknown = await send(call, "br");
    equal(unknown.status, 415);
    equal(unknown.headers.get("accept-encoding"), "gzip, deflate, identity");
  });
});

Deno.test("a call in text has a limit of its own, which AMF and plain bytes have not", async () => {
  const settings = { maxText: 1000 };
  await withServer({ handler: methods, settings }, async ({ ask }) => {
    const send = (type: string, body: string) =>
      ask("POST", "/app", { "content-type": type }, body);
    equal((await send(JSON_TYPE, `["echo","${"x".repeat(989)}"]`)).status, 200);
    const { status, text } = await send(JSON_TYPE, `["echo","${"x".repeat(990)}"]`);
    equal(status, 413);
    match(text, /1001 bytes of application\/json, the limit of \[lua\] maxText is 1000/);
    equal((await send("text/xml", `<methodCall>${" ".repeat(1000)}</methodCall>`)).status, 413);
    equal(
      (await send("application/x-www-form-urlencoded", `echo&a=${"x".repeat(1000)}`)).status,
      413,
    );
    equal((await send("text/plain", "x".repeat(2000))).status, 200);
    const amf = new Amf0Writer();
    writeValues(amf, "echo", "x".repeat(2000));
    const called = await ask("POST", "/app", { "content-type": "application/x-amf" }, amf.take());
    equal(called.status, 200);
  });
});

Deno.test("one client serves a connection until its path or query changes", async () => {
  const events: string[] = [];
  const handler: Partial<Handler> = {
    ...methods,
    onConnection: ({ client: { path, query } }) => void events.push(`+${path}?${query}`),
    onDisconnection: ({ path, query }) => void events.push(`-${path}?${query}`),
  };
  await withServer({ handler, files: { "a.txt": "" } }, async ({ connect, hub }) => {
    const client = await connect();
    for (const path of ["/a.txt", "/b.txt", "/a.txt?x", "/app/", "/app/echo"]) {
      await client.ask("GET", path);
    }
    deepEqual(events, ["+?", "-?", "+?x", "-?x", "+/app?"]);
    client.close();
    await until(() => hub.clients.size === 0);
    equal(events.at(-1), "-/app?");
  });
});

Deno.test("headers as they were sent, cookies and query are properties, the query first", async () => {
  let properties: [string, string][] = [];
  let asked: unknown[] = [];
  const handler: Partial<Handler> = {
    onConnection: ({ client }) => {
      properties = [...client.properties];
      const names = ["X-C", "x-c", "X-c", "HOST", "Cookie", "COOKIE", "A", "Q", "none"];
      asked = names.map((name) => client.properties.get(name));
      equal(client.properties.size, properties.length);
    },
  };
  await withServer({ handler }, async ({ ask }) => {
    await ask("GET", "/?a=query&q=%C3%A9+x", {
      a: "header",
      b: "header",
      "X-C": "header",
      cookie: 'a=cookie; b=cookie; d="quoted"; bad; =x',
    });
    const cookie = 'a=cookie; b=cookie; d="quoted"; bad; =x';
    deepEqual(properties, [
      ["host", "localhost"],
      ["a", "query"],
      ["b", "cookie"],
      ["X-C", "header"],
      ["cookie", cookie],
      ["d", "quoted"],
      ["q", "é x"],
    ]);
    const [header, name, none] = ["header", "localhost", undefined];
    deepEqual(asked, [header, header, header, name, cookie, cookie, "header", none, none]);
  });
});

Deno.test("a refused connection is answered in HTTP, with a place to go when there is one", async () => {
  const cases: [Refusal, number][] = [
    [new Refusal("Connect.Rejected", "you are not Tom!"), 403],
    [new Refusal("Connect.InvalidApp", "main.lua:1: broken", { reason: "failed" }), 500],
    [new Refusal("Connect.Rejected", "there", { redirect: "http://other/" }), 307],
  ];
  for (const [refusal, status] of cases) {
    const handler: Partial<Handler> = {
      onConnection: () => {
        throw refusal;
      },
    };
    await withServer({ handler }, async ({ ask }) => {
      const response = await ask("GET", "/");
      equal(response.status, status);
      equal(response.text, `${refusal.message}\n`);
      equal(response.headers.get("location"), refusal.redirect);
    });
  }
});

Deno.test("a client's headers and cookies are those of its last request", async () => {
  const seen: (string | undefined)[] = [];
  const onRead: Handler["onRead"] = ({ client: { properties }, file }) => {
    seen.push(properties.get("a"), properties.get("X-Step"));
    return { kind: "file", file };
  };
  await withServer({ handler: { onRead } }, async ({ connect }) => {
    const client = await connect();
    await client.ask("GET", "/x", { cookie: "a=1", "x-step": "1" });
    await client.ask("GET", "/x", { cookie: "a=2", "X-Step": "2" });
    await client.ask("GET", "/x");
    deepEqual(seen, ["1", "1", "2", "2", undefined, undefined]);
  });
});

Deno.test("no script gets a line break into a header", async () => {
  const onConnection = () => {
    throw new Refusal("Connect.Rejected", "there", { redirect: "http://x/\r\nset-cookie: a=b" });
  };
  await withServer({ handler: { onConnection } }, async ({ ask }) => {
    const response = await ask("GET", "/");
    equal(response.status, 500);
    deepEqual([...response.headers.keys()].sort(), ["connection", "content-length", "date"]);
  });
});

Deno.test("a cookie that a script sets goes with the response under way", async () => {
  const results: unknown[] = [];
  const set = (client: Client, key: string, value: string, ...options: [string, string][]) => {
    results.push(client.setProperty!(key, value, new Map(options)));
  };
  const handler: Partial<Handler> = {
    hasMethod: () => true,
    onCall({ client }) {
      set(client, "a", "1", ["expires", "60"], ["path", "/app"], ["httpOnly", "true"]);
      set(client, "b", "x; y", ["secure", "true"], ["domain", "a.b"]);
      set(client, "bad name", "1");
      set(client, "c\r\nx", "1");
      set(client, "d", "1", ["path", "/;x"]);
      set(client, "d", "1", ["path", "/\r\nx"]);
      set(client, "e", "1", ["colour", "red"]);
      set(client, "f", "1", ["expires", "never"]);
    },
  };
  await withServer({ handler }, async ({ connect }) => {
    const client = await connect();
    const first = await client.ask("GET", "/set");
    deepEqual(first.headers.get("set-cookie")?.split("\n"), [
      "a=1; Expires=Thu, 01 Jan 2026 00:01:00 GMT; Path=/app; HttpOnly",
      "b=x%3B%20y; Secure; Domain=a.b",
      "e=1",
    ]);
    deepEqual(results, [true, true, false, false, false, false, true, false]);
  });
});

Deno.test("onRead sends another file, fills a template, refuses or answers itself", async () => {
  const handler: Partial<Handler> = {
    onRead({ client, file, parameters }) {
      switch (file) {
        case "old.txt":
          return { kind: "file", file: "new.txt" };
        case "page.html":
          return {
            kind: "file",
            file,
            values: new Map([["name", new TextEncoder().encode("Tom é")]]),
          };
        case "secret.txt":
          throw new Refusal("Read.Failed", "Not allowed to read secret.txt");
        case "own.svg":
          client.writer.writeRaw(
            new ValueReader([]),
            () => new TextEncoder().encode(`<svg>${readValues(parameters).length}`),
          );
          return { kind: "handled" };
        default:
          return { kind: "file", file };
      }
    },
  };
  const files = {
    "new.txt": "new",
    "page.html": "<%name%>, <% name %> <% none %>",
    "secret.txt": "secret",
  };
  await withServer({ handler, files }, async ({ ask }) => {
    equal((await ask("GET", "/old.txt")).text, "new");
    equal((await ask("GET", "/page.html")).text, "Tom é, Tom é <% none %>");
    const refused = await ask("GET", "/secret.txt");
    deepEqual([refused.status, refused.text], [403, "Not allowed to read secret.txt\n"]);
    const own = await ask("GET", "/own.svg?a=1");
    equal(own.text, "<svg>1");
    equal(own.headers.get("content-type"), "image/svg+xml; charset=utf-8");
  });
});

Deno.test("what onConnection returns for its client holds when it is of use, else the settings", async () => {
  const onConnection: Handler["onConnection"] = ({ client }) => {
    const odd = client.query === "odd";
    const [timeout, index] = odd ? [{ a: 1 }, [1]] : ["7", "page.html"];
    return { timeout, index };
  };
  const files = { "page.html": "page", "index.html": "index" };
  const options = { handler: { onConnection }, settings: { index: "true", timeout: 3_000 }, files };
  await withServer(options, async ({ connect, clock, listener }) => {
    const [odd, plain] = [await connect(), await connect()];
    equal((await odd.ask("GET", "/?odd")).text, "index");
    equal((await plain.ask("GET", "/")).text, "page");
    clock.advance(5_000);
    await until(() => listener.connections === 1);
    clock.advance(4_000);
    await until(() => listener.connections === 0);
  });
});
