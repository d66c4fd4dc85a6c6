import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { systemClock } from "../../src/base/mod.ts";
import { decodeText, encodeText } from "../../src/bytes/mod.ts";
import { Fetcher, type FetchRequest, FetchRules } from "../../src/services/mod.ts";
import { FetchClients } from "../../src/services/fetch/fetch_clients.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** An HTTP server on a free port, and a fetcher that finds it by names of its own. */
class Scene implements AsyncDisposable {
  readonly seen: string[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly fetcher: Fetcher;
  readonly clock = new FakeClock();
  names: Record<string, string[]> = {
    "api.test": ["127.0.0.1"],
    "cloud.test": ["169.254.169.254"],
  };

  constructor(
    handle: (request: Request, scene: Scene) => Response | Promise<Response>,
    { rules = "all", maxSize = 1000, clock = undefined as typeof systemClock | undefined } = {},
  ) {
    this.#server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
      const { pathname } = new URL(request.url);
      this.seen.push(`${request.method} ${request.headers.get("host")?.split(":")[0]}${pathname}`);
      return handle(request, this);
    });
    this.fetcher = new Fetcher({
      clock: clock ?? this.clock,
      rules: new FetchRules(rules),
      maxSize,
      resolve: (name) => {
        const found = this.names[name];
        return found ? Promise.resolve(found) : Promise.reject(new Error("unknown"));
      },
    });
  }

  get port(): number {
    return this.#server.addr.port;
  }

  url(path: string, host = "api.test"): string {
    return `http://${host}:${this.port}${path}`;
  }

  async get(path: string, options: Partial<FetchRequest> = {}, host = "api.test") {
    const response = await this.fetcher.fetch({
      url: path.includes("://") ? path : this.url(path, host),
      method: "GET",
      headers: new Headers(),
      timeout: 5000,
      follows: true,
      ...options,
    }, new AbortController().signal);
    return [response.status, decodeText(response.body)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.fetcher.close();
    await this.#server.shutdown();
  }
}

Deno.test("a request has its method, headers and body, and gives the response whole", async () => {
  await using scene = new Scene(async (request) =>
    new Response(`${request.headers.get("x-a")} ${await request.text()}`, { status: 201 })
  );
  const headers = new Headers({ "x-a": "1" });
  deepEqual(await scene.get("/p", { method: "PUT", headers, body: encodeText("two").slice() }), [
    201,
    "1 two",
  ]);
  deepEqual(scene.seen, ["PUT api.test/p"]);
});

Deno.test("only allowed addresses are asked, whichever names lead there", async () => {
  await using scene = new Scene(() => new Response("no"), { rules: "public" });
  scene.names["mixed.test"] = ["10.0.0.1", "127.0.0.1"];
  for (
    const host of [
      "api.test",
      "127.0.0.1",
      "0x7f.1",
      "2130706433",
      "[::ffff:127.0.0.1]",
      "cloud.test",
      "mixed.test",
    ]
  ) {
    await rejects(scene.get("/", {}, host), { message: /^not allowed: / }, host);
  }
  deepEqual(scene.seen, []);
});

Deno.test("http: connects to the address that was checked, whatever the name means then", async () => {
  await using scene = new Scene(() => new Response("inner"), { rules: "api.test" });
  // The system knows no such name: the connection goes where the fetcher resolved it.
  deepEqual(await scene.get("/"), [200, "inner"]);
});

Deno.test("the request line has the path alone, and the host is in its header", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const heads: string[] = [];
  const origin = (async () => {
    for await (const conn of listener) {
      const bytes = new Uint8Array(4096);
      const text = decodeText(bytes.subarray(0, await conn.read(bytes) ?? 0));
      heads.push(text.split("\r\n")[0]!, ...text.match(/^(?:host|authorization): .*$/gim) ?? []);
      const answer = heads.length > 3 ? "200 OK" : "302 Found\r\nlocation: /b";
      await conn.write(
        encodeText(`HTTP/1.1 ${answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`),
      );
      conn.close();
    }
  })();
  await using scene = new Scene(() => new Response());
  const headers = new Headers({ host: "other.test", authorization: "me" });
  deepEqual(await scene.get(`http://api.test:${port}/a%20b?c=%2F&d#e`, { headers }), [200, ""]);
  listener.close();
  await origin;
  deepEqual(
    heads.map((line) => line.replace(/^(Host|Authorization)/, (name) => name.toLowerCase()))
      .toSorted(),
    [
      "GET /a%20b?c=%2F&d HTTP/1.1",
      "GET /b HTTP/1.1",
      ...["authorization: me", "authorization: me"],
      ...[`host: api.test:${port}`, `host: api.test:${port}`],
    ],
  );
});

Deno.test("http: goes to the checked address though the environment names a proxy", async () => {
  const before = new Map(["HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"].map((name) => [
    ...[name, Deno.env.get(name)] as const,
  ]));
  const set = (name: string, value?: string) =>
    value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
  for (const name of before.keys()) set(name, "http://127.0.0.1:9");
  set("NO_PROXY", "other.test");
  set("no_proxy");
  try {
    await using scene = new Scene(() => new Response("direct"));
    deepEqual(await scene.get("/"), [200, "direct"]);
    deepEqual([Deno.env.get("NO_PROXY"), Deno.env.get("no_proxy")], ["other.test", undefined]);
  } finally {
    for (const [name, value] of before) set(name, value);
  }
});

