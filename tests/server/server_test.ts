import assert from "node:assert/strict";
import type { Log } from "../../src/logs/mod.ts";
import { loadConfig } from "../../src/config/mod.ts";
import { startServer } from "../../src/server/mod.ts";
import { freePort } from "../support/free_port.ts";
import { CaptureLog } from "../support/capture_log.ts";

/** The whole server in this process, in a folder of its own, until `use` is over. */
async function withServer(
  ini: string,
  scripts: Readonly<Record<string, string>>,
  use: (log: CaptureLog) => void | Promise<void>,
): Promise<number> {
  const dir = await Deno.makeTempDir();
  for (const [path, text] of Object.entries(scripts)) {
    await Deno.mkdir(`${dir}/www/${path}`.replace(/\/[^/]*$/, ""), { recursive: true });
    await Deno.writeTextFile(`${dir}/www/${path}`, text);
  }
  const { config, faults } = loadConfig({ ini: { file: "my.ini", text: ini } });
  assert.deepEqual(faults, []);
  const log = new CaptureLog();
  const at = (name: string) => `${dir}/${name}`;
  const [www, data, recordings] = ["www", "data", "recordings"].map(at) as [string, string, string];
  const places = { dir, www, data, recordings, segments: `${dir}/hls`, logs: undefined };
  const logger = (name: string): Log => log.child(name);
  const server = await startServer({ config, places, version: "0.0.0", logger });
  try {
    await use(log);
  } finally {
    await server.stop();
    await Deno.remove(dir, { recursive: true });
  }
  return await server.stopped;
}

const main = `
function onStart() data.starts = (data.starts or 0) + 1 end
function onConnection(client, ...)
  function client:add(a, b) return a + b end
  function client:fail() error("no") end
end
`;

Deno.test("the whole server runs in one process: calls, pages, an operator's port, and a stop in order", async () => {
  const [http, rtmp, links, admin] = [freePort(), freePort(), freePort(), freePort()];
  const ini = `
bind=127.0.0.1
[server]
native=off
[RTMP]
port=${rtmp}
[RTMFP]
port=${rtmp}
[HTTP]
port=${http}
[servers]
port=${links}
secret=between us
[admin]
port=${admin}
token=operator
[access]
publish.*=key:abc
play.*=any
[relay]
film=rtmp://127.0.0.1:1/live/film
`;
  const files = { "main.lua": main, "page.html": "<p>page</p>" };
  const code = await withServer(ini, files, async (log) => {
    const at = `http://127.0.0.1:${http}`;
    const text = async (url: string, init?: RequestInit) => {
      const response = await fetch(url, init);
      return [response.status, await response.text()] as const;
    };
    assert.deepEqual(await text(`${at}/page.html`), [200, "<p>page</p>"]);
    const call = { method: "POST", headers: { "content-type": "application/json" } };
    const sum = await text(`${at}/`, { ...call, body: '["add",1,2]' });
    assert.deepEqual(sum, [200, "[3]"]);
    // Publishing wants the key.
    assert.equal((await text(`${at}/none.html`))[0], 404);
    assert.equal((await text(`${at}/film.flv`, { method: "PUT", body: "FLV" }))[0], 401);
    const operator = `http://127.0.0.1:${admin}`;
    assert.equal((await text(`${operator}/health/live`))[0], 200);
    assert.equal((await text(`${operator}/metrics`))[0], 401);
    const bearer = { headers: { authorization: "Bearer operator" } };
    const metrics = await text(`${operator}/metrics`, bearer);
    assert.equal(metrics[0], 200);
    assert.match(metrics[1], /^mona_build_info\{.*version="0\.0\.0"/m);
    assert.match(metrics[1], /^mona_.*relay.* 0$/m);
    const applications = await text(`${operator}/api/v1/applications`, bearer);
    assert.equal(applications[0], 200);
    assert.match(applications[1], /"path": ?"\/"/);
    assert.deepEqual(log.at("ERROR"), []);
    assert.ok(log.lines.includes("NOTE server: started"), log.lines.join("\n"));
  });
  assert.equal(code, 0);
});

Deno.test("a server whose port is taken ends when it is told to, else it runs without that port", async () => {
  const taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr as Deno.NetAddr;
  const ini = (fault: string) => `
bind=127.0.0.1
portFault=${fault}
[server]
native=off
[RTMP]
port=${port}
[RTMFP]
port=0
[HTTP]
port=${freePort()}
`;
  const fatal = await withServer(ini("exit"), { "main.lua": main }, (log) => {
    assert.deepEqual(log.at("FATAL"), ["FATAL server: not every port could be opened"]);
  });
  assert.equal(fatal, 1);
  const without = await withServer(ini("retry"), { "main.lua": main }, (log) => {
    assert.deepEqual(log.at("FATAL"), []);
    assert.match(
      log.at("ERROR").join(),
      new RegExp(`TCP port ${port} is taken by another program: RTMP is off`),
    );
  });
  assert.equal(without, 0);
  taken.close();
});

/** What a TCP port answers to some bytes, up to the end or to `enough` bytes. */
async function answerOf(port: number, bytes: Uint8Array, enough = Infinity): Promise<string> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  try {
    await conn.write(bytes);
    let text = "";
    const buffer = new Uint8Array(4096);
    while (text.length < enough) {
      const count = await conn.read(buffer);
      if (count === null) break;
      text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
    }
    return text;
  } finally {
    conn.close();
  }
}

