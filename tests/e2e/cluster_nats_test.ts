import assert from "node:assert/strict";
import { complaints, withCluster } from "./cluster.ts";
import { hashes } from "./film.ts";
import { requireProgram, type RunningProgram, runProgram } from "./server.ts";

/** Seconds of the film that is published. */
const LENGTH = 8;

Deno.test("a stream plays whole on two edges while the broker dies, and the cluster heals", () =>
  withCluster("broker", 3, async ({ servers, broker, folder }) => {
    await requireProgram("ffmpeg");
    // One group of pictures, which the origin keeps: an edge that begins late gets all of it.
    const film = await runProgram("ffmpeg", [
      ...["-v", "error", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=25"],
      ...["-f", "lavfi", "-i", "sine=frequency=440", "-t", String(LENGTH)],
      ...["-c:v", "libx264", "-g", "1000", "-c:a", "aac", `${folder}/film.flv`],
    ]);
    assert.equal(film.code, 0, film.err);
    const [origin, ...edges] = servers as [RunningProgram, ...RunningProgram[]];
    const url = (server: RunningProgram) => `rtmp://127.0.0.1:${server.rtmp}/live/film`;
    const players = edges.map((edge, index) =>
      runProgram("ffmpeg", [
        ...["-v", "error", "-i", url(edge), "-c", "copy", `${folder}/${index}.flv`],
      ], 120)
    );
    for (const edge of edges) await edge.logged(/somebody waits/);
    const publishing = runProgram("ffmpeg", [
      ...["-v", "error", "-re", "-i", `${folder}/film.flv`, "-c", "copy", "-f", "flv", url(origin)],
    ], 120);
    for (const edge of edges) await edge.logged(/film is pulled from/);
    await broker?.kill();
    const { code, err } = await publishing;
    assert.equal(code, 0, err);
    for (const player of players) assert.equal((await player).code, 0, (await player).err);
    const expected = await hashes(`${folder}/film.flv`);
    for (const index of edges.keys()) {
      assert.deepEqual(await hashes(`${folder}/${index}.flv`), expected);
    }
    for (const server of servers) await server.logged(/is gone: silent/, 2);
    await broker?.start();
    for (const server of servers) {
      await server.logged(/is connected, as/, 4);
      const lines = complaints(server);
      assert.equal(lines.length, 1, lines.join("\n"));
      assert.match(lines[0]!, /: lost \S+/);
      assert.doesNotMatch(server.log(), /s3|s4/);
    }
  }, {
    set: ["live.gop=true"],
    live: `function onSubscribe(client, listener) NOTE("somebody waits") end`,
  }));