Deno.test("addresses are tried one after another", async () => {
  await using scene = new Scene(() => new Response("here"));
  scene.names["api.test"] = ["127.0.0.2", "127.0.0.1"];
  deepEqual(await scene.get("/"), [200, "here"]);
});

Deno.test("a redirection is followed, checked anew, and gets no secrets of another host", async () => {
  await using scene = new Scene((request, scene) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/away") {
      return new Response(null, {
        status: 302,
        headers: { location: scene.url("/end", "other.test") },
      });
    }
    if (pathname === "/near") {
      return new Response(null, { status: 307, headers: { location: "/end" } });
    }
    if (pathname === "/cloud") {
      return new Response(null, {
        status: 302,
        headers: { location: scene.url("/", "cloud.test") },
      });
    }
    if (pathname === "/round") {
      return new Response(null, { status: 301, headers: { location: "/round" } });
    }
    if (pathname === "/file") {
      return new Response(null, { status: 301, headers: { location: "file:///etc/passwd" } });
    }
    return new Response(`${request.method} ${request.headers.get("authorization")}`);
  });
  scene.names["other.test"] = ["127.0.0.1"];
  const post = {
    method: "POST",
    body: encodeText("x").slice(),
    headers: new Headers({ authorization: "me" }),
  };
  deepEqual(await scene.get("/away", post), [200, "GET null"]);
  deepEqual(await scene.get("/near", post), [200, "POST me"]);
  deepEqual(await scene.get("/away", { follows: false }), [302, ""]);
  await rejects(scene.get("/cloud"), {
    message: /^not allowed: cloud.test has a reserved address/,
  });
  await rejects(scene.get("/round"), { message: "more than 5 redirections" });
  await rejects(scene.get("/file"), { message: "file:// is neither http:// nor https://" });
});

Deno.test("a response has a limit of size, announced or not", async () => {
  await using scene = new Scene((request) =>
    new URL(request.url).pathname === "/long" ? new Response("a".repeat(1001)) : new Response(
      new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(600)),
      }),
    )
  );
  const tooLarge = { message: "the response has more than 1000 bytes: [lua] fetchSize" };
  await rejects(scene.get("/long"), tooLarge);
  await rejects(scene.get("/endless"), tooLarge);
});

Deno.test("a response has a limit of time, and who is gone ends the request", async () => {
  const held = Promise.withResolvers<Response>();
  const came = Promise.withResolvers<void>();
  await using scene = new Scene(() => {
    came.resolve();
    return held.promise;
  });
  const late = scene.get("/", { timeout: 2000 });
  await came.promise;
  scene.clock.advance(2000);
  await rejects(late, { message: "no whole response within 2 s" });
  const gone = new AbortController();
  const request = {
    url: scene.url("/"),
    method: "GET",
    headers: new Headers(),
    timeout: 1000,
    follows: true,
  };
  const asked = scene.fetcher.fetch(request, gone.signal);
  gone.abort(new Error("the client is gone"));
  await rejects(asked, { message: "the client is gone" });
  held.resolve(new Response());
});

Deno.test("what cannot be reached is said without the URL", async () => {
  await using scene = new Scene(() => new Response());
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = closed.addr;
  closed.close();
  await rejects(scene.get("http://unknown.test/?key=secret"), {
    message: "no address of 'unknown.test' was found",
  });
  await rejects(scene.get("://bad"), { message: "'://bad' is no URL" });
  const error = await scene.get(`http://api.test:${port}/?key=secret`).catch((error) => error);
  match(error.message, /refused/);
  equal(error.message.includes("secret"), false);
});

Deno.test("clients for many addresses are closed again, those in use last", () => {
  const clock = new FakeClock();
  const clients = new FetchClients(clock);
  const take = (address: string) => clients.take(new URL("http://a/"), address);
  const used = take("192.0.2.1");
  for (let i = 0; i < 200; i++) take(`198.51.100.${i}`).release();
  equal(clients.size, 64);
  equal(take("192.0.2.1").client, used.client);
  clock.advance(30_000);
  equal(clients.size, 1);
  clients.close();
  equal(clients.size, 0);
  // The server stops while a request is under way.
  used.release();
  used.release();
  clock.advance(30_000);
});

Deno.test("so many go to one host at a time, the others in order after them", async () => {
  let most = 0;
  let inside = 0;
  const gates: (() => void)[] = [];
  await using scene = new Scene(async () => {
    most = Math.max(most, ++inside);
    await new Promise<void>((resolve) => {
      gates.push(resolve);
      if (gates.length % 4 === 0) { for (const open of gates.splice(0)) open(); }
    });
    inside--;
    return new Response("x");
  });
  const all = Array.from({ length: 40 }, () => scene.get("/"));
  equal((await Promise.all(all)).length, 40);
  equal(most <= 16, true, String(most));
});
