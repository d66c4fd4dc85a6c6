import assert from "node:assert/strict";
import { withPage } from "./browser.ts";
import { eventually, LiveClient } from "./live_client.ts";
import { inTempFolder } from "./program.ts";
import { type RunningProgram, runServer } from "./server.ts";
import {
  heardObject,
  ObjectCopy,
  objectMessage,
  send,
  type SentEvent,
  set,
  USE,
} from "../support/object_client.ts";
import { ObjectSocket } from "../support/object_socket.ts";

const PAGE = `<!doctype html>
<link rel="icon" href="data:,">
<script type="module">
import { SharedObjects } from "/shared_objects.js";
const objects = new SharedObjects("ws://" + location.host + "/live");
window.board = objects.get("board", true);
window.heard = [];
board.on("chat", (...args) => heard.push(args));
</script>`;

const MAIN = `
board = mona:sharedObject("board", true)
function board:onSync(changes)
  for _, change in ipairs(changes) do
    if change.name == "ping" and change.code == "change" then board:set("pong", board:get("ping")) end
  end
end`;

/** An RTMP client and its copy of the object. */
async function overRtmp(port: number, objectEncoding: 0 | 3) {
  const socket = await ObjectSocket.open(port, objectEncoding);
  const copy = new ObjectCopy();
  socket.onObject = (heard) => copy.hear(heard);
  const amf3 = objectEncoding === 3;
  const say = (...events: SentEvent[]) => {
    const { version } = copy;
    return socket.send(
      objectMessage({ name: "board", persistent: true, version, amf3 }, ...events),
    );
  };
  await say(USE);
  await eventually(() => copy.isUsed);
  return { copy, say, close: () => socket.close() };
}

async function withServer(
  folder: string,
  body: (server: RunningProgram) => Promise<void>,
  end: "stop" | "kill",
) {
  const server = await runServer({ www: `${folder}/www`, data: `${folder}/data` });
  try {
    await body(server);
  } finally {
    if (end === "kill") await server.kill();
    else assert.equal(await server.stop(), 0);
  }
}

Deno.test("RTMP, RTMFP, a page and a script share an object that outlives kill -9", () =>
  inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    await Deno.writeTextFile(`${folder}/www/page.html`, PAGE);
    await Deno.writeTextFile(`${folder}/www/live/main.lua`, MAIN);
    await withServer(folder, (server) =>
      withPage(async (page) => {
        await page.goto(`http://127.0.0.1:${server.http}/page.html`);
        const [ann, bob] = [await overRtmp(server.rtmp, 0), await overRtmp(server.rtmp, 3)];
        await using eve = await LiveClient.connect({ host: "127.0.0.1", port: server.rtmfp });
        const copy = new ObjectCopy();
        const poll = () => {
          for (const payload of eve.flash.take(19)) copy.hear(heardObject(19, payload));
          return copy;
        };
        const use = objectMessage({ name: "board", persistent: true }, USE);
        eve.flash.send(0, use.type, 0, use.payload);
        await eventually(() => poll().isUsed);
        await page.waitForFunction("board.isSynchronized");

        await ann.say(set("ann", { list: [1, "ü"] }));
        await bob.say(set("bob", "amf3", true), set("ping", 7, true));
        const change = objectMessage({ name: "board", version: copy.version }, set("eve", true));
        eve.flash.send(0, change.type, 0, change.payload);
        await page.evaluate(`board.set({ page: { x: 1.5 } })`);
        const all = [
          ["ann", { list: [1, "ü"] }],
          ["bob", "amf3"],
          ["eve", true],
          ["page", { x: 1.5 }],
          ["ping", 7],
          ["pong", 7],
        ];
        const isWhole = (slots: unknown) => slots === JSON.stringify(all);
        const slotsOf = (data: Map<string, unknown>, own: [string, unknown][]) =>
          JSON.stringify([...new Map([...own, ...data])].sort(([a], [b]) => a < b ? -1 : 1));
        await eventually(() =>
          isWhole(slotsOf(ann.copy.data, [["ann", all[0]![1]]])) &&
          isWhole(slotsOf(bob.copy.data, [["bob", "amf3"], ["ping", 7]])) &&
          isWhole(slotsOf(poll().data, [["eve", true]]))
        );
        await page.waitForFunction("Object.keys(board.data).length === 6");
        assert.deepEqual(
          await page.evaluate("Object.entries(board.data).sort(([a], [b]) => a < b ? -1 : 1)"),
          all,
        );

        await ann.say(send("chat", "Ann", { text: "hi" }));
        await page.waitForFunction("heard.length === 1");
        assert.deepEqual(await page.evaluate("heard[0]"), ["Ann", { text: "hi" }]);
        await eventually(() => poll().messages.length === 1 && bob.copy.messages.length === 1);
        ann.close();
        bob.close();
        // What is a second old is on the disk.
        await new Promise((resume) => setTimeout(resume, 1_000));
      }), "kill");
    await withServer(folder, async (server) => {
      const { copy, close } = await overRtmp(server.rtmp, 0);
      assert.deepEqual(copy.slots.map(([name]) => name), [
        ...["ann", "bob", "eve", "page", "ping", "pong"],
      ]);
      close();
    }, "stop");
  }));