Deno.test("Flash clients get their policies, RTMP answers on its port and through HTTP", async () => {
  const [http, rtmp, policy] = [freePort(), freePort(), freePort()];
  const ini = `
bind=127.0.0.1
[server]
native=off
[RTMP]
port=${rtmp}
[RTMFP]
port=0
[HTTP]
port=${http}
crossOrigin=https://a.example
[flashPolicy]
file=www/policy.xml
port=${policy}
`;
  const policyText = "<cross-domain-policy/>";
  await withServer(ini, { "main.lua": main, "policy.xml": policyText }, async (log) => {
    const request = new TextEncoder().encode("<policy-file-request/>\0");
    for (const port of [rtmp, policy]) {
      assert.equal(await answerOf(port, request), `${policyText}\0`, `port ${port}`);
    }
    const domains = await fetch(`http://127.0.0.1:${http}/crossdomain.xml`);
    assert.match(await domains.text(), /<allow-access-from domain="a\.example"\/>/);
    // C0 and C1: the server answers with S0, S1 and S2.
    const handshake = new Uint8Array(1537);
    handshake[0] = 3;
    assert.equal((await answerOf(rtmp, handshake, 3073)).length, 3073);
    const at = `http://127.0.0.1:${http}`;
    const tunnel = async (path: string, body: Uint8Array<ArrayBuffer>) => {
      const headers = { "content-type": "application/x-fcs" };
      return await (await fetch(at + path, { method: "POST", headers, body })).bytes();
    };
    const id = new TextDecoder().decode(await tunnel("/open/1", Uint8Array.of(0))).trim();
    const answer = await tunnel(`/send/${id}/1`, handshake);
    // One byte says how soon to ask again.
    assert.deepEqual([answer.length, answer[1]], [3074, 3]);
    assert.deepEqual(log.at("ERROR"), []);
  });
});

Deno.test("an admin port without a token makes one, and keys of files and tokens let in", async () => {
  const [http, admin] = [freePort(), freePort()];
  const ini = `
bind=127.0.0.1
[server]
native=off
[RTMP]
port=0
[RTMFP]
port=0
[HTTP]
port=${http}
[admin]
port=${admin}
[access]
keys=www/keys.txt
jwtKeys=www/missing.pem
files.*=keys jwt
`;
  const files = { "main.lua": main, "keys.txt": "ann secretkey\nbroken", "page.html": "page" };
  await withServer(ini, files, async (log) => {
    assert.match(log.at("NOTE").join("\n"), /admin token, kept in \S+admin\.token/);
    const metrics = await fetch(`http://127.0.0.1:${admin}/metrics`);
    assert.equal(metrics.status, 401);
    await metrics.body?.cancel();
    const page = `http://127.0.0.1:${http}/page.html`;
    const [without, withKey] = [await fetch(page), await fetch(`${page}?key=secretkey`)];
    assert.deepEqual([without.status, withKey.status], [401, 200]);
    assert.equal(await withKey.text(), "page");
    await without.body?.cancel();
    const errors = log.at("ERROR").join("\n");
    assert.match(errors, /keys\.txt:2: /);
    assert.match(errors, /missing\.pem/);
  });
});
