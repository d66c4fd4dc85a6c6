import assert from "node:assert/strict";
import { makeFilm } from "./film.ts";
import { inTempFolder } from "./program.ts";
import { freePort, requireProgram, runProgram, runServer } from "./server.ts";

/** In the settings, and in URLs of clients, which the server does not know for a secret. */
const CANARY = "kanarienvogel";
const KEY = "nachtigall";

/** Whether a hex dump shows a text, broken anywhere between its lines. */
function isDumped(secret: string, log: string): boolean {
  const bytes = [...log.matchAll(/^ {4}[\da-f]{4} {2}((?:[\da-f]{2} {1,2})+)/gm)];
  const text = bytes.map(([, row = ""]) => row.split(/ +/).filter(Boolean).join("")).join("");
  const digits = [...secret].map((sign) => sign.charCodeAt(0).toString(16)).join("");
  return text.includes(digits);
}

Deno.test("neither console nor files show a secret, with every message and dumps", () =>
  inTempFolder(async (folder) => {
    await requireProgram("ffmpeg");
    await makeFilm(folder);
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    const closed = freePort();
    await Deno.writeTextFile(
      `${folder}/www/main.lua`,
      `function onStart()
  mail = mona:sendMail("a@example.com", "Hello", "Text", "b@example.com")
  function mail:onSent(error) INFO("mail: ", error) end
end
function onPublish(client, publication)
  if publication.name == "no" then error("wrong key") end
end`,
    );
    await Deno.writeTextFile(
      `${folder}/my.ini`,
      `[logs]
directory=logs
[smtp]
port=${closed}
user=me
password=${CANARY}-smtp
[servers]
secret=${CANARY}-servers
targets=127.0.0.1:${closed}?key=${KEY}
[cluster]
nats=nats://me:${CANARY}@127.0.0.1:${closed}
[relay]
film=push rtmp://127.0.0.1:${closed}/live/film?key=${KEY}
wrong=rtmp://me:${CANARY}@host
`,
    );
    const server = await runServer({
      www: `${folder}/www`,
      data: `${folder}/data`,
      args: [`${folder}/my.ini`, "--dump", "--log-level", "TRACE"],
    });
    try {
      const secret = `key=${KEY}&user=${KEY}`;
      const rtmp = `rtmp://127.0.0.1:${server.rtmp}/live`;
      const publish = (name: string) =>
        runProgram("ffmpeg", [
          ...["-v", "quiet", "-re", "-i", `${folder}/film.flv`, "-c", "copy", "-f", "flv"],
          `${rtmp}/${name}?${secret}`,
        ]);
      await publish("no");
      const publishing = publish("film");
      await server.logged(/publishes film\n/);
      const http = `http://127.0.0.1:${server.http}/live`;
      await (await fetch(`${http}/nosuch?${secret}`)).text();
      await (await fetch(`${http}/?${secret}`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded", cookie: secret },
        body: secret,
      })).text();
      await runProgram("ffmpeg", [
        ...["-v", "quiet", "-i", `${rtmp}?${secret}/film?${secret}`, "-t", "1", "-f", "null", "-"],
      ]);
      await publishing;
      await server.logged(/mail: /);
      await server.logged(/tried again every second/);
      await server.logged(/relay film: .*tried again/);
    } finally {
      assert.equal(await server.stop(), 0);
    }
    const log = server.log() + await Deno.readTextFile(`${folder}/logs/log`);
    assert.match(log, /refused: wrong key/);
    assert.match(log, /TRACE {2}rtmp .*: received, \d+ bytes/);
    assert.ok(isDumped("FCPublish", log));
    for (const secret of [CANARY, KEY]) {
      assert.deepEqual(log.split("\n").filter((line) => line.includes(secret)), []);
      assert.ok(!isDumped(secret, log));
    }
  }));
