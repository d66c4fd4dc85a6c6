import assert from "node:assert/strict";
import { makeFilm } from "./film.ts";
import { inTempFolder } from "./program.ts";
import { freePort, requireProgram, type RunningProgram, runServer } from "./server.ts";

/** Texts that nobody may read in an answer. */
const TOKEN = "canary-token-1";
const KEY = "canary-key-3";
const SECRETS = [TOKEN, KEY, "canary-smtp-2", "canary-link-4"];

const LISTS = [
  ...["overview", "history", "clients", "publications", "listeners", "applications", "groups"],
  ...["servers", "relays", "bans", "refusals", "errors", "log?limit=1000", "settings"],
  ...["openapi.json", "applications/%2Flive/files", "applications/%2Flive/source?file=main.lua"],
];

const APPLICATION = `function onSubscribe(client, listener)
  error("not for you")
end
function hello(name) return "hello " .. name end`;

async function until<T>(ask: () => Promise<T>, isThere: (value: T) => boolean): Promise<T> {
  const end = Date.now() + 30_000;
  for (;;) {
    const value = await ask();
    if (isThere(value) || Date.now() > end) return value;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A program that goes on until the test has enough of it. */
function startProgram(name: string, args: string[]) {
  const child = new Deno.Command(name, { args, stdin: "null", stdout: "null", stderr: "null" })
    .spawn();
  return {
    status: child.status,
    async stop() {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended by itself.
      }
      await child.status;
    },
  };
}

/** Asks and acts as an operator does, and keeps all answers. */
class Operator {
  readonly answers: string[] = [];
  readonly #at: string;

  constructor(port: number) {
    this.#at = `http://127.0.0.1:${port}/api/v1`;
  }

  // deno-lint-ignore no-explicit-any
  async ask(path: string, body?: unknown): Promise<any> {
    const response = await fetch(`${this.#at}/${path}`, {
      headers: { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" },
      ...body === undefined ? {} : { method: "POST", body: JSON.stringify(body) },
    });
    const text = await response.text();
    this.answers.push(text);
    assert.equal(response.status, 200, `${path}: ${text}`);
    return JSON.parse(text);
  }

  /** Events from now on, until the signal: the first of all answers. */
  async listen(signal: AbortSignal): Promise<void> {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const response = await fetch(`${this.#at}/events?kinds=connect,refusal,disconnect,act,log`, {
      headers,
      signal,
    });
    const decoder = new TextDecoder();
    const at = this.answers.push("") - 1;
    const read = async () => {
      try {
        for await (const part of response.body!) {
          this.answers[at] += decoder.decode(part, { stream: true });
        }
      } catch {
        // The test is over.
      }
    };
    void read();
  }

  /** What was listened to so far. */
  heard(): Promise<string> {
    return Promise.resolve(this.answers[0] ?? "");
  }
}

/** A server with an ini of its own, whose settings hold secrets. */
async function withServer(
  run: (server: RunningProgram, operator: Operator, ini: string, folder: string) => Promise<void>,
): Promise<void> {
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    await Deno.writeTextFile(`${folder}/www/live/main.lua`, APPLICATION);
    const port = freePort();
    const ini = `${folder}/my.ini`;
    await Deno.writeTextFile(
      ini,
      `[admin]\nport=${port}\ntoken=${TOKEN}\n[smtp]\npassword=${SECRETS[2]}\n[access]\n` +
        `secret=${SECRETS[3]}\npublish.*=key:${KEY}\n`,
    );
    const server = await runServer({ www: `${folder}/www`, args: [ini] });
    try {
      await run(server, new Operator(port), ini, folder);
    } finally {
      await server.stop();
    }
    assert.deepEqual(SECRETS.filter((secret) => server.log().includes(secret)), []);
  });
}

