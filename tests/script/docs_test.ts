import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict";
import { SignJWT } from "jose";
import { Guard, guarded, readRules } from "../../src/access/mod.ts";
import { loadConfig } from "../../src/config/mod.ts";
import type { Client } from "../../src/hub/mod.ts";
import { ServiceServer } from "./service_server.ts";
import { TestServer } from "./support.ts";
import { ask } from "./waiting/ask.ts";
import { decided } from "../support/decided.ts";

const read = (path: string) => Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));

/** The example in Lua of a page that has some text. */
function example(page: string, text: string): string {
  const blocks = [...read(page).matchAll(/^```lua\n([^]*?)^```$/gm)].map(([, code = ""]) => code);
  const found = blocks.filter((code) => code.includes(text));
  equal(found.length, 1, `${page}: ${found.length} examples with ${text}`);
  return found[0] as string;
}

function publish(server: TestServer, client: Client, key: string) {
  const sink = { close() {} };
  return decided(server.hub.publish(client, "test", sink, { parameters: new Map([["key", key]]) }));
}

Deno.test("the first script of the README greets", () => {
  using server = new TestServer({ "hello/main.lua": example("README.md", "client:greet") });
  const client = server.connect("/hello");
  deepEqual(server.call(client, "greet", { name: "Ann" }), ["Hello Ann"]);
});

/** A server behind the rules that the README shows. */
function guardedServer(files: Record<string, string>): TestServer {
  const [, text = ""] = /^```ini\n([^]*?)^```$/m.exec(read("README.md")) ?? [];
  const { config } = loadConfig({ ini: { file: "MonaServer.ini", text } });
  const { rules, faults } = readRules(config);
  deepEqual(faults, []);
  const server = new TestServer(files);
  const { hub, clock, log } = server;
  hub.handler = guarded(hub.handler, new Guard({ rules, linkSecret: "", clock, log }));
  return server;
}

Deno.test("the README's rules keep out who lacks the key, whatever an application says", () => {
  using server = guardedServer({
    "main.lua": read("www/main.lua"),
    "live/main.lua": read("www/live/main.lua"),
    "hello/main.lua": example("README.md", "client:greet"),
    "own/main.lua": "function onPublish() return true end",
    "closed/main.lua": "function onPublish() error('not here') end",
  });
  for (const path of ["", "/live", "/hello", "/own"]) {
    const client = server.connect(path);
    throws(() => publish(server, client, "guess"), { message: "the key is wrong to publish test" });
    throws(() => server.publish(client, "test"), { message: "a key is wanted to publish test" });
    server.hub.unpublish(publish(server, client, "secret"));
    server.subscribe(client, "test");
  }
  throws(() => publish(server, server.connect("/closed"), "secret"), { message: "not here" });
});

Deno.test("a name is one publication of the whole server, whatever the application", () => {
  using server = new TestServer({ "hello/main.lua": "", "live/main.lua": "" });
  const publication = server.publish(server.connect("/hello"), "test");
  const listener = server.subscribe(server.connect("/live"), "test");
  deepEqual([...publication.listeners.values()], [listener]);
});

Deno.test("a rule for all holds where an application calls super's", () => {
  using server = new TestServer({
    "main.lua": `function onPublish(client, publication)
      if publication.parameters.key ~= "secret" then error("wrong key") end
    end`,
    "own/main.lua": `function onPublish(client, publication)
      super.onPublish(client, publication)
    end`,
  });
  throws(() => publish(server, server.connect("/own"), "guess"), { message: "wrong key" });
});

Deno.test("the first application of lua.md rejects, answers and adds", () => {
  using server = new TestServer({ "Games/myGame/main.lua": example("docs/lua.md", "client:sum") });
  throws(() => server.connect("/Games/myGame"), { message: "who are you?" });
  const ann = server.connect("/Games/myGame", ["Ann"]);
  deepEqual(server.answers.get(ann), { welcome: "Ann" });
  deepEqual(server.call(ann, "sum", 1, 2), [3]);
});

Deno.test("the example of lua.md for edits keeps its members through one", () => {
  const app = example("docs/lua.md", "function onStart(path)");
  using server = new TestServer({ "app/main.lua": app });
  const ann = server.connect("/app", ["Ann"]);
  server.call(ann, "rename", "Anna");
  server.write("app/main.lua", `${app}-- edited`);
  server.pass();
  const ben = server.connect("/app", ["Ben"]);
  for (const client of [ann, ben]) {
    deepEqual((server.call(client, "members")?.[0] as string[]).sort(), ["Anna", "Ben"]);
  }
  ok(!server.log.lines.some((line) => line.startsWith("WARN")));
});

