import { deepEqual, equal, match, throws } from "node:assert/strict";
import { SharedObjects } from "../../src/flash/mod.ts";
import { Hub } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { FlashPeer } from "../support/flash_peer.ts";
import {
  heardObject,
  objectMessage,
  send,
  type SentEvent,
  set,
  USE,
} from "../support/object_client.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { TestServer } from "./support.ts";

/** A server whose scripts have shared objects, and a Flash client of an application. */
function scene(files: string | Record<string, string>) {
  const clock = new FakeClock();
  const hub = new Hub({ clock });
  const sharedObjects = new SharedObjects({ hub, clock, log: silentLog });
  const server = new TestServer(files, { hub, clock, sharedObjects });
  hub.handler = server.scripts.handler;
  const join = (path = "") => {
    const peer = new FlashPeer(hub, { objects: sharedObjects });
    peer.connect({ app: path, tcUrl: `rtmp://server.test/${path}` });
    const turn = () => {
      clock.advance(0);
      return peer.take().flatMap(({ type, payload }) =>
        type === 19 && payload ? [heardObject(type, payload).events] : []
      );
    };
    const tell = (name: string, ...events: SentEvent[]) => {
      peer.connection.receive({ ...objectMessage({ name }, ...events), streamId: 0, time: 0 });
      return turn();
    };
    return { peer, tell, turn };
  };
  return {
    server,
    clock,
    objects: sharedObjects,
    join,
    [Symbol.dispose]: () => server[Symbol.dispose](),
  };
}

Deno.test("a script and its clients share an object", () => {
  using all = scene(`
    board = mona:sharedObject("board")
    board:set("list", {1, "two", {three = true}})
    function onConnection(client)
      function client:read(name) return board:get(name) end
    end`);
  const { server, join } = all;
  const ann = join();
  deepEqual(ann.tell("board", USE), [[[11], [8], [4, "list", [1, "two", { three: true }]]]]);
  ann.tell("board", set("x", { y: [1, 2] }));
  deepEqual(server.run("return board:get('x').y[2], board:get('none'), #board, board.name"), [
    2,
    null,
    2,
    "board",
  ]);
  server.run("board:set('x', nil) board:set('z', 5)");
  deepEqual(ann.turn(), [[[9, "x"], [4, "z", 5]]]);
  deepEqual(server.run("local all = {} for k, v in pairs(board) do all[k] = v end return all.z"), [
    5,
  ]);
  deepEqual(server.run("return table.concat(board:names(), ' '), board.persistent"), [
    "list z",
    false,
  ]);
});

Deno.test("messages reach the functions that a script put into the object, and its clients", () => {
  using all = scene(`
    board = mona:sharedObject("board")
    heard = {}
    function board:chat(who, text) heard[#heard + 1] = who .. ": " .. text.t end
    function board:fails() error("not today") end`);
  const { server, join } = all;
  const [ann, bob] = [join(), join()];
  ann.tell("board", USE);
  bob.tell("board", USE);
  ann.tell("board", send("chat", "Ann", { t: "hi" }), send("set", "x", 1), send("none"));
  ann.tell("board", send("fails"));
  deepEqual(server.run("return heard[1], #heard, #board"), ["Ann: hi", 1, 0]);
  match(server.log.lines.join("\n"), /not today/);
  bob.turn();
  server.run("board:send('chat', 'server', {t = 'ho'})");
  deepEqual(bob.turn(), [[[6, "chat", "server", { t: "ho" }]]]);
  equal(server.run("return #heard")[0], 1);
});

Deno.test("onSync tells what changed, and by whom", () => {
  using all = scene(`
    board = mona:sharedObject("board")
    seen = {}
    function board:onSync(changes)
      for _, change in ipairs(changes) do
        seen[#seen + 1] = change.code .. " " .. (change.name or "") ..
          " " .. (change.client and change.client.address or "script")
      end
    end`);
  const { server, join } = all;
  const ann = join();
  ann.tell("board", USE);
  ann.tell("board", set("x", 1));
  server.run("board:set('x', nil) board:clear()");
  ann.turn();
  deepEqual(server.run("return table.unpack(seen)"), [
    "change x 192.0.2.1:5000",
    "success  script",
  ]);
});

