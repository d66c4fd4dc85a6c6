import assert from "node:assert/strict";
import { withPage } from "./browser.ts";
import { example } from "./examples.ts";
import { hashes, makeFilm, publish } from "./film.ts";
import { LiveClient } from "./live_client.ts";
import { inTempFolder } from "./program.ts";
import { requireProgram, type RunningProgram, runProgram, runServer } from "./server.ts";

/** Every decision waits: for a time, or for a backend that takes its own. */
const SCRIPT = (backend: string) => `
function onConnection(client)
  mona:wait(20)
  function client:slow(text) mona:wait(100) return "slow " .. tostring(text) end
  function client:fast() return "fast" end
  function client:ask() local answer, reason = self:call("double", 21) return answer, reason end
end
function onPublish(client, publication)
  local status = mona:fetch("${backend}/publish", { body = { key = publication.parameters.key } })
  if status ~= 200 then error("wrong key") end
end
function onSubscribe(client, listener) mona:wait(50) end
function onWrite(client, file) mona:wait(20) return file == "new.txt" end
function onRead(client, file) mona:wait(20) if file == "secret.txt" then error("not you") end return file end
`;

async function staged(run: (server: RunningProgram, folder: string) => Promise<void>) {
  const web = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const { key } = await request.json();
    await new Promise((resolve) => setTimeout(resolve, 200));
    return new Response("", { status: key === "right" ? 200 : 403 });
  });
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    const script = SCRIPT(`http://127.0.0.1:${web.addr.port}`);
    await Deno.writeTextFile(`${folder}/www/live/main.lua`, script);
    await Deno.writeTextFile(`${folder}/www/live/a.txt`, "a file");
    await Deno.writeTextFile(`${folder}/www/live/secret.txt`, "hidden");
    const server = await runServer({
      www: `${folder}/www`,
      data: `${folder}/data`,
      set: [`lua.fetch=public, 127.0.0.1:${web.addr.port}`],
    });
    try {
      await run(server, folder);
    } finally {
      assert.equal(await server.stop(), 0);
      await web.shutdown();
    }
  });
}

Deno.test("ffmpeg and rtmpdump publish and play where every decision waits, by RTMP and RTMPT", async () => {
  for (const name of ["ffmpeg", "rtmpdump"]) await requireProgram(name);
  await staged(async (server, folder) => {
    await makeFilm(folder);
    const url = `rtmp://127.0.0.1:${server.rtmp}/live/test`;
    const tunnel = `rtmpt://127.0.0.1:${server.http}/live/test`;
    const refused = await publish(folder, `${url}?key=guess`, 1);
    assert.notEqual(refused.code, 0);
    const players = [
      runProgram("ffmpeg", ["-v", "error", "-i", url, "-c", "copy", `${folder}/a.flv`]),
      runProgram("rtmpdump", ["-q", "-r", tunnel, "-o", `${folder}/b.flv`]),
    ];
    await server.logged(/(plays test\n[\s\S]*){2}/);
    const published = await publish(folder, `${url}?key=right`);
    assert.equal(published.code, 0, published.err);
    for (const player of players) assert.equal((await player).code, 0, (await player).err);
    const expected = await hashes(`${folder}/film.flv`);
    assert.deepEqual(await hashes(`${folder}/a.flv`), expected);
    assert.deepEqual(await hashes(`${folder}/b.flv`), expected);
  });
});

