import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import {
  define,
  event,
  method,
  part,
  property,
  readonly,
} from "../../src/script/lua/definition.ts";
import { Objects } from "../../src/script/lua/objects.ts";
import { LuaVM } from "../../src/script/lua/vm.ts";
import { TestServer } from "./support.ts";

/** A thing of the test's own. */
class Thing {
  isAlive = true;
  size = 3;
  readonly watched: boolean[] = [];
  readonly collected: string[];

  constructor(collected: string[] = []) {
    this.collected = collected;
  }
}

const thing = define<Thing>({
  name: "thing",
  type: Thing,
  isAlive: (thing) => thing.isAlive,
  onCollected: (thing) => thing.collected.push("collected"),
  members: {
    kind: readonly(() => "thing"),
    size: property((thing) => thing.size, (thing, args) => thing.size = args.number(1)),
    fail: method(() => {
      throw new Error("from our side");
    }),
    echo: method((_thing, args) => args.text(1)),
    onX: event((thing, isDefined) => thing.watched.push(isDefined)),
  },
});

function machine(): { vm: LuaVM; objects: Objects; run: (code: string) => string[] } {
  const vm = new LuaVM({ memory: 64 << 20, warn() {} });
  const objects = new Objects(vm, () => ({
    dataAt: () => undefined,
    announce() {},
    pushInput() {},
    pushOutput() {},
  }));
  objects.define(thing);
  const run = (code: string) => {
    const { top } = vm;
    vm.load(new TextEncoder().encode(code), "t.lua");
    vm.call(0, -1);
    const values: string[] = [];
    for (let index = top + 1; index <= vm.top; index++) {
      vm.pushDisplayed(index);
      values.push(vm.toText(-1) ?? "");
      vm.pop();
    }
    vm.top = top;
    return values;
  };
  return { vm, objects, run };
}

function setGlobal({ vm, objects }: { vm: LuaVM; objects: Objects }, object: object): void {
  vm.pushGlobals();
  objects.pushObject(object);
  vm.setField(-2, "thing");
  vm.pop();
}

Deno.test("an object is one Lua value, with what scripts put in it, while it is alive", () => {
  const lua = machine();
  const object = new Thing();
  setGlobal(lua, object);
  lua.run("thing.mine = {} thing = nil");
  lua.vm.collect();
  setGlobal(lua, object);
  deepEqual(lua.run("return thing.mine ~= nil, thing.kind"), ["true", "thing"]);
  equal(lua.objects.size, 1);
  lua.vm.close();
});

Deno.test("a dead object goes when no script holds it, and answers while one does", () => {
  const lua = machine();
  const collected: string[] = [];
  const object = new Thing(collected);
  setGlobal(lua, object);
  lua.run("thing.mine = 1 held = thing");
  object.isAlive = false;
  lua.objects.release(object);
  lua.objects.release(object);
  lua.vm.collect();
  setGlobal(lua, object);
  deepEqual(lua.run("return thing == held, held.mine, held.kind, held:echo('x')"), [
    "true",
    "1",
    "thing",
    "x",
  ]);
  lua.run("thing, held = nil");
  lua.vm.collect();
  equal(lua.objects.size, 0);
  deepEqual(collected, ["collected"]);
  setGlobal(lua, object);
  deepEqual(lua.run("return thing.mine, thing.kind"), ["nil", "thing"]);
  lua.vm.close();
});

Deno.test("an object that comes to stand for another is a new value, the old one stays harmless", () => {
  const lua = machine();
  const object = new Thing();
  setGlobal(lua, object);
  lua.run("old = thing thing.mine = 1");
  lua.objects.forget(object);
  setGlobal(lua, object);
  deepEqual(lua.run("return old ~= thing, old.mine, thing.mine, old.kind"), [
    "true",
    "1",
    "nil",
    "thing",
  ]);
  lua.vm.close();
});

Deno.test("wrong assignments and calls are errors that name the member and the line", () => {
  const lua = machine();
  setGlobal(lua, new Thing());
  const fails = (code: string, message: string) => throws(() => lua.run(code), { message });
  fails("thing.kind = 1", "t.lua:1: thing.kind is read-only");
  fails("\nthing.fail = 1", "t.lua:2: thing.fail is read-only");
  fails("thing.size = {}", "t.lua:1: bad argument #1 to 'size' (number expected, got table)");
  fails("thing:fail()", "t.lua:1: from our side");
  fails("thing:echo()", "t.lua:1: bad argument #1 to 'echo' (string expected, got no value)");
  fails("thing.size = 'x'", "t.lua:1: bad argument #1 to 'size' (number expected, got string)");
  lua.run("thing.size = '7'");
  deepEqual(lua.run("return thing.size, thing.unknown"), ["7", "nil"]);
  equal(lua.vm.top, 0);
  lua.vm.close();
});