Deno.test("a lock keeps the changes of a script together, and clients waiting", async () => {
  using all = scene(`board = mona:sharedObject("board")`);
  const { server, join } = all;
  const ann = join();
  ann.tell("board", USE);
  deepEqual(server.run("return board:lock(), board:lock(), board:unlock()"), [1, 2, 1]);
  server.run("board:set('a', 1)");
  deepEqual(ann.turn(), []);
  deepEqual(ann.tell("board", set("b", 2)), []);
  deepEqual(server.run("board:set('c', 3) return board:unlock(), board:get('b')"), [0, null]);
  for (let i = 0; i < 10; i++) await Promise.resolve();
  deepEqual(ann.turn(), [[[4, "a", 1], [4, "c", 3]], [[5, "b"]]]);
});

Deno.test("onSharedObject, readAccess and writeAccess decide", () => {
  using all = scene({
    "main.lua": "",
    "game/main.lua": `
      function onConnection(client)
        client.readAccess = "rooms;open"
        client.writeAccess = "rooms/1"
      end
      function onSharedObject(client, name)
        if name == "rooms/2" then return false end
        if name == "rooms/3" then error("not three") end
      end`,
  });
  const ann = all.join("game");
  const refusal = (code: string) => [[[7, `SharedObject.${code}`, "error"]]];
  deepEqual(ann.tell("rooms/1", USE), [[[11], [8]]]);
  deepEqual(ann.tell("rooms/2", USE), refusal("NoReadAccess"));
  deepEqual(ann.tell("rooms/3", USE), refusal("NoReadAccess"));
  deepEqual(ann.tell("closed", USE), refusal("NoReadAccess"));
  deepEqual(ann.tell("open", USE), [[[11], [8]]]);
  deepEqual(ann.tell("rooms/1", set("x", 1)), [[[5, "x"]]]);
  deepEqual(ann.tell("open", set("x", 1)), [
    [[7, "SharedObject.NoWriteAccess", "error"], [9, "x"]],
  ]);
  const other = all.join("");
  deepEqual(other.tell("closed", USE), [[[11], [8]]]);
  equal(other.tell("closed", set("x", 1)).length, 1);
});

Deno.test("an object lives as long as its script, and each application has its own", () => {
  using all = scene({
    "main.lua": `board = mona:sharedObject("board") board:set("x", 1)`,
    "game/main.lua": `room = mona:sharedObject("board", false, "room1") room:set("y", 2)`,
  });
  const { server, objects } = all;
  const ann = all.join("");
  deepEqual(ann.tell("board", USE), [[[11], [8], [4, "x", 1]]]);
  ann.peer.connection.close();
  equal(objects.count, 1);
  deepEqual(server.run("return mona:sharedObject('board') == board"), [true]);
  server.run("room = room", "/game");
  equal(objects.get("/game/room1", "board")?.slots.size, 1);
  server.run("board:close() board:set('x', 2) board:close()");
  equal(objects.count, 1);
  server.write("game/main.lua", "");
  all.clock.advance(2000);
  equal(objects.count, 0);
  equal(objects.total.bytes, 0);
});

Deno.test("what a script does wrong is its error", () => {
  using all = scene(`board = mona:sharedObject("board")`);
  const { server } = all;
  throws(() => server.run("mona:sharedObject('')"), /an object needs a name/);
  throws(() => server.run("mona:sharedObject('board', true)"), /board is not persistent/);
  throws(() => server.run("mona:sharedObject('kept', true)"), /nothing is kept here/);
  throws(() => server.run("board:set('', 1)"), /a name of 1 to 1024 characters expected/);
  throws(() => server.run("board:set('x', ('x'):rep(2000000))"), /values of 2000016 bytes/);
  deepEqual(server.run("return board:flush(), board:unlock(), board.version"), [false, 0, 1]);
});
