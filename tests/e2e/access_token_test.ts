import assert from "node:assert/strict";
import { jwksOf, TokenMaker } from "../access/jwt_support.ts";
import { withPage } from "./browser.ts";
import { publishCamera } from "./camera.ts";
import { makeFilm } from "./film.ts";
import { inTempFolder, said } from "./program.ts";
import { requireProgram, type RunningProgram, runProgram, runServer } from "./server.ts";
import { serveWeb } from "./web_server.ts";

/** A server with an ini, and an application /live. */
async function staged(
  ini: string,
  run: (server: RunningProgram, folder: string) => Promise<void>,
): Promise<void> {
  for (const name of ["ffmpeg", "curl"]) await requireProgram(name);
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    await Deno.writeTextFile(`${folder}/www/live/a.txt`, "text");
    await Deno.writeTextFile(
      `${folder}/www/main.lua`,
      `function onPublish(client, publication)
  local claims = client.claims
  NOTE(publication.name, " of ", tostring(client.user), " ", claims and claims.role or "-")
end`,
    );
    await Deno.writeTextFile(`${folder}/my.ini`, ini);
    const server = await runServer({
      www: `${folder}/www`,
      data: `${folder}/data`,
      args: [`${folder}/my.ini`, "--dump", "--log-level", "TRACE"],
    });
    try {
      await run(server, folder);
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
}

/** The status of a file by curl. */
async function status(server: RunningProgram, path: string, ...args: string[]): Promise<string> {
  const url = `http://127.0.0.1:${server.http}${path}`;
  const { out } = await runProgram("curl", [
    ...["-s", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}", ...args, url],
  ]);
  return out;
}

/** Publishes half a second of the film, as FFmpeg does, or with the words that OBS uses. */
function publish(server: RunningProgram, folder: string, url: string, ...options: string[]) {
  return runProgram("ffmpeg", [
    ...["-v", "error", "-re", "-i", `${folder}/film.flv`, "-t", "0.5", "-c", "copy", "-f", "flv"],
    ...options,
    `rtmp://127.0.0.1:${server.rtmp}${url}`,
  ]);
}

Deno.test("tokens let in while their JWKS rotates, and while it is down", async () => {
  const login = serveWeb();
  const [old, next] = [new TokenMaker("RS256", "old"), new TokenMaker("ES256", "next")];
  const claims = { sub: "ann", role: "host", files: ["live/*"], publish: "cam/*" };
  const bearer = async (maker: TokenMaker, more = {}) =>
    ["-H", `Authorization: Bearer ${await maker.sign({ ...claims, ...more })}`] as const;
  try {
    let set = await jwksOf(old);
    login.answer = () => new Response(set);
    await staged(
      `[access]
jwtKeys=${login.url}/jwks
files.*=jwt
publish.*=jwt
`,
      async (server, folder) => {
        await makeFilm(folder);
        assert.equal(await status(server, "/live/a.txt"), "401");
        assert.equal(await status(server, "/live/a.txt", ...await bearer(old)), "200");
        assert.equal(
          await status(server, "/live/a.txt", ...await bearer(old, { files: "other/*" })),
          "403",
        );
        assert.equal(await status(server, "/live/a.txt", ...await bearer(old, { exp: 1 })), "401");
        assert.equal(login.requests.length, 1);
        const token = await old.sign(claims);
        await publish(server, folder, `/live/cam/1?jwt=${token}`);
        await server.logged(/cam\/1 of ann host/);
        // OBS: the server's address with a key, and the stream in a field of its own.
        await publish(server, folder, `/live/cam/2?token=${token}`);
        await server.logged(/cam\/2 of ann host/);
        await publish(server, folder, `/live/other?jwt=${token}`);
        await server.logged(/refused: the token does not allow to publish other/);
        set = await jwksOf(next);
        const { promise, resolve } = Promise.withResolvers<void>();
        setTimeout(resolve, 10_100);
        await promise;
        assert.equal(await status(server, "/live/a.txt", ...await bearer(next)), "200");
        assert.equal(await status(server, "/live/a.txt", ...await bearer(old)), "401");
        login.answer = () => new Response("down", { status: 503 });
        assert.equal(await status(server, "/live/a.txt", ...await bearer(next, { x: 1 })), "200");
        const [, body = ""] = token.split(".");
        assert.equal(server.log().includes(body), false, "no token is logged");
      },
    );
  } finally {
    await login.close();
  }
});

Deno.test("encoders bring their key behind the stream, the application, or a bare question mark", () =>
  staged("[access]\npublish.*=key:kanarienvogel\nplay.*=any\n", async (server, folder) => {
    await makeFilm(folder);
    const key = "key=kanarienvogel";
    for (
      const [url, name, ...options] of [
        [`/live/a?${key}`, "a"],
        [`/live?${key}/b`, "b"],
        // OBS: "Server" ends with ?key=…, the field "Stream Key" has the name.
        ["/live", "c", "-rtmp_app", `live?${key}`, "-rtmp_playpath", "c"],
        ["/live", "d", "-rtmp_app", "live", "-rtmp_playpath", `d?${key}`],
      ] as const
    ) {
      await publish(server, folder, url, ...options);
      await server.logged(new RegExp(`publishes ${name}\\n`));
    }
    await publish(server, folder, "/live/e?key=wrong");
    await server.logged(/refused: the key is wrong to publish e/);
    assert.deepEqual(server.log().split("\n").filter((line) => line.includes("kanarien")), []);
  }));

const PAGE = `<!doctype html><link rel="icon" href="data:,"><script src="/mpegts.js"></script>
<video muted></video><script>
const play = (url) => new Promise((resolve, reject) => {
  const video = document.querySelector("video");
  const player = mpegts.createPlayer({ type: "flv", url, isLive: true });
  player.on(mpegts.Events.ERROR, (...error) => reject(new Error(error.join(" "))));
  player.attachMediaElement(video);
  player.load();
  player.play();
  video.ontimeupdate = () => {
    if (video.getVideoPlaybackQuality().totalVideoFrames > 5) resolve(video.videoWidth);
  };
});
</script>`;

Deno.test("a browser plays by a signed link, until that is over", () =>
  staged(
    "[access]\nsecret=nachtigallenlied\nplay.*=link\n",
    async (server, folder) => {
      await Deno.writeTextFile(`${folder}/www/live/page.html`, PAGE);
      const stop = await publishCamera(server, "live/film");
      try {
        await server.logged(/publishes film/);
        const sign = async (seconds: string) => {
          const args = ["--config", `${folder}/my.ini`, "sign", "play", "film", seconds];
          return (await said(args)).out.trim();
        };
        await withPage(async (page) => {
          await page.goto(`http://127.0.0.1:${server.http}/live/page.html`);
          const width = await page.evaluate(`play("film.flv?${await sign("60")}")`);
          assert.equal(width, 320);
        });
        assert.equal(await status(server, "/live/film.flv"), "401");
        assert.equal(await status(server, `/live/other.flv?${await sign("60")}`), "401");
      } finally {
        await stop();
      }
    },
  ));