Deno.test("an event is watched from its first assignment until a call finds it gone", () => {
  const lua = machine();
  const object = new Thing();
  setGlobal(lua, object);
  equal(lua.objects.event(object, "onX"), false);
  lua.run("function thing:onX() return self.kind end");
  ok(lua.objects.event(object, "onX"));
  lua.vm.call(1, 1);
  equal(lua.vm.toText(-1), "thing");
  lua.vm.pop();
  lua.run("thing.onX = nil");
  equal(lua.objects.event(object, "onX"), false);
  equal(lua.objects.mayHave(object, "onX"), false);
  lua.run("thing.onX = print");
  deepEqual(object.watched, [true, false, true]);
  lua.vm.close();
});

Deno.test("functions for one call and iterators leave nothing behind", () => {
  using server = new TestServer("");
  server.connect();
  server.run("for i = 1, 2000 do for id in pairs(mona.clients) do end end");
  const { vm } = server.scripts.host;
  const before = vm.collect();
  server.run("for i = 1, 2000 do for id in pairs(mona.clients) do end end");
  ok(vm.collect() <= before + 4096);
});

Deno.test("packet hooks follow what applications and their ancestors define", () => {
  using server = new TestServer({ "main.lua": "", "a/main.lua": "", "a/b/main.lua": "" });
  const [root, a, b] = ["", "/a", "/a/b"].map((path) => server.connect(path).hooks);
  const shown = () => [root, a, b].map((hooks) => [hooks?.audio, hooks?.video, hooks?.data]);
  const none = [false, false, false];
  deepEqual(shown(), [none, none, none]);
  server.run("function onVideoPacket() end", "/a");
  deepEqual(shown(), [none, [false, true, false], [false, true, false]]);
  server.run("onAudioPacket = print");
  deepEqual(shown(), [[true, false, false], [true, true, false], [true, true, false]]);
  server.write("a/main.lua", "x = 1");
  server.pass();
  deepEqual(shown(), [[true, false, false], [true, false, false], [true, false, false]]);
});

Deno.test("a refused client leaves nothing, and its writer has no effect", () => {
  using server = new TestServer(`function onConnection(client)
    kept = client
    client.writer:newFlowWriter().onManage = function() error("alive") end
    function client:onManage() error("alive") end
    error("no")
  end`);
  throws(() => server.connect(), { message: "no" });
  server.pass();
  server.run("kept.writer:writeInvocation('x') kept.writer:newFlowWriter():close()");
  equal(server.scripts.host.managed.size, 0);
  ok(!server.log.lines.some((line) => line.includes("alive")));
  match(server.log.lines.at(-1) ?? "", /^WARN www\/main\.lua:5: no$/);
});

Deno.test("a publication that a script closes when it is asked is refused in its words", () => {
  using server = new TestServer(`function onPublish(client, publication)
    publication:close("Publish.BadName", "not now")
  end`);
  const [publisher, listener] = [server.connect(), server.connect()];
  server.subscribe(listener, "live");
  throws(
    () => server.publish(publisher, "live"),
    { name: "Refusal", code: "Publish.BadName", message: "not now" },
  );
  equal(server.hub.publication("live"), undefined);
});

Deno.test("a restart ends what its scripts publish, and nothing that others publish since", () => {
  using server = new TestServer({ "main.lua": "", "a/main.lua": "" });
  server.connect("/a");
  for (const name of ["once", "again"]) server.subscribe(server.connect(), name);
  server.run(`mine = mona:publish("mine")
    for _, name in ipairs {"once", "again"} do
      for i = 1, 10 do mona:publish(name):close() end
    end`);
  equal(server.scripts.host.applications.root.resources.size, 1, "what is closed is let go");
  server.run(`mona:publish("again")`, "/a");
  const publication = server.publish(server.connect(), "once");
  server.write("main.lua", "changed = true");
  server.pass();
  deepEqual(
    server.run(`return changed, mona.publications("mine"), mona.publications("again").running`),
    [true, null, true],
  );
  equal(publication.isRunning, true);
});

Deno.test("a reference that was let go is given again", () => {
  const { vm } = machine();
  const keep = () => {
    vm.pushTable();
    return vm.ref();
  };
  const [first, second] = [keep(), keep()];
  vm.unref(first);
  equal(keep(), first);
  ok(keep() > second);
  vm.close();
});

Deno.test("a part keeps what scripts put in it while its owner is alive, and no longer", () => {
  const run = machine();
  const { vm, objects } = run;
  class Part {}
  class Owner {
    isAlive = true;
    readonly part = new Part();
  }
  objects.define(define<Part>({ name: "part", type: Part, members: {} }));
  objects.define(define<Owner>({
    name: "owner",
    type: Owner,
    isAlive: (owner) => owner.isAlive,
    members: { part: part((owner) => owner.part) },
  }));
  const owner = new Owner();
  setGlobal(run, owner);
  const size = objects.size;
  run.run("thing.part.note = 1 thing.part.owner = thing");
  vm.collect();
  deepEqual(
    run.run(
      "return thing.part.note, thing.part.owner == thing, pcall(function() thing.part = 1 end)",
    ).slice(0, 3),
    [
      "1",
      "true",
      "false",
    ],
  );
  equal(objects.size, size + 1);
  owner.isAlive = false;
  objects.release(owner);
  run.run("thing = nil");
  vm.collect();
  equal(objects.size, size - 1);
  vm.close();
});
