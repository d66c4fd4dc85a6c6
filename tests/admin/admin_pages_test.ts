import { deepEqual, equal, match } from "node:assert/strict";
import { Access, AdminPages, Health } from "../../src/admin/mod.ts";
import { counter } from "../../src/base/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import { HttpListener } from "../../src/protocols/http/mod.ts";
import { RawClient } from "../http/support.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { HTTP_SETTINGS } from "../support/web_settings.ts";

const TOKEN = "kanarienvogel";
const KEY = { authorization: `Bearer ${TOKEN}` };

/** The admin port, and a way to ask it, each time on a connection of its own. */
async function withPages(
  run: (
    ask: (...args: Parameters<RawClient["ask"]>) => ReturnType<RawClient["ask"]>,
    raw: (request: string) => Promise<string>,
  ) => Promise<void>,
  isReady = true,
): Promise<void> {
  const clock = new FakeClock();
  const log = new CaptureLog("admin", true);
  const listener = new HttpListener({
    clock,
    log,
    scheduler: new WriteScheduler(clock),
    hostname: "127.0.0.1",
    port: 0,
    settings: { ...HTTP_SETTINGS, crossOrigin: "", maxBody: 0 },
    resources: [
      new AdminPages({
        access: new Access({ token: TOKEN, names: ["127.0.0.1"] }),
        health: new Health(clock, { ports: () => isReady }),
        metrics: [() => [counter("plays", "Plays.", 7)]],
      }),
    ],
  });
  const clients: RawClient[] = [];
  const connect = async () => {
    const client = await RawClient.connect(listener.port);
    clients.push(client);
    return client;
  };
  try {
    await run(
      async (...args) => await (await connect()).ask(...args),
      async (request) => {
        const client = await connect();
        await client.send(request);
        return (await client.response()).text;
      },
    );
    // In dumps the redactor hides it, which stands behind this log.
    const lines = log.lines.filter((line) => !line.startsWith("TRACE "));
    equal(lines.join("\n").includes(TOKEN), false);
  } finally {
    for (const client of clients) client.close();
    await listener.close();
  }
}

Deno.test("metrics are told to whoever has the token, in the format that is asked for", () =>
  withPages(async (ask) => {
    const plain = await ask("GET", "/metrics", KEY);
    equal(plain.status, 200);
    equal(plain.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    equal(
      plain.text,
      "# HELP mona_plays_total Plays.\n# TYPE mona_plays_total counter\nmona_plays_total 7\n",
    );
    const open = await ask("GET", "/metrics?x=1", {
      ...KEY,
      accept: "application/openmetrics-text",
    });
    match(open.headers.get("content-type")!, /^application\/openmetrics-text; version=1\.0\.0/);
    match(open.text, /^mona_plays_total 7\n# EOF\n$/m);
    const head = await ask("HEAD", "/metrics", KEY);
    deepEqual([head.status, head.text], [200, ""]);
  }));

Deno.test("without the token every path and method but health is answered with 401", () =>
  withPages(async (ask) => {
    const paths = ["/metrics", "/", "/health", "/health/", "/health/live/x", "/health/../metrics"];
    const more = ["/%2e%2e/", "//health/live", "/x/../../y", "/health/live%2f..%2fmetrics"];
    for (const path of [...paths, ...more]) {
      for (const headers of [{}, { authorization: "Bearer x" }, { cookie: `token=${TOKEN}` }]) {
        const { status, headers: got } = await ask("GET", path, headers);
        equal(status, 401, path);
        match(got.get("www-authenticate")!, /^Bearer /);
      }
    }
    for (const method of ["HEAD", "POST", "PUT", "OPTIONS", "DELETE"]) {
      equal((await ask(method, "/metrics")).status, 401, method);
    }
    equal((await ask("POST", "/metrics", {}, "a body")).status, 401);
    equal((await ask("GET", `/metrics?token=${TOKEN}`)).status, 401);
  }));

Deno.test("with the token what is not there is 404, and nothing is changed by a method", () =>
  withPages(async (ask) => {
    equal((await ask("GET", "/", KEY)).status, 404);
    const post = await ask("POST", "/metrics", KEY, "a body");
    deepEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
    equal((await ask("GET", "/metrics", KEY, "a body")).status, 200);
  }));

Deno.test("health is told to everybody", () =>
  withPages(async (ask) => {
    const live = await ask("GET", "/health/live");
    deepEqual([live.status, live.text], [200, '{"status":"live"}\n']);
    const ready = await ask("GET", "/health/ready?probe=1");
    deepEqual([ready.status, ready.text], [200, '{"status":"ready","checks":{"ports":true}}\n']);
  }));

Deno.test("a server that lives and is not ready says what is amiss", () =>
  withPages(async (ask) => {
    equal((await ask("GET", "/health/live")).status, 200);
    const ready = await ask("GET", "/health/ready");
    deepEqual([ready.status, ready.text], [
      503,
      '{"status":"not ready","checks":{"ports":false}}\n',
    ]);
  }, false));

Deno.test("a name that leads here from elsewhere is refused, token or not", () =>
  withPages(async (_, raw) => {
    for (const path of ["/health/live", "/metrics"]) {
      const request = `GET ${path} HTTP/1.1\r\nhost: evil.example\r\n` +
        `authorization: Bearer ${TOKEN}\r\n\r\n`;
      match(await raw(request), /another name/);
    }
    match(await raw("GET /health/live HTTP/1.1\r\nhost: 127.0.0.1:80\r\n\r\n"), /"live"/);
  }));

Deno.test("no page of another origin may read an answer, nor be told that it may ask", () =>
  withPages(async (ask) => {
    const origin = { origin: "https://evil.example" };
    const preflight = {
      ...origin,
      "access-control-request-method": "GET",
      "access-control-request-headers": "authorization",
    };
    const answers = [
      await ask("GET", "/health/live", origin),
      await ask("GET", "/metrics", origin),
      await ask("GET", "/metrics", { ...origin, ...KEY }),
      await ask("OPTIONS", "/metrics", preflight),
    ];
    for (const { headers } of answers) {
      deepEqual([...headers.keys()].filter((name) => name.startsWith("access-control")), []);
    }
    equal(answers[3]!.status, 401);
  }));
