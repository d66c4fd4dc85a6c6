import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { type PageOptions, withPage } from "./browser.ts";
import { publishCamera } from "./camera.ts";
import { inTempFolder } from "./program.ts";
import { freePort, type RunningProgram, runServer } from "./server.ts";

const SCRIPT = `
function onConnection(client)
  function client:echo(...) return ... end
  function client:fail() error("no luck", 0) end
  function client:cookies() return client.properties.open, client.properties.hidden end
  function client:remember(value)
    client.properties("open", value, {path = "/"})
    client.properties("hidden", value, {path = "/app", httpOnly = true, expires = 60})
    client.properties("elsewhere", value, {path = "/other"})
    client.properties("gone", value, {expires = 0})
  end
  function client:visit()
    client.properties("visits", (tonumber(client.properties["visits"]) or 0) + 1)
    return client.properties["visits"]
  end
end
`;

const PAGE = `<!doctype html>
<link rel="icon" href="data:,">
<script>
const call = async (url, ...values) => {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(values);
  const response = await fetch(url, { method: "POST", headers, body, credentials: "include" });
  return await response.json();
};
const read = async (url) => await (await fetch(url)).text();
// Sends texts one by one, each after the answer to the one before.
const talk = (url, ...texts) => new Promise((resolve, reject) => {
  const socket = new WebSocket(url);
  const answers = [];
  const next = () => texts.length > 0 ? socket.send(texts.shift()) : socket.close();
  socket.onopen = next;
  socket.onmessage = ({ data }) => next(answers.push(JSON.parse(data)));
  socket.onerror = () => reject(new Error("no socket"));
  socket.onclose = () => resolve(answers);
});
// A second of a live stream; the result is the width of its picture.
const play = (type, url) => new Promise((resolve, reject) => {
  const video = document.querySelector("video");
  const player = mpegts.createPlayer({ type, url, isLive: true });
  player.on(mpegts.Events.ERROR, (...error) => reject(new Error(error.join(" "))));
  player.attachMediaElement(video);
  player.load();
  player.play();
  let start;
  video.ontimeupdate = () => {
    const { totalVideoFrames } = video.getVideoPlaybackQuality();
    if (totalVideoFrames === 0) return;
    start ??= video.currentTime;
    if (totalVideoFrames < 20 || video.currentTime < start + 1) return;
    video.ontimeupdate = null;
    resolve(video.videoWidth);
    player.destroy();
  };
});
</script>
<video muted></video>`;

interface Stage {
  readonly page: Page;
  readonly server: RunningProgram;
  /** Of the server, without a slash at the end. */
  readonly origin: string;
}

interface StageOptions extends PageOptions {
  readonly set?: readonly string[];
  /** Port of TLS, to which the page then goes. */
  readonly tls?: number;
}

