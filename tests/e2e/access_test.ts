import assert from "node:assert/strict";
import { makeFilm } from "./film.ts";
import { inTempFolder, said } from "./program.ts";
import { freePort, requireProgram, type RunningProgram, runProgram, runServer } from "./server.ts";

const INI = `[access]
keys=access.keys
secret=nachtigallenlied
publish.* = none
publish.test = key:kanarienvogel keys:ann
play.* = any
play.test = keys link
files.* = any
files.members/* = keys
connect.* = any
connect.locked/* = link
[cluster]
nats=nats://me:singdrossel@127.0.0.1:1
[logs]
directory=logs
`;

const SCRIPT = `function onPublish(client, publication)
  NOTE(publication.name, " of ", tostring(client.user), " on ", client.path)
end`;

/** A server with rules, three applications and a film. */
async function staged(run: (server: RunningProgram, folder: string) => Promise<void>) {
  for (const name of ["ffmpeg", "curl"]) await requireProgram(name);
  await inTempFolder(async (folder) => {
    for (const name of ["live", "hello", "members", "locked"]) {
      await Deno.mkdir(`${folder}/www/${name}`, { recursive: true });
    }
    await Deno.writeTextFile(`${folder}/www/main.lua`, SCRIPT);
    await Deno.writeTextFile(`${folder}/www/members/a.txt`, "for members");
    await Deno.writeTextFile(`${folder}/access.keys`, "ann zaunkoenig 2999-12-31\n");
    await Deno.writeTextFile(`${folder}/my.ini`, INI);
    await makeFilm(folder);
    const admin = freePort();
    const server = await runServer({
      set: [`admin.port=${admin}`],
      www: `${folder}/www`,
      data: `${folder}/data`,
      args: [`${folder}/my.ini`, "--dump", "--log-level", "TRACE"],
    });
    let log = "";
    try {
      await run(server, folder);
      log = await operatorsView(admin, `${folder}/data/admin.token`);
    } finally {
      assert.equal(await server.stop(), 0);
    }
    log += server.log() + await Deno.readTextFile(`${folder}/logs/log`);
    for (const secret of SECRETS) {
      assert.deepEqual(log.split("\n").filter((line) => line.includes(secret)), []);
    }
  });
}

const SECRETS = [
  "kanarienvogel",
  "zaunkoenig",
  "nachtigallenlied",
  "singdrossel",
  "emF1bmtvZW5pZ",
];

/** All that the control interface lists, and the metrics. */
async function operatorsView(port: number, tokenFile: string): Promise<string> {
  const headers = { authorization: `Bearer ${(await Deno.readTextFile(tokenFile)).trim()}` };
  const at = `http://127.0.0.1:${port}`;
  const read = async (path: string) => {
    const response = await fetch(`${at}${path}`, { headers, signal: AbortSignal.timeout(1_000) });
    return await response.text().catch(() => "");
  };
  const { paths } = JSON.parse(await read("/api/v1/openapi.json")) as {
    paths: Record<string, { get?: unknown }>;
  };
  const lists = Object.entries(paths).filter(([path, { get }]) => get && !path.includes("{"));
  assert.ok(lists.length > 5);
  const texts = await Promise.all(["/metrics", ...lists.map(([path]) => path)].map(read));
  assert.match(texts.join("\n"), /mona_wrong_keys_total \d/);
  return texts.join("\n");
}

/** The status of a request by curl, which waits a second at most. */
async function status(server: RunningProgram, path: string, ...args: string[]): Promise<string> {
  const url = `http://127.0.0.1:${server.http}${path}`;
  const { out } = await runProgram("curl", [
    ...["-s", "-m", "1", "-o", "/dev/null", "-w", "%{http_code}", ...args, url],
  ]);
  return out;
}

/** Publishes a second of the film; true when the server took it. */
async function publishes(server: RunningProgram, folder: string, url: string): Promise<boolean> {
  const [begins, ends] = [/ publishes \S+\n/, / stopped publishing \S+\n/];
  const before = server.count(begins);
  await runProgram("ffmpeg", [
    ...["-v", "error", "-re", "-i", `${folder}/film.flv`, "-t", "1", "-c", "copy", "-f", "flv"],
    `rtmp://127.0.0.1:${server.rtmp}${url}`,
  ]);
  const times = server.count(begins);
  // Its name is free only then.
  if (times > before) await server.logged(ends, times);
  return times > before;
}

