import assert from "node:assert/strict";
import { publishCamera } from "./camera.ts";
import { makeFilm, publishForever } from "./film.ts";
import { LiveClient } from "./live_client.ts";
import { inTempFolder } from "./program.ts";
import { freePort, requireProgram, type RunningProgram, runProgram, runServer } from "./server.ts";

const RULES = [
  "access.publish.*=none",
  "access.publish.test=key:kanarienvogel",
  "access.play.*=any",
  "access.play.test=key:zaunkoenig",
];

/** Servers with the application /live; the settings of each beside its data. */
async function staged(
  settings: readonly (readonly string[])[],
  run: (servers: RunningProgram[], folder: string) => Promise<void>,
): Promise<void> {
  for (const name of ["ffmpeg", "curl"]) await requireProgram(name);
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    await makeFilm(folder);
    const servers: RunningProgram[] = [];
    try {
      for (const set of settings) {
        const data = `${folder}/data${servers.length}`;
        servers.push(await runServer({ www: `${folder}/www`, data, set }));
      }
      await run(servers, folder);
    } finally {
      for (const server of servers) assert.equal(await server.stop(), 0);
    }
    for (const server of servers) assert.doesNotMatch(server.log(), /kanarienvogel|zaunkoenig/);
  });
}

/** The status of a stream over HTTP, or of a request that goes on. */
async function status(server: RunningProgram, path: string): Promise<string> {
  // A playlist comes with its first segment, a stream goes on.
  const seconds = path.includes(".m3u8") ? "20" : "1";
  const { out } = await runProgram("curl", [
    ...["-s", "-m", seconds, "-o", "/dev/null", "-w", "%{http_code}"],
    `http://127.0.0.1:${server.http}${path}`,
  ]);
  return out;
}

Deno.test("a key is asked for by RTMFP and by RTMP through HTTP", () =>
  staged([RULES], async ([server], folder) => {
    assert.ok(server);
    const rtmfp = { host: "127.0.0.1", port: server.rtmfp };
    await using client = await LiveClient.connect(rtmfp);
    const id = Number((await client.call("createStream"))[3]);
    client.flash.command(id, "publish", 0, null, "test");
    await client.status("NetStream.Publish.Failed");
    await client.stream("publish", "test?key=kanarienvogel");
    await server.logged(/rtmfp \S+ publishes test\n/);
    await using player = await LiveClient.connect(rtmfp);
    const other = Number((await player.call("createStream"))[3]);
    player.flash.command(other, "play", 0, null, "test?key=guess");
    await player.status("NetStream.Play.Failed");
    await player.stream("play", "test?key=zaunkoenig");
    client.flash.command(id + 1, "closeStream", 0, null);
    await client.status("NetStream.Unpublish.Success");
    const tunnel = (name: string) =>
      runProgram("ffmpeg", [
        ...["-v", "error", "-re", "-i", `${folder}/film.flv`, "-t", "0.5", "-c", "copy"],
        ...["-f", "flv", `rtmpt://127.0.0.1:${server.http}/live/${name}`],
      ]);
    await tunnel("test");
    await server.logged(/rtmpt \S+ refused: a key is wanted to publish test/);
    await tunnel("test?key=kanarienvogel");
    await server.logged(/rtmpt \S+ publishes test\n/);
  }));

Deno.test("a key is asked for by HLS, of relays that come, and at an edge of a cluster", () => {
  const port = freePort();
  const cluster = ["servers.secret=s3", "cluster.share=true"];
  return staged([
    [...RULES, ...cluster, `servers.port=${port}`],
    [...RULES, ...cluster, `servers.targets=127.0.0.1:${port}`],
  ], async ([origin, edge], folder) => {
    assert.ok(origin && edge);
    const target = `rtmp://127.0.0.1:${origin.rtmp}/live/test`;
    const relay = (name: string, url: string) => `relay.${name}=push ${url}`;
    await staged(
      [[relay("wrong", target), relay("test", `${target}?key=kanarienvogel`)]],
      async ([source]) => {
        assert.ok(source);
        const wrong = await publishCamera(source, "live/wrong");
        await origin.logged(/refused: a key is wanted to publish test/);
        await wrong();
        const url = `rtmp://127.0.0.1:${source.rtmp}/live/test`;
        const stop = publishForever(`${folder}/film.flv`, url);
        try {
          await origin.logged(/publishes test\n/);
          for (const server of [origin, edge]) {
            for (const file of ["test.flv", "test.ts", "test.m3u8"]) {
              assert.equal(await status(server, `/live/${file}`), "401", file);
              const keyed = await status(server, `/live/${file}?key=zaunkoenig`);
              assert.match(keyed, /^[23]0\d$/, file);
            }
          }
          await edge.logged(/test is pulled from server/);
        } finally {
          await stop();
        }
      },
    );
  });
});