Deno.test("an operator sees a stream and who was refused it, and kicks its publisher; no secret shows", () =>
  withServer(async (server, operator, _ini, folder) => {
    await requireProgram("ffmpeg");
    await makeFilm(folder);
    const over = new AbortController();
    await operator.listen(over.signal);
    const url = `rtmp://127.0.0.1:${server.rtmp}/live`;
    const publisher = startProgram("ffmpeg", [
      ...["-loglevel", "error", "-re", "-stream_loop", "-1", "-i", `${folder}/film.flv`],
      ...["-c", "copy", "-f", "flv", `${url}/film?key=${KEY}`],
    ]);
    const player = startProgram("ffmpeg", [
      ...["-loglevel", "error", "-i", `${url}/film`, "-f", "null", "-"],
    ]);
    try {
      const { items: [film] } = await until(
        () => operator.ask("publications"),
        ({ items }) => items[0]?.video !== null && items[0]?.audio !== null && items.length > 0,
      );
      assert.deepEqual([film.name, film.source, film.video.codec], ["film", "rtmp", "H.264"]);
      assert.equal(film.audio.codec, "AAC");
      assert.ok(film.video.width > 0 && film.video.height > 0);
      const { items: [refusal] } = await until(
        () => operator.ask("refusals"),
        ({ items }) => items.length > 0,
      );
      assert.deepEqual([refusal.asked, refusal.by, refusal.why], ["play", "script", "not for you"]);
      assert.deepEqual([refusal.file, refusal.line], ["www/live/main.lua", 2]);
      const called = await operator.ask("applications/%2Flive/call", {
        name: "hello",
        arguments: ["you"],
      });
      assert.deepEqual(called, { results: ["hello you"] });
      await operator.ask(`clients/${film.publisher.id}/kick`, { words: "enough" });
      assert.equal((await publisher.status).success, false);
      await server.logged(/rtmp 127\.0\.0\.1:\d+: disconnected after \d+ s: kicked: enough/);
      await server.logged(/NOTE {3}audit: 127\.0\.0\.1:\d+: POST .*\/kick words "enough": done/);
      const heard = await until(
        () => operator.heard(),
        (text) => /event: disconnect/.test(text) && /event: act/.test(text),
      );
      for (const kind of ["connect", "refusal", "log", "act", "disconnect"]) {
        assert.match(heard, new RegExp(`^event: ${kind}$`, "m"));
      }
      for (const list of LISTS) await operator.ask(list);
      const all = operator.answers.join("\n");
      assert.deepEqual(SECRETS.filter((secret) => all.includes(secret)), []);
    } finally {
      over.abort();
      for (const each of [publisher, player]) await each.stop();
    }
  }));

Deno.test("an edited ini and a hangup take effect while the server runs, a fault does not", () =>
  withServer(async (server, operator, ini) => {
    const text = await Deno.readTextFile(ini);
    const value = async (key: string) => {
      const { items } = await operator.ask("settings");
      return items.find((item: { key: string }) => item.key === key);
    };
    await Deno.writeTextFile(`${ini}.new`, `${text}[live]\ngop=true\n[HTTPS]\nport=4433\n`);
    await Deno.rename(`${ini}.new`, ini);
    // A port without its certificate is a fault, which keeps all as it was.
    await server.logged(
      /config: the file has changed, but the settings stay as they were: .*HTTPS/,
    );
    assert.equal((await value("live.gop")).value, "false");
    await Deno.writeTextFile(ini, `${text}[live]\ngop=true\n[data]\ndirectory=other\n`);
    await server.logged(/config: the file has changed: live\.gop changed/);
    await server.logged(/data\.directory changed too, which takes effect at the next start/);
    assert.equal((await value("live.gop")).value, "true");
    assert.equal((await value("data.directory")).isPending, true);
    for (let count = 0; count < 50; count++) Deno.kill(server.pid, "SIGHUP");
    await server.logged(/config: SIGHUP: no key that takes effect now changed/);
    assert.equal(server.count(/config: SIGHUP/), 1);
    const changed = await operator.ask("settings", {
      changes: { "live.gop": "false", "RTMP.port": "1" },
    });
    assert.deepEqual(changed, { applied: ["live.gop"], restart: ["RTMP.port"] });
    assert.equal((await value("live.gop")).where, "an operator");
  }));