/** A server whose applications /app and /closed have the script, and a page of /app. */
async function staged(
  { set = [], tls, ...options }: StageOptions,
  body: (stage: Stage) => Promise<void>,
): Promise<void> {
  await inTempFolder(async (folder) => {
    for (const name of ["app", "closed"]) {
      await Deno.mkdir(`${folder}/www/${name}`, { recursive: true });
    }
    await Deno.writeTextFile(`${folder}/www/main.lua`, SCRIPT);
    await Deno.writeTextFile(
      `${folder}/www/closed/main.lua`,
      "function onConnection(client) super.onConnection(client) return {crossOrigin = false} end",
    );
    await Deno.writeTextFile(`${folder}/www/app/page.html`, PAGE);
    const server = await runServer({ www: `${folder}/www`, data: `${folder}/data`, set });
    const origin = tls === undefined
      ? `http://127.0.0.1:${server.http}`
      : `https://127.0.0.1:${tls}`;
    try {
      await withPage(async (page) => {
        await page.goto(`${origin}/app/page.html`);
        await body({ page, server, origin });
      }, options);
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
}

/** Evaluates a call of a function of the page. */
const run = (page: Page, name: string, ...args: unknown[]): Promise<unknown> =>
  page.evaluate(`${name}(...${JSON.stringify(args)})`);

Deno.test("a page calls by fetch, and a script's error answers like a result", async () => {
  await staged({ expectedErrors: /status of 500/ }, async ({ page }) => {
    assert.deepEqual(await run(page, "call", "/app/", "echo", 1, "über", { a: [1, 2] }), [
      1,
      "über",
      { a: [1, 2] },
    ]);
    assert.deepEqual(await run(page, "call", "/app/", "fail"), [
      "onStatus",
      { level: "error", code: "NetConnection.Call.Failed", description: "no luck" },
    ]);
  });
});

Deno.test("a page calls by WebSocket, which stays when a script fails", async () => {
  await staged({}, async ({ page, origin }) => {
    const url = `${origin.replace("http", "ws")}/app`;
    const [failed, echoed] = await run(page, "talk", url, '["fail"]', '["echo","über",[1]]') as [
      unknown[],
      unknown[],
    ];
    assert.deepEqual(failed, [
      "onStatus",
      { level: "error", code: "NetConnection.Call.Failed", description: "no luck" },
    ]);
    assert.deepEqual(echoed, ["über", [1]]);
  });
});

Deno.test("a script's cookies come back by fetch and WebSocket, to the paths they are for", async () => {
  await staged({}, async ({ page, origin }) => {
    const value = "a b;ü";
    await run(page, "call", "/app/", "remember", value);
    assert.equal(await page.evaluate("document.cookie"), `open=${encodeURIComponent(value)}`);
    assert.deepEqual(await run(page, "call", "/app/", "cookies"), [value, value]);
    assert.deepEqual(await run(page, "call", "/closed/", "cookies"), [value, null]);
    const url = `${origin.replace("http", "ws")}/app`;
    assert.deepEqual(await run(page, "talk", url, '["cookies"]'), [[value, value]]);
    // Somebody else's browser has none.
    const stranger = await page.context().browser()?.newPage();
    await stranger?.goto(`${origin}/app/page.html`);
    assert.deepEqual(stranger && await run(stranger, "call", "/app/", "visit"), [1]);
  });
});

Deno.test("a page of another origin calls where it may, and reads nothing where it may not", async () => {
  await using other = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response(PAGE, { headers: { "content-type": "text/html" } }),
  );
  const foreign = `http://127.0.0.1:${other.addr.port}`;
  const options = {
    set: [`HTTP.crossOrigin=http://example.com ${foreign}`],
    expectedErrors: /blocked by CORS policy|ERR_FAILED/,
  };
  await staged(options, async ({ page, origin }) => {
    await page.goto(`${foreign}/`);
    assert.deepEqual(await run(page, "call", `${origin}/app/`, "visit"), [1]);
    assert.deepEqual(await run(page, "call", `${origin}/app/`, "visit"), [2]);
    assert.equal(await run(page, "read", `${origin}/app/echo?a=one`), '[{"a":"one"}]');
    await assert.rejects(run(page, "call", `${origin}/closed/`, "visit"), /Failed to fetch/);
    await assert.rejects(run(page, "read", `${origin}/closed/echo?a=1`), /Failed to fetch/);
  });
  await staged({ ...options, set: ["HTTP.crossOrigin="] }, async ({ page, origin }) => {
    await page.goto(`${foreign}/`);
    await assert.rejects(run(page, "read", `${origin}/app/echo?a=1`), /Failed to fetch/);
  });
});

/** Plays a publication by each of its URLs. */
async function playAll({ page, server, origin }: Stage, stream: string): Promise<void> {
  const stop = await publishCamera(server, `app/${stream}`);
  try {
    await page.addScriptTag({ url: "/mpegts.js" });
    for (const base of [origin, origin.replace("http", "ws")]) {
      for (const [type, extension] of [["flv", "flv"], ["mpegts", "ts"]]) {
        const url = `${base}/app/${stream}.${extension}`;
        assert.equal(await run(page, "play", type, url), 320, url);
      }
    }
  } finally {
    await stop();
  }
}

Deno.test("a live page plays FLV and MPEG-TS over HTTP and WebSocket", async () => {
  await staged({}, (stage) => playAll(stage, "film"));
});

Deno.test("the same works over TLS: calls, sockets and live media", async () => {
  const file = (name: string) =>
    fileURLToPath(new URL(`../vectors/tls/one.${name}.pem`, import.meta.url));
  const tls = freePort();
  const set = [
    `HTTPS.port=${tls}`,
    `HTTPS.certificate=${file("cert")}`,
    `HTTPS.key=${file("key")}`,
  ];
  await staged({ set, tls, ignoreHTTPSErrors: true }, async (stage) => {
    const { page } = stage;
    assert.deepEqual(await run(page, "call", "/app/", "echo", "über"), ["über"]);
    const socket = `wss://127.0.0.1:${tls}/app`;
    assert.deepEqual(await run(page, "talk", socket, '["echo",1]'), [[1]]);
    await playAll(stage, "film");
  });
});
