import assert from "node:assert/strict";
import { makeFilm } from "./film.ts";
import { inTempFolder } from "./program.ts";
import { freePort, requireProgram, type RunningProgram, runProgram, runServer } from "./server.ts";
import { serveWeb, type WebServer } from "./web_server.ts";

/** A server whose hook is the test's. */
async function hooked(
  settings: string,
  run: (server: RunningProgram, hook: WebServer, folder: string) => Promise<void>,
): Promise<void> {
  for (const name of ["ffmpeg", "curl"]) await requireProgram(name);
  const hook = serveWeb();
  try {
    await inTempFolder(async (folder) => {
      await Deno.mkdir(`${folder}/www/live`, { recursive: true });
      await Deno.writeTextFile(
        `${folder}/www/main.lua`,
        `function onPublish(client, publication)
  NOTE("asked for ", publication.name, " of ", tostring(client.user))
end`,
      );
      await makeFilm(folder);
      await Deno.writeTextFile(
        `${folder}/my.ini`,
        `[access]\nhook=${hook.url}/canary-path\nhookSecret=canary-secret\nhookRetries=0\n${settings}`,
      );
      const server = await runServer({
        www: `${folder}/www`,
        data: `${folder}/data`,
        args: [`${folder}/my.ini`, "--dump", "--log-level", "TRACE"],
      });
      try {
        await run(server, hook, folder);
      } finally {
        assert.equal(await server.stop(), 0);
      }
      const log = server.log();
      assert.deepEqual(log.split("\n").filter((line) => line.includes("canary")), []);
    });
  } finally {
    await hook.close();
  }
}

/** FFmpeg publishes a second of the film. */
function publish(server: RunningProgram, folder: string, stream: string) {
  return runProgram("ffmpeg", [
    ...["-v", "error", "-re", "-i", `${folder}/film.flv`, "-t", "1", "-c", "copy", "-f", "flv"],
    `rtmp://127.0.0.1:${server.rtmp}/live/${stream}`,
  ]);
}

/** Status of a player by curl, and how long it took in milliseconds. */
async function play(server: RunningProgram, path: string): Promise<string> {
  const { out } = await runProgram("curl", [
    ...["-s", "-m", "12", "--max-filesize", "1", "-o", "/dev/null", "-w", "%{http_code}"],
    ...["-I", `http://127.0.0.1:${server.http}${path}`],
  ]);
  return out;
}

Deno.test("a hook lets an encoder in under another name, ends it, and hears of both", () =>
  hooked("", async (server, hook, folder) => {
    hook.answer = (request, body) => {
      assert.match(request.headers.get("webhook-signature") ?? "", /^v1,/);
      return JSON.parse(body).query === "key=canary-key"
        ? Response.json({ name: "film", user: "ann", lifetime: 1 })
        : Response.json({ allowed: false, reason: "who are you?" }, { status: 401 });
    };
    await publish(server, folder, "other?key=canary-wrong");
    await server.logged(/refused: who are you\?/);
    await runProgram("ffmpeg", [
      ...["-v", "error", "-re", "-stream_loop", "9", "-i", `${folder}/film.flv`, "-c", "copy"],
      ...["-f", "flv", `rtmp://127.0.0.1:${server.rtmp}/live/0f3a?key=canary-key`],
    ]);
    await server.logged(/asked for film of ann/);
    await server.logged(/stopped publishing film/);
    const told = hook.requests.map(({ body }) => JSON.parse(body));
    assert.deepEqual(
      told.map(({ action, event, stream }) => `${action ?? event} ${stream}`),
      ["publish other", "publish 0f3a", "publish film", "unpublish film"],
    );
    assert.equal(new Set(told.map(({ server }) => server)).size, 1);
  }));

Deno.test("a hook that is slow holds up its client alone, and one that is wrong lets nobody in", () =>
  hooked("hookFor=publish files\nhookTimeout=2\nhookEvents=off\n", async (server, hook, folder) => {
    const elsewhere = serveWeb();
    try {
      await Deno.writeTextFile(`${folder}/www/live/a.txt`, "text");
      const { promise, resolve } = Promise.withResolvers<Response>();
      hook.answer = () => promise;
      const slow = play(server, "/live/a.txt");
      await until(() => hook.requests.length === 1);
      hook.answer = () => new Response();
      assert.equal(await play(server, "/live/a.txt"), "200");
      resolve(new Response());
      assert.equal(await slow, "200");
      const endless = () =>
        new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(16_384)) }));
      const wrong: Record<string, () => Response> = {
        "redirects": () => Response.redirect(`${elsewhere.url}/latest/meta-data`, 307),
        "fails": () => new Response("no", { status: 500 }),
        "sends 10 MB": () => new Response(new Uint8Array(10_000_000)),
        "has no end": endless,
        "sends no JSON": () =>
          new Response("{", { headers: { "content-type": "application/json" } }),
        "lies about its type": () => Response.json("allowed"),
      };
      for (const [what, answer] of Object.entries(wrong)) {
        hook.answer = () => new Response();
        assert.equal(await play(server, "/live/a.txt"), "200");
        hook.answer = answer;
        assert.equal(await play(server, "/live/a.txt"), "503", what);
      }
      assert.deepEqual(elsewhere.requests, []);
      await server.logged(/ERROR {2}access: the hook does not answer: it redirects \(status 307\)/);
    } finally {
      await elsewhere.close();
    }
  }));

Deno.test("a hook that is dead decides nothing, and what it would say is up to the settings", async () => {
  const dead = `hook=http://127.0.0.1:${freePort()}/\nhookEvents=off\n`;
  await hooked(`${dead}hookFor=files\n`, async (server, _hook, folder) => {
    await Deno.writeTextFile(`${folder}/www/live/a.txt`, "text");
    for (let count = 0; count < 5; count++) {
      assert.equal(await play(server, "/live/a.txt"), "503");
    }
    assert.equal(server.count(/ERROR .*the hook does not answer/), 1);
  });
  await hooked(`${dead}hookFor=files\nhookDown=allow\n`, async (server, _hook, folder) => {
    await Deno.writeTextFile(`${folder}/www/live/a.txt`, "text");
    assert.equal(await play(server, "/live/a.txt"), "200");
  });
});

/** Waits until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resume) => setTimeout(resume, 10));
}
