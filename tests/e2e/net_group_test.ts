import assert from "node:assert/strict";
import { fromHex } from "../../src/bytes/mod.ts";
import { GroupViewer, SPEC } from "../rtmfp/group_viewer.ts";
import { Parts } from "../../src/protocols/rtmfp/group/parts.ts";
import { writeStream } from "../../src/protocols/rtmfp/group/messages.ts";
import { publishCamera } from "./camera.ts";
import { eventually, LiveClient } from "./live_client.ts";
import { inTempFolder } from "./program.ts";
import { runServer } from "./server.ts";

const SCRIPT = `
function onStart() show = mona:fromGroup("${SPEC}", "show", "evening") end
function onPublish(client, publication)
  stream = publication:toGroup("${SPEC}", "news")
end
function onConnection(client)
  function client:evening()
    local publication = mona.publications("evening")
    return publication and publication.lastTime or 0, show.peers
  end
  function client:peers() return stream.peers, stream.running, stream.name end
end`;

Deno.test("a publication over RTMP is played by a member of a NetGroup", () =>
  inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    await Deno.writeTextFile(`${folder}/www/live/main.lua`, SCRIPT);
    const server = await runServer({ www: `${folder}/www`, data: `${folder}/data` });
    try {
      const stop = await publishCamera(server, "live/camera");
      const address = { host: "127.0.0.1", port: server.rtmfp };
      await using client = await LiveClient.connect(address);
      const viewer = new GroupViewer(client.flash, { wants: "news" });
      await eventually(() => viewer.told.length > 0);
      viewer.meet(fromHex(viewer.told[0]!) ?? assert.fail(), address);
      await eventually(() => viewer.announced.length > 0);
      viewer.ask(0x23, 0xff);
      await eventually(() => viewer.media.filter(({ type }) => type === 9).length > 30);
      assert.deepEqual((await client.call("peers")).slice(3), [1, true, "news"]);
      await stop();
      await eventually(() => viewer.ended !== undefined);
      // The other way: what this member publishes.
      viewer.subscribe(writeStream({ name: "show", key: new Uint8Array(32).fill(7) }));
      const announced = viewer.announced.length;
      await eventually(() => viewer.announced.length > announced);
      const parts = new Parts();
      for (let time = 0; time < 1000; time += 20) {
        const added = parts.add(8, time, Uint8Array.of(0xaf, 1, 7), 0);
        viewer.send(...added.map(({ bytes }) => bytes));
      }
      let last: unknown[] = [];
      while (last[0] !== 980) last = (await client.call("evening")).slice(3);
      assert.deepEqual(last, [980, 1]);
    } finally {
      assert.equal(await server.stop(), 0);
    }
  }));
