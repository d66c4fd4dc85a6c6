import { deepEqual, equal, match } from "node:assert/strict";
import { SharedObject } from "../../src/assets/shared_objects.js";
import { encodeText } from "../../src/bytes/mod.ts";
import { ValueReader } from "../../src/codecs/mod.ts";
import { SharedObjects } from "../../src/flash/mod.ts";
import { Client, Hub } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { WebSocketSession } from "../../src/protocols/websocket/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FlashPeer } from "../support/flash_peer.ts";
import { heardObject, objectMessage, set, USE } from "../support/object_client.ts";

function rig() {
  const clock = new FakeClock();
  const hub = new Hub({ clock });
  const objects = new SharedObjects({ hub, clock, log: silentLog });
  const connect = () => {
    const client = new Client({
      protocol: "WebSocket",
      address: "192.0.2.9:1",
      path: "/live",
      query: "",
      properties: new Map(),
    });
    const sent: unknown[] = [];
    const output = {
      send(bytes: Uint8Array) {
        const start = bytes[1]! < 126 ? 2 : 4;
        sent.push(JSON.parse(new TextDecoder().decode(bytes.subarray(start))));
      },
      attach() {},
      detach() {},
      wake() {},
      end() {},
      abort() {},
    };
    const settings = { timeout: 0, maxMessage: 10_000, maxText: 10_000 };
    const session = new WebSocketSession({
      hub,
      client,
      outbox: output,
      settings,
      log: silentLog,
      objects,
    });
    void hub.connect(client, new ValueReader([]));
    session.open();
    const turn = () => {
      clock.advance(0);
      return sent.splice(0);
    };
    const say = (...message: unknown[]) => {
      session.onText(encodeText(JSON.stringify(["__sharedObject", ...message])));
      return turn();
    };
    return { say, turn, session };
  };
  return { hub, clock, objects, connect };
}

Deno.test("a page and a Flash client share an object", () => {
  const { hub, clock, objects, connect } = rig();
  const page = connect();
  const flash = new FlashPeer(hub, { objects });
  flash.connect();
  const turn = () => {
    clock.advance(0);
    return flash.take().flatMap(({ payload }) => payload ? [heardObject(19, payload).events] : []);
  };
  flash.message(0, objectMessage({ name: "board" }, USE, set("x", { deep: [1, "ü"] })));
  turn();
  deepEqual(page.say("board", "use", false, 0), [
    ["__sharedObject", "board", 2, false, ["used"], ["clear"], ["changed", "x", {
      deep: [1, "ü"],
    }]],
  ]);
  deepEqual(page.say("board", "set", 2, { x: null, y: [true, null, 1.5] }), [
    ["__sharedObject", "board", 4, false, ["removed", "x"], ["accepted", "y"]],
  ]);
  deepEqual(turn(), [[[9, "x"], [4, "y", [true, null, 1.5]]]]);
  deepEqual(page.say("board", "send", "chat", "hi", { n: 1 }), [
    ["__sharedObject", "board", 4, false, ["send", "chat", "hi", { n: 1 }]],
  ]);
  deepEqual(turn(), [[[6, "chat", "hi", { n: 1 }]]]);
  deepEqual(page.say("board", "clear"), [["__sharedObject", "board", 5, false, ["clear"]]]);
  deepEqual(turn(), [[[8]]]);
  deepEqual(page.say("board", "release"), []);
  deepEqual(page.say("board", "set", 0, { x: 1 }), [
    ["__sharedObject", "board", 0, false, ["status", "SharedObject.NoObjectFound"]],
  ]);
  page.say("board", "use", false, 0);
  page.session.onClosed(undefined);
  flash.connection.close();
  equal(objects.count, 0);
});

Deno.test("a message that makes no sense is answered by a status, and the socket stays", () => {
  const { connect } = rig();
  const page = connect();
  for (
    const message of [
      [],
      [5],
      ["board"],
      ["board", "wish"],
      ["board", "set"],
      ["board", "set", 0, [1]],
      ["board", "send"],
      ["board", "send", 5],
    ]
  ) {
    const [status] = page.say(...message) as [[string, { code: string; description: string }]];
    equal(status[0], "onStatus");
    equal(status[1].code, "NetConnection.Call.Failed");
    match(status[1].description, /^__sharedObject: /);
  }
  const used = ["__sharedObject", "a", 1, false, ["used"], ["clear"]];
  deepEqual(page.say("a", "use"), [used]);
});

Deno.test("the page's script keeps a copy, tells of changes and calls handlers", () => {
  const said: unknown[] = [];
  const board = new SharedObject("board", true, (...parts: unknown[]) => said.push(parts));
  const events: unknown[] = [];
  for (const type of ["sync", "status", "close"]) {
    board.addEventListener(type, (event) => {
      events.push([type, event instanceof CustomEvent ? event.detail : undefined]);
    });
  }
  board.set({ early: 1 });
  deepEqual(board.data.early, 1);
  deepEqual(said.splice(0), []);
  board.use();
  deepEqual(said.splice(0), [["board", "use", true, 0]]);
  board.hear(7, true, ["used"], ["changed", "x", 5], ["changed", "__proto__", 6]);
  deepEqual(said.splice(0), [["board", "set", 7, { early: 1 }]]);
  deepEqual(Object.entries(board.data), [["early", 1], ["x", 5], ["__proto__", 6]]);
  deepEqual(events.splice(0), [["sync", [
    { code: "change", name: "x" },
    { code: "change", name: "__proto__" },
  ]]]);
  board.set({ x: 6, y: undefined });
  board.hear(8, true, ["accepted", "early"], ["accepted", "x"]);
  board.use();
  board.hear(9, true, ["used"], ["clear"], ["changed", "x", 7]);
  deepEqual(said.splice(0), [
    ["board", "set", 7, { x: 6, y: undefined }],
    ["board", "use", true, 8],
    ["board", "set", 9, { y: null }],
  ]);
  events.splice(0);
  const calls: unknown[] = [];
  board.on("chat", (...args: unknown[]) => calls.push(args));
  board.hear(9, true, ["send", "chat", 1, "two"], ["send", "other"]);
  board.hear(0, true, ["status", "SharedObject.NoWriteAccess"]);
  deepEqual([calls, board.version], [[[1, "two"]], 9]);
  board.close();
  deepEqual(said.splice(0), [["board", "release"]]);
  deepEqual(events, [["status", "SharedObject.NoWriteAccess"], ["close", undefined]]);
});