/** A WebSocket that asks for something once it is open. */
function asking(server: RunningProgram, path: string, message: readonly string[]): WebSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${server.http}${path}`);
  socket.onopen = () => socket.send(JSON.stringify(message));
  return socket;
}

/** What it hears first. */
async function heard(server: RunningProgram, path: string, message: readonly string[]) {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket = asking(server, path, message);
  socket.onmessage = ({ data }) => resolve(String(data));
  socket.onclose = () => reject(new Error("it was closed"));
  const text = await promise;
  socket.close();
  return text;
}

/** Waits until a WebSocket has published, and is gone. */
async function socketPublishes(server: RunningProgram, path: string, name: string) {
  const over = /websocket \S+ stopped publishing test/;
  const times = server.count(over);
  const socket = asking(server, path, ["__publish", name]);
  await server.logged(/websocket \S+ publishes test\n/, times + 1);
  socket.close();
  await server.logged(over, times + 1);
}

Deno.test("a key holds for a stream by every protocol and from every application", () =>
  staged(async (server, folder) => {
    for (const path of ["/live", "/hello"]) {
      assert.ok(!await publishes(server, folder, `${path}/test`), path);
      assert.ok(!await publishes(server, folder, `${path}/other?key=kanarienvogel`), path);
      assert.ok(await publishes(server, folder, `${path}/test?key=kanarienvogel`), path);
      const put = ["-T", `${folder}/film.flv`];
      assert.equal(await status(server, `${path}/test.flv`, ...put), "401");
      const ann = [...put, "-u", "ann:zaunkoenig"];
      assert.equal(await status(server, `${path}/test.flv`, ...ann), "204");
      assert.match(await heard(server, path, ["__publish", "test"]), /a key is wanted/);
      await socketPublishes(server, path, "test?key=kanarienvogel");
      assert.match(await heard(server, path, ["__play", "test"]), /a key is wanted/);
      assert.equal(await status(server, `${path}/test.flv`), "401");
      assert.equal(await status(server, `${path}/test.ts`), "401");
      const bearer = ["-H", "Authorization: Bearer zaunkoenig"];
      assert.equal(await status(server, `${path}/test.flv`, ...bearer), "200");
      assert.equal(await status(server, `${path}/any.flv`), "200");
    }
    assert.match(server.log(), /test of ann on \/hello/);
    assert.match(server.log(), /test of nil on \/live/);
  }));

Deno.test("a signed link plays, files ask for keys, and a file of keys is read again", () =>
  staged(async (server, folder) => {
    const { out } = await said(["--config", `${folder}/my.ini`, "sign", "play", "test", "60"]);
    assert.match(out, /^expires=\d+&sig=[\da-f]{64}\n$/);
    assert.equal(await status(server, `/hello/test.flv?${out.trim()}`), "200");
    assert.equal(await status(server, `/hello/test.flv?${out.trim().replace(/.$/, "x")}`), "401");
    for (
      const path of ["/members/a.txt", "/members//a.txt", "/Members/a.txt", "/%6dembers/a.txt"]
    ) {
      assert.match(await status(server, path), /^40[14]$/, path);
    }
    await Deno.writeTextFile(`${folder}/www/locked/a.txt`, "for holders of a link");
    const sign = ["--config", `${folder}/my.ini`, "sign"];
    const file = (await said([...sign, "files", "/locked/a.txt"])).out.trim();
    const any = (await said([...sign, "play", "any"])).out.trim();
    // One connection: what lets in to the first request is no entry to the second.
    const call = ["-w", "%{http_code} ", `http://127.0.0.1:${server.http}/locked/a.txt?${file}`];
    const next = [...["--next", "-s", "-m", "1", "-o", "/dev/null", "-w", "%{http_code}"]];
    const post = [...next, "-H", "content-type: application/json", "-d", "[]"];
    assert.equal(await status(server, `/locked/a.txt?${file}`, ...call, ...post), "200 401");
    assert.equal(await status(server, `/locked/b.txt?${file}`), "401");
    assert.equal(await status(server, `/locked/any.flv?${any}`), "200");
    const ann = ["-u", "ann:zaunkoenig"];
    assert.equal(await status(server, "/members/a.txt", ...ann), "200");
    await Deno.writeTextFile(`${folder}/access.keys`, "ben zaunkoenig\n");
    await server.logged(/the keys were read again/);
    assert.equal(await status(server, "/members/a.txt", ...ann), "401");
    assert.equal(await status(server, "/members/a.txt", "-u", "ben:zaunkoenig"), "200");
  }));
