import { deepEqual, equal } from "node:assert/strict";
import { TestServer } from "./support.ts";

const shipped = (path: string) =>
  Deno.readTextFileSync(new URL(`../../www/${path}`, import.meta.url));

/** What the log warned of. */
const warnings = (server: TestServer) =>
  server.log.lines.filter((line) => line.startsWith("WARN ")).map((line) => line.slice(5));

/** What tells somebody of the chat from others of the same name. */
const tagOf = (server: TestServer, key: string) =>
  String(server.run(`return (mona:sha256("chat ${key}"):sub(1, 2):gsub(".", function(byte)
    return string.format("%02x", byte:byte()) end))`));

Deno.test("the chat room survives an edit: who joined before and after see each other", () => {
  const chat = shipped("chat/main.lua");
  using server = new TestServer({ "main.lua": shipped("main.lua"), "chat/main.lua": chat });
  const ann = server.connect("/chat");
  server.call(ann, "join", "Ann", "key of Ann");
  server.write("chat/main.lua", chat.replace('"said"', '"wrote"'));
  server.pass();
  const ben = server.connect("/chat", [], { properties: new Map([["name", "Eve"]]) });
  server.call(ann, "say", "anybody here?");
  server.call(ben, "join", "Ben");
  server.call(ann, "say", "hello");
  server.hub.disconnect(ben);
  const [a, b] = [tagOf(server, "key of Ann"), tagOf(server, ben.id)];
  const at = server.clock.epoch();
  deepEqual(server.written(ann), [
    ["invocation", "welcome", a, []],
    ["invocation", "joined", "Ann", a],
    ["invocation", "wrote", "Ann", "anybody here?", a, at],
    ["invocation", "joined", "Ben", b],
    ["invocation", "wrote", "Ann", "hello", a, at],
    ["invocation", "left", "Ben", b],
  ]);
  deepEqual(server.written(ben), [
    ["invocation", "welcome", b, [{ at, name: "Ann", text: "anybody here?", tag: a }]],
    ["invocation", "joined", "Ben", b],
    ["invocation", "wrote", "Ann", "hello", a, at],
  ]);
  deepEqual(warnings(server), []);
});

// The C++ server does the same: an application that starts again finds its clients in `clients`,
// with what scripts put in them.
Deno.test("clients of an edited application keep their members, which onStart may replace", () => {
  const version = (number: number, more = "") => `
    local version = ${number}
    function onConnection(client)
      client.nick = "nick"
      function client:version() return version, self.nick end
    end
    ${more}`;
  using server = new TestServer({ "main.lua": "", "app/main.lua": version(1) });
  const client = server.connect("/app");
  server.write("app/main.lua", version(2));
  server.pass();
  deepEqual(server.call(client, "version"), [1, "nick"]);
  deepEqual(server.call(server.connect("/app"), "version"), [2, "nick"]);
  server.write(
    "app/main.lua",
    version(
      3,
      "function onStart() for _, client in pairs(clients) do onConnection(client) end end",
    ),
  );
  server.pass();
  deepEqual(server.call(client, "version"), [3, "nick"]);
});

Deno.test("the log tells how many clients have functions of a main.lua that was edited", () => {
  const methods = "function onConnection(client) function client:greet() end end";
  using server = new TestServer({
    "main.lua": methods,
    "heir/main.lua": "",
    "own/main.lua": `function onConnection(client) dofile("more.lua").equip(client) end`,
    "own/more.lua": "return { equip = function(client) function client:more() end end }",
  });
  server.connect("");
  server.connect("/heir");
  server.connect("/own");
  const keep = (path: string, clients: string) =>
    `application ${path}: ${clients} with functions of the main.lua before; its onStart can give ` +
    "them new ones";
  server.write("heir/main.lua", "-- edited, but gave its clients nothing");
  server.pass();
  deepEqual(warnings(server), []);
  server.write("main.lua", `${methods} -- edited`);
  server.pass();
  deepEqual(warnings(server), [keep("/", "2 clients go on")]);
  server.write("own/main.lua", "");
  server.pass();
  deepEqual(warnings(server).slice(1), [keep("/own", "1 client goes on")]);
  equal(server.hub.clients.size, 3);
});

Deno.test("an edit is silent when no client has a function of before, or all got new ones", () => {
  const app = `function onConnection(client) function client:greet() end end
    function onStart() for _, client in pairs(clients) do onConnection(client) end end`;
  using server = new TestServer({ "main.lua": app });
  server.connect("");
  server.hub.disconnect(server.connect(""));
  server.write("main.lua", `${app} -- edited`);
  server.pass();
  deepEqual(warnings(server), []);
});
