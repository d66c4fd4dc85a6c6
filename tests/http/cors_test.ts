import { deepEqual, equal } from "node:assert/strict";
import { type Value } from "../../src/codecs/mod.ts";
import { type Handler, Refusal } from "../../src/hub/mod.ts";
import { withServer } from "./support.ts";

const PREFLIGHT = {
  origin: "http://a",
  "access-control-request-method": "POST",
  "access-control-request-headers": "x-a",
};

/** An application `/app` whose `onConnection` returns `crossOrigin`, and what happened to clients. */
function saying(crossOrigin: Value, events: string[] = []): Partial<Handler> {
  return {
    hasApplication: (path) => path === "" || path === "/app",
    onConnection({ client: { path } }) {
      events.push(`+${path}`);
      return path === "/app" ? { crossOrigin } : undefined;
    },
    onDisconnection: ({ path }) => void events.push(`-${path}`),
  };
}

Deno.test("OPTIONS tells what a page of another origin may ask", async () => {
  await withServer({}, async ({ ask }) => {
    const response = await ask("OPTIONS", "/app", PREFLIGHT);
    equal(response.status, 204);
    equal(response.headers.get("access-control-allow-origin"), "*");
    equal(response.headers.get("access-control-allow-headers"), "x-a");
    equal(response.headers.get("access-control-allow-methods"), "GET, HEAD, POST, PUT, OPTIONS");
    equal(response.headers.get("allow"), "GET, HEAD, POST, PUT, OPTIONS");
    equal((await ask("OPTIONS", "*", PREFLIGHT)).status, 204);
  });
  await withServer({ settings: { crossOrigin: "http://a, http://b" } }, async ({ ask }) => {
    const own = await ask("OPTIONS", "/app", PREFLIGHT);
    equal(own.headers.get("access-control-allow-origin"), "http://a");
    const other = await ask("OPTIONS", "/app", { ...PREFLIGHT, origin: "http://c" });
    equal(other.headers.get("access-control-allow-origin"), undefined);
    equal(other.headers.get("access-control-allow-methods"), undefined);
  });
});

/** What `onConnection` says, and the origin that a page of `http://a` is allowed then. */
const cases: [Value, string | undefined][] = [
  ["http://a", "http://a"],
  ["http://b, http://a", "http://a"],
  [["http://b", "http://a"], "http://a"],
  ["http://b", undefined],
  ["http://*, http://b", undefined],
  ["*", "*"],
  [true, "*"],
  [false, undefined],
  [[], undefined],
  [undefined, "http://ini"],
  [7, "http://ini"],
];
for (const [said, allowed] of cases) {
  Deno.test(`crossOrigin=${JSON.stringify(said)} of a script goes for answers and preflights`, async () => {
    const settings = { crossOrigin: "http://ini" };
    await withServer({ handler: saying(said), settings }, async ({ ask }) => {
      const origin = allowed === "http://ini" ? "http://ini" : "http://a";
      const requests: [string, string, Record<string, string>][] = [
        ["GET", "/app/x.txt", { origin }],
        ["POST", "/app", { origin }],
        ["OPTIONS", "/app/x.txt", { ...PREFLIGHT, origin }],
        ["OPTIONS", "/app", { ...PREFLIGHT, origin }],
      ];
      for (const [method, path, headers] of requests) {
        const response = await ask(method, path, headers);
        const expected = allowed === "*" && method !== "OPTIONS" ? origin : allowed;
        equal(response.headers.get("access-control-allow-origin"), expected, `${method} ${path}`);
        if (allowed === "*" || allowed === "http://ini") continue;
        const fromIni = await ask(method, path, { ...headers, origin: "http://ini" });
        equal(fromIni.headers.get("access-control-allow-origin"), undefined, `${method} ${path}`);
      }
      const other = await ask("OPTIONS", "/x.txt", { ...PREFLIGHT, origin: "http://ini" });
      equal(other.headers.get("access-control-allow-origin"), "http://ini");
    });
  });
}

Deno.test("a page that asks with credentials reads what anybody may, and nothing that cookies open", async () => {
  await withServer({}, async ({ ask }) => {
    const names = ["access-control-allow-origin", "access-control-allow-credentials", "vary"];
    const said = async (method: string, headers: Record<string, string>) => {
      const response = await ask(method, "/", headers);
      return names.map((name) => response.headers.get(name));
    };
    const everyone = ["*", undefined, undefined];
    const origin = "http://a";
    deepEqual(await said("GET", { origin }), [origin, "true", "origin"]);
    deepEqual(await said("GET", { origin, cookie: "a=b" }), everyone);
    deepEqual(await said("GET", { origin, authorization: "Basic eA==" }), everyone);
    deepEqual(await said("GET", {}), everyone);
    // Allowed here, the request that follows would come with cookies.
    deepEqual(await said("OPTIONS", PREFLIGHT), everyone);
  });
});

Deno.test("a preflight is a client for a moment, and none where it is asked without an origin", async () => {
  const events: string[] = [];
  await withServer({ handler: saying("*", events) }, async ({ connect }) => {
    const client = await connect();
    await client.ask("OPTIONS", "/app/x", PREFLIGHT);
    deepEqual(events.splice(0), ["+/app", "-/app"]);
    const { origin: _, ...plain } = PREFLIGHT;
    await client.ask("OPTIONS", "/app/x", plain);
    await client.ask("OPTIONS", "*", PREFLIGHT);
    deepEqual(events.splice(0), []);
    await client.ask("GET", "/app/x");
    await client.ask("OPTIONS", "/app/y", PREFLIGHT);
    deepEqual(events.splice(0), ["+/app"]);
  });
});

Deno.test("a preflight that a script refuses, or of no application, is answered by the settings", async () => {
  const handler: Partial<Handler> = {
    hasApplication: (path) => path === "/app",
    onConnection: ({ client: { properties } }) => {
      if (properties.get("authorization") === undefined) {
        throw new Refusal("Connect.Rejected", "who are you?");
      }
    },
  };
  await withServer({ handler, settings: { crossOrigin: "http://a" } }, async ({ connect }) => {
    const client = await connect();
    for (const path of ["/app/x", "/none/x"]) {
      const response = await client.ask("OPTIONS", path, PREFLIGHT);
      equal(response.status, 204);
      equal(response.headers.get("access-control-allow-origin"), "http://a");
    }
    equal((await client.ask("GET", "/app/x", { origin: "http://a" })).status, 403);
  });
});
