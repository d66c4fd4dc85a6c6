import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { Refusal } from "../../src/hub/mod.ts";
import { TestServer } from "./support.ts";

Deno.test("the root application starts with the server, others with their first client", () => {
  using server = new TestServer({
    "main.lua": `started = {} function onStart(path) started[#started + 1] = path end`,
    "Games/myGame/main.lua": "",
  });
  deepEqual(server.run("return started"), [[""]]);
  server.connect("/Games/myGame");
  deepEqual(server.run("return started"), [["", "/Games", "/Games/myGame"]]);
});

Deno.test("children starts a child and returns it, nested paths too, nil without folder", () => {
  using server = new TestServer({
    "main.lua": "",
    "a/b/main.lua": "value = 7",
  });
  deepEqual(
    server.run(`
      local child = children("a/b")
      return child.value, child == a.b, children("none"), children("a") == a, next(children())`),
    [7, true, null, true, "a", []],
  );
});

Deno.test("a folder that is made after it was asked for is found a tenth of a second later", () => {
  using server = new TestServer({ "main.lua": "" });
  const isFound = () => server.run(`return children("late") ~= nil`)[0];
  deepEqual(isFound(), false);
  server.write("late/main.lua", "");
  server.write("other/main.lua", "");
  deepEqual(isFound(), false);
  deepEqual(server.run(`return children("other") ~= nil`), [true]);
  server.clock.advance(100);
  deepEqual(isFound(), true);
});

Deno.test("an application inherits, overloads and removes its overload", () => {
  using server = new TestServer({
    "main.lua": `test = "root" function f() return "f of " .. name end list = {1}`,
    "child/main.lua": "",
  });
  const run = (code: string) => server.run(code, "/child");
  deepEqual(run("return test, super.test, name, path, this.test"), [
    "root",
    "root",
    "child",
    "/child",
    "root",
  ]);
  deepEqual(run(`test = "mine" return test, super.test`), ["mine", "root"]);
  deepEqual(run("test = nil return test"), ["root"]);
  deepEqual(run("return f(), super.f == f, list == super.list"), ["f of ", true, true]);
  deepEqual(run("list[2] = 2 return #super.list"), [2]);
  deepEqual(server.run("return super, path, name"), [null, "", ""]);
});

Deno.test("an application is a global by its name, from anywhere, while it runs", () => {
  using server = new TestServer({
    "main.lua": "",
    "Games/main.lua": `test = "hello" function load() return "loaded by " .. name end`,
    "Games/myGame/main.lua": "function load(self) return self == this end",
    "other/main.lua": "",
  });
  deepEqual(server.run("return Games"), [null]);
  server.connect("/Games/myGame");
  deepEqual(server.run("return Games.test, Games.myGame:load(), Games.load()", "/other"), [
    "hello",
    true,
    "loaded by Games",
  ]);
});

Deno.test("an application whose name is a global of its parent does not hide that", () => {
  using server = new TestServer({ "main.lua": "", "clients/main.lua": "here = true" });
  server.connect("/clients");
  server.connect();
  deepEqual(server.run("return #clients, children('clients').here"), [1, true]);
  Deno.removeSync(`${server.www}/clients/main.lua`);
  server.pass();
  deepEqual(server.run("return #clients"), [1]);
});

Deno.test("an application whose name is a global of Lua's or the server's does not hide that", () => {
  const names = ["cumulus", "mona", "string", "print", "INFO"];
  using server = new TestServer({
    "main.lua": "",
    ...Object.fromEntries(names.map((name) => [`${name}/main.lua`, "here = true"])),
    "cumulus/deep/main.lua": "function read() return cumulus.clients.count, string.rep('x', 2) end",
  });
  for (const name of names) server.connect(`/${name}`);
  server.connect("/cumulus/deep");
  deepEqual(server.run("return read()", "/cumulus/deep"), [6, "xx"]);
  deepEqual(server.run("return cumulus == mona, type(print), children('cumulus').here"), [
    true,
    "function",
    true,
  ]);
});

Deno.test("an edited main.lua restarts its application and children see the new one", () => {
  using server = new TestServer({
    "main.lua": `value = 1 stops = 0 function onStop(path) stopped = path end`,
    "child/main.lua": "function read() return value end",
  });
  const client = server.connect("/child");
  server.run("function client(c) end");
  server.write("main.lua", "value = 2 function onStart(path) began = path end");
  server.pass();
  deepEqual(server.run("return value, stops, began, stopped"), [2, null, "", null]);
  deepEqual(server.run("return read(), super.value", "/child"), [2, 2]);
  ok(client.isConnected);
  ok(server.log.lines.some((line) => /application \/ changed/.test(line)));
});