Deno.test("what lua.md and migration.md say of numbers is so", () => {
  using server = new TestServer("");
  deepEqual(
    server.run(`return tostring(10 / 2), "n" .. 10 / 2, math.type(10 / 2), ("abc"):sub(1, 5 / 2),
      ("%d"):format(3.7), pcall(function() return 1 % 0 end)`).slice(0, 6),
    ["5", "n5", "float", "ab", "3", false],
  );
  for (const page of ["docs/lua.md", "docs/migration.md"]) ok(read(page).includes("`10 / 2`"));
});

Deno.test("applications of lua.md's names are found by the calls that it shows", () => {
  using server = new TestServer({ "main.lua": "", "Games/myGame/main.lua": "x = 1" });
  deepEqual(server.run("return Games, children('nothing')"), [null, null]);
  deepEqual(server.run("return children('Games/myGame').x, Games.myGame.x"), [1, 1]);
  deepEqual(server.run("return name, path, super ~= nil, _G == this", "/Games/myGame"), [
    "myGame",
    "/Games/myGame",
    true,
    true,
  ]);
});

/** What opens a port of its own, or goes to a host that is not there. */
const OUTSIDE = /:start\(|:bind\(|:connect\(|:toGroup\(|:fromGroup\(|sendMail/;

Deno.test("every whole example in Lua runs as an application and takes a client", async () => {
  const pages = [
    "README.md",
    ...[...Deno.readDirSync(new URL("../../docs", import.meta.url))]
      .map(({ name }) => `docs/${name}`),
  ];
  let count = 0;
  for (const page of pages.sort()) {
    for (const [, code = ""] of read(page).matchAll(/^```lua\n([^]*?)^```$/gm)) {
      if (!/^(local )?function |^local /m.test(code) || OUTSIDE.test(code)) continue;
      count++;
      await using server = ServiceServer.start({ "app/main.lua": code });
      const name = `${page}: ${code}`;
      equal(server.scripts.host.applications.find("/app")?.fault, undefined, name);
      server.connect("/app", ["Ann"]);
      server.pass();
      deepEqual(server.log.lines.filter((line) => /^(ERROR|WARN)/.test(line)), [], name);
    }
  }
  ok(count > 6, `only ${count} examples`);
});

Deno.test("the backend of waiting.md is asked who may publish", async () => {
  const asked: unknown[] = [];
  const web = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { key } = asked[asked.push(await request.json()) - 1] as { key: string };
    const isRight = key === "right" && request.headers.get("authorization") === "Bearer t0k";
    return Response.json({ name: "Ann" }, { status: isRight ? 200 : 403 });
  });
  const code = example("docs/waiting.md", "may-publish")
    .replace("https://api.example.com", `http://127.0.0.1:${web.addr.port}`);
  await using server = ServiceServer.start(code);
  server.config.set("backend.token", "t0k");
  const client = server.connect();
  const publication = await publishLater(server, client, "right");
  equal(publication.name, "test");
  server.hub.unpublish(publication);
  await rejects(publishLater(server, client, "wrong"), { message: "not allowed" });
  deepEqual(asked, [{ stream: "test", key: "right" }, { stream: "test", key: "wrong" }]);
  deepEqual(server.run("for _, c in pairs(clients) do return c.account.name end"), ["Ann"]);
  await web.shutdown();
});

function publishLater(server: TestServer, client: Client, key: string) {
  return Promise.resolve(
    server.hub.publish(client, "test", { close() {} }, { parameters: new Map([["key", key]]) }),
  );
}

Deno.test("the login of waiting.md takes a token that is signed, and no other", async () => {
  await using server = ServiceServer.start(example("docs/waiting.md", "client:login"));
  server.config.set("jwt.key", "a secret of both sides");
  const token = await new SignJWT({}).setProtectedHeader({ alg: "HS256" }).setSubject("Ann")
    .sign(new TextEncoder().encode("a secret of both sides"));
  const client = server.connect();
  const outcomes = [];
  for (const each of [token, `${token.slice(0, -4)}AAAA`, "none"]) {
    const asked = ask(server, client, "login", each);
    while (asked.outcome === "waits") await server.turn();
    outcomes.push(asked.outcome);
  }
  deepEqual(outcomes, [["Ann"], "signature verification failed", "Invalid Compact JWS"]);
});
