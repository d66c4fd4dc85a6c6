import assert from "node:assert/strict";
import { LiveClient } from "./live_client.ts";
import { inTempFolder } from "./program.ts";
import { runServer } from "./server.ts";

const SCRIPT = `
function onConnection(client)
  board = mona:sharedObject("board", false, client.instance)
  function client:where() return client.path .. " " .. client.instance .. " " .. client.app end
end`;

Deno.test("movies meet in an instance of an application, by a setting", () =>
  inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    await Deno.writeTextFile(`${folder}/www/live/main.lua`, SCRIPT);
    const server = await runServer({
      www: `${folder}/www`,
      data: `${folder}/data`,
      set: ["live.instances=true"],
    });
    try {
      const at = { host: "127.0.0.1", port: server.rtmfp };
      await using ann = await LiveClient.connect(at, "/rooms/1");
      await using bob = await LiveClient.connect(at, "/rooms/1");
      assert.equal((await ann.call("where"))[3], "/live rooms/1 live/rooms/1");
      await ann.stream("publish", "cam");
      await bob.stream("play", "cam");
      await server.logged(/publishes rooms\/1\/cam/);
      await server.logged(/plays rooms\/1\/cam/);
    } finally {
      assert.equal(await server.stop(), 0);
    }
  }));
