import { deepEqual, equal, match } from "node:assert/strict";
import { settled } from "../../support/decided.ts";
import { ServiceServer } from "../service_server.ts";
import { ask } from "./ask.ts";

/** A client's method, and an HTTP server that it may ask. */
async function fetches(
  body: string,
  handle: (request: Request) => Response | Promise<Response>,
): Promise<unknown> {
  const web = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, handle);
  try {
    await using server = ServiceServer.start(`url = "http://127.0.0.1:${web.addr.port}"
      function onConnection(client) function client:f() ${body} end end`);
    const asked = ask(server, server.connect(), "f");
    while (asked.outcome === "waits") await server.turn();
    return asked.outcome;
  } finally {
    await web.shutdown();
  }
}

Deno.test("a script gets status, body and headers of a response", async () => {
  const outcome = await fetches(
    `local status, body, headers = mona:fetch(url .. "/a?b=1")
    return status, #body, { body:byte(1, 3) }, headers["x-who"], mona:fromJSON('{"a":1}').a`,
    (request) =>
      new Response(Uint8Array.of(0, 255, 10), {
        status: 404,
        headers: { "X-Who": `${request.method} ${new URL(request.url).search}` },
      }),
  );
  deepEqual(outcome, [404, 3, [0, 255, 10], "GET ?b=1", 1]);
});

Deno.test("a table as body goes as JSON, a text as it is", async () => {
  const outcome = await fetches(
    `local _, json = mona:fetch(url, { body = { user = "Ann", list = { 1, 2 } } })
    local _, text = mona:fetch(url, { method = "put", body = "a\\0b", headers = { ["X-Key"] = "k", ["Content-Type"] = "text/plain" } })
    return json, text`,
    async (request) => {
      const { headers, method } = request;
      const text = (await request.text()).replace("\0", "0");
      return new Response(
        `${method} ${headers.get("content-type")} ${headers.get("x-key")} ${text}`,
      );
    },
  );
  const [json, text] = outcome as string[];
  match(json!, /^POST application\/json null \{.*\}$/);
  deepEqual(JSON.parse(json!.slice(json!.indexOf("{"))), { user: "Ann", list: [1, 2] });
  equal(text, "PUT text/plain k a0b");
});

Deno.test("what fails is nil and a reason, what is written wrong an error", async () => {
  const outcome = await fetches(
    `local results = {}
    local function try(...) local a, b = mona:fetch(...) results[#results + 1] = tostring(a) .. " " .. b end
    try("ftp://example.com/")
    try("http://169.254.169.254/latest/meta-data")
    try(url .. "/slow", { timeout = 20 })
    for _, options in ipairs { "x", { method = "TRACE" }, { method = "GET", body = "x" }, { timeout = -1 },
        { headers = { ["a b"] = "c" } }, { headers = { a = "b\\nc" } },
        { timeuot = 5 }, { "GET" }, { timeout = "soon" }, { method = {} }, { body = true },
        { headers = "a" }, { headers = { a = {} } }, { redirect = 0 } } do
      local ok, text = pcall(mona.fetch, mona, url, options)
      results[#results + 1] = tostring(ok) .. " " .. text:gsub("^.*%(", "(")
    end
    return results`,
    () => new Promise<Response>((resolve) => setTimeout(() => resolve(new Response()), 60)),
  );
  const [results] = outcome as string[][];
  deepEqual(results, [
    "nil ftp:// is neither http:// nor https://",
    "nil not allowed: 169.254.169.254 is a reserved address, [lua] fetch is all",
    "nil no whole response within 0.02 s",
    "false (table expected)",
    "false (method 'TRACE' is not allowed)",
    "false (GET has no body)",
    "false (timeout is in milliseconds, above 0)",
    "false ('a b' cannot be a header)",
    "false ('a' cannot be a header)",
    "false (there is no option 'timeuot')",
    "false (options have names)",
    "false (timeout is in milliseconds, above 0)",
    "false (method is a text)",
    "false (body is a text or a table)",
    "false (headers is a table)",
    "false ('a' of headers is a text)",
    "false (redirect is true or false)",
  ]);
});

Deno.test("a request ends with the client that waits for it", async () => {
  const came = Promise.withResolvers<AbortSignal>();
  const gate = Promise.withResolvers<void>();
  const web = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    came.resolve(request.signal);
    await gate.promise;
    return new Response();
  });
  await using server = ServiceServer.start(`function onConnection(client)
    function client:f() mona:fetch("http://127.0.0.1:${web.addr.port}") INFO("never") end
  end`);
  const client = server.connect();
  const asked = ask(server, client, "f");
  const signal = await came.promise;
  const aborted = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve());
  });
  server.hub.disconnect(client);
  await aborted;
  gate.resolve();
  await settled();
  deepEqual(asked.outcome, "the client is gone");
  equal(server.log.lines.some((line) => line.includes("never")), false);
  await web.shutdown();
});