Deno.test("a main.lua with an error refuses clients, tells the log where, and heals when edited", () => {
  using server = new TestServer({ "main.lua": "", "bad/main.lua": "a = 1\nlocal = 2" });
  const refused = (message: string) =>
    throws(() => server.connect("/bad"), (error) => {
      ok(error instanceof Refusal);
      equal(error.code, "Connect.Rejected");
      equal(error.message, message);
      return true;
    });
  equal(server.scripts.errors, 0);
  refused("Application /bad failed");
  equal(server.scripts.errors, 1);
  ok(server.log.lines.some((line) => /^ERROR .*www\/bad\/main\.lua:2: /.test(line)));
  server.write("bad/main.lua", "error('at start')");
  server.pass();
  refused("at start");
  server.write("bad/main.lua", "function onConnection() return {healed = true} end");
  server.pass();
  const client = server.connect("/bad");
  deepEqual(server.answers.get(client), { healed: true });
});

Deno.test("the root application has not started when its script fails, and has without one", () => {
  using empty = new TestServer({});
  using broken = new TestServer("error('no')");
  deepEqual([empty, broken].map(({ scripts }) => scripts.isStarted), [true, false]);
  deepEqual([empty, broken].map(({ scripts }) => scripts.errors), [0, 1]);
});

Deno.test("an event that fails counts as an error of scripts", () => {
  using server = new TestServer("function onDisconnection() error('late') end");
  server.hub.disconnect(server.connect());
  equal(server.scripts.errors, 1);
});

Deno.test("a deleted application stops, its folder without main.lua inherits everything", () => {
  using server = new TestServer({
    "main.lua": "stops = {} function onStop(path) stops[#stops + 1] = path end",
    "gone/main.lua": "value = 1",
    "empty/main.lua": "value = 1",
  });
  const client = server.connect("/gone");
  server.connect("/empty");
  Deno.removeSync(`${server.www}/gone`, { recursive: true });
  Deno.removeSync(`${server.www}/empty/main.lua`);
  server.pass();
  deepEqual(server.run("return stops, gone, empty ~= nil, empty.value"), [
    ["/gone", "/empty"],
    null,
    true,
    null,
  ]);
  ok(client.isConnected);
  throws(() => server.connect("/gone"), { code: "Connect.InvalidApp", reason: "missing" });
});

Deno.test("a path without folder is refused, and so is one that leaves www", () => {
  using server = new TestServer({ "main.lua": "", "x/main.lua": "" });
  throws(() => server.connect("/nothing"), {
    code: "Connect.InvalidApp",
    message: "Application /nothing doesn't exist",
  });
  for (const path of ["/..", "/x/../..", "/.git", "/x/..\\y", "/\0"]) {
    equal(server.scripts.handler.hasApplication(path), false, path);
  }
  equal(server.scripts.handler.hasApplication("/x/"), true);
});

Deno.test("onStop runs for children before their parents when the server stops", () => {
  const server = new TestServer({
    "main.lua": "function onStop(path) NOTE('stop ' .. path) end",
    "a/b/main.lua": "",
  });
  server.connect("/a/b");
  server[Symbol.dispose]();
  deepEqual(
    server.log.lines.filter((line) => line.startsWith("NOTE")).map((l) => l.split(": ")[1]),
    [
      "stop /a/b",
      "stop /a",
      "stop ",
    ],
  );
});

Deno.test("what a script opened ends when its application stops", () => {
  using server = new TestServer({ "main.lua": "", "a/main.lua": "mona:publish('show')" });
  server.connect("/a");
  ok(server.hub.publication("show"));
  server.write("a/main.lua", "");
  server.pass();
  equal(server.hub.publication("show"), undefined);
});

Deno.test("a client that another's onManage disconnects is not managed any more", () => {
  using server = new TestServer(`
    managed = 0
    function onConnection(client)
      function client:onManage()
        managed = managed + 1
        for id, other in pairs(mona.clients) do
          if id ~= self.id then other.writer:close() end
        end
      end
    end`);
  server.connect();
  server.connect();
  server.pass();
  deepEqual(server.run("return managed, #mona.clients"), [1, 1]);
});