Deno.test("HTTP answers in order what came in one go, WebSocket by id, RTMFP by transaction", async () => {
  await requireProgram("curl");
  await staged(async (server) => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: server.http });
    const request = (path: string, end = "") =>
      `GET /live/${path} HTTP/1.1\r\nHost: a\r\n${end}\r\n`;
    const all = request("slow?a=1") + request("fast") + request("a.txt") +
      request("secret.txt") + request("fast", "Connection: close\r\n");
    await connection.write(new TextEncoder().encode(all));
    const text = await new Response(connection.readable).text();
    const answers = [...text.matchAll(/HTTP\/1.1 (\d+)[^]*?\r\n\r\n([^]*?)(?=HTTP\/1.1|$)/g)]
      .map(([, status, body]) => `${status} ${body?.trim().slice(0, 12)}`);
    assert.deepEqual(answers.map((answer) => answer.slice(0, 10)), [
      ...['200 ["slow', '200 ["fast', "200 a file", answers[3]!.slice(0, 10), '200 ["fast'],
    ]);
    assert.match(answers[3]!, /^403 /);

    const socket = new WebSocket(`ws://127.0.0.1:${server.http}/live/`);
    const messages: unknown[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    socket.onopen = () => {
      for (const call of [["a", "slow", 1], ["b", "ask"], [3, "fast"], [4, "none"]]) {
        socket.send(JSON.stringify(["__call", ...call]));
      }
    };
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      messages.push(message.slice(0, 3));
      if (message[0] === "__call") {
        socket.send(JSON.stringify(["__result", message[1], message[3] * 2]));
      }
      if (message[1] === 4) resolve();
    };
    await promise;
    assert.deepEqual(messages.slice(0, 4), [
      ["__result", "a", "slow 1"],
      ["__call", 1, "double"],
      ["__result", "b", 42],
      ["__result", 3, "fast"],
    ]);
    assert.deepEqual((messages[4] as unknown[]).slice(0, 2), ["__error", 4]);
    const closed = new Promise((done) => socket.onclose = done);
    socket.close();
    await closed;

    await using rtmfp = await LiveClient.connect({ host: "127.0.0.1", port: server.rtmfp });
    assert.deepEqual((await rtmfp.call("slow", "x")).slice(3), ["slow x"]);
  });
});

Deno.test("what curl uploads, publishes and plays over HTTP waits for the script too", async () => {
  for (const name of ["curl", "ffmpeg"]) await requireProgram(name);
  await staged(async (server, folder) => {
    const url = `http://127.0.0.1:${server.http}/live`;
    const curl = async (...args: string[]) =>
      (await runProgram("curl", ["-s", "-m", "20", "-w", "%{http_code}", ...args])).out;
    const made = await runProgram("ffmpeg", [
      ...["-v", "error", "-f", "lavfi", "-i", "testsrc=size=160x120:rate=25", "-t", "2"],
      ...["-c:v", "libx264", "-g", "25", `${folder}/short.flv`],
    ]);
    assert.equal(made.code, 0, made.err);
    // The response goes on after the publisher: curl ends it.
    const playing = curl("-m", "4", "-o", `${folder}/got.flv`, `${url}/short.flv`);
    await server.logged(/plays short\n/);
    assert.match(
      await curl("-T", `${folder}/short.flv`, `${url}/short.flv?key=guess`),
      /wrong key.*403/s,
    );
    assert.equal(await curl("-T", `${folder}/short.flv`, `${url}/short.flv?key=right`), "204");
    assert.equal(await playing, "200");
    assert.deepEqual(await hashes(`${folder}/got.flv`), await hashes(`${folder}/short.flv`));
    assert.equal(await curl("-T", `${folder}/www/live/a.txt`, `${url}/new.txt`), "201");
    assert.match(await curl("-T", `${folder}/www/live/a.txt`, `${url}/other.txt`), /403$/);
    assert.equal(await curl(`${url}/new.txt`), "a file200");
  });
});

Deno.test("a page and a script call each other as docs/calls.md shows", async () => {
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/app`, { recursive: true });
    const main = await example("calls", "lua", "client:remove");
    await Deno.writeTextFile(`${folder}/www/app/main.lua`, main);
    const server = await runServer({ www: `${folder}/www`, data: `${folder}/data` });
    const script = (await example("calls", "js", "__call"))
      .replace("ws://127.0.0.1/app/", `ws://127.0.0.1:${server.http}/app/`);
    const page = `<!doctype html><link rel="icon" href="data:,"><script>${script}
      const opened = new Promise((resolve) => socket.onopen = resolve);
      const attempt = (...args) => opened.then(() => call(...args)).catch((error) => error.message);
    </script>`;
    await Deno.writeTextFile(`${folder}/www/index.html`, page);
    await withPage(async (page) => {
      const asked: string[] = [];
      page.on("dialog", (dialog) => {
        asked.push(dialog.message());
        void (asked.length === 1 ? dialog.accept() : dialog.dismiss());
      });
      await page.goto(`http://127.0.0.1:${server.http}/`);
      const attempt = (call: string) => page.evaluate(`attempt(${call})`);
      assert.equal(await attempt("'remove', 'tea'"), "removed");
      assert.equal(await attempt("'remove', 'milk'"), "kept");
      await page.evaluate("methods.confirm = () => { throw new Error('no one is here') }");
      assert.equal(await attempt("'remove', 'milk'"), "no one is here");
      assert.match(String(await attempt("'nothing'")), /not found/);
      assert.deepEqual(asked, ["Remove tea?", "Remove milk?"]);
    });
    assert.equal(await server.stop(), 0);
  });
});
