import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { type PageOptions, withPage } from "./browser.ts";
import { publishCamera } from "./camera.ts";
import { assertUsable } from "./dashboard.ts";
import { inTempFolder } from "./program.ts";
import { freePort, type RunningProgram, runServer } from "./server.ts";
import { withTabs } from "./tabs.ts";

const PHONE = { viewport: { width: 360, height: 740 } };

/** The default pages on a server of their own, at `path`. */
async function visit(
  path: string,
  body: (page: Page, server: RunningProgram, browser: Browser) => Promise<void>,
  options: PageOptions = {},
): Promise<void> {
  const server = await runServer();
  try {
    await withPage(async (page, browser) => {
      await page.goto(`http://127.0.0.1:${server.http}${path}`);
      await body(page, server, browser);
    }, options);
  } finally {
    await server.stop();
  }
}

/** Waits for a second of moving pictures; returns their width. */
const moves = (page: Page): Promise<number> =>
  page.evaluate(`new Promise((resolve) => {
    const video = document.querySelector("video");
    let start = video.currentTime;
    video.ontimeupdate = () => {
      // Another stream has a time of its own.
      start = Math.min(start, video.currentTime);
      if (video.currentTime < start + 1) return;
      video.ontimeupdate = null;
      resolve(video.videoWidth);
    };
  })`);

/** Waits until a stream is on the screen. */
async function playing(page: Page, name: string): Promise<void> {
  await page.getByRole("heading", { name, exact: true }).waitFor();
  await page.getByText("Playing", { exact: true }).waitFor();
}

const assertFits = async (page: Page) =>
  assert.equal(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0);

Deno.test("the index page plays what comes, says when it is over, and goes on when it comes back", async () => {
  await visit("/", async (page, server) => {
    await page.getByText("Nothing is live").waitFor();
    await page.getByRole("link", { name: "How to publish a stream" }).waitFor();
    for (const round of ["first", "second"]) {
      const stop = await publishCamera(server, "live/film");
      try {
        await playing(page, "film");
        assert.equal(await moves(page), 320, round);
        await page.getByRole("button", { name: /film.*kbit\/s, 1 watching/ }).waitFor();
      } finally {
        await stop();
      }
      await page.getByText("film is over").waitFor();
      await page.getByText("Nothing yet.").waitFor();
    }
  });
});

Deno.test("the index page goes on when a publisher comes back at once", async () => {
  await visit("/#film", async (page, server) => {
    // Each on a clock of its own.
    for (const age of [3600, 0, 7200]) {
      const stop = await publishCamera(server, "live/film", { age });
      try {
        assert.equal(await moves(page), 320, `${age}`);
      } finally {
        await stop();
      }
    }
  });
});

Deno.test("the index page plays the stream that is chosen, and that its address names", async () => {
  const long = "a-name-that-is-longer-than-the-width-of-a-phone-can-be";
  await visit(`/#${encodeURIComponent("dir/été")}`, async (page, server) => {
    await page.getByText("dir/été is not live").waitFor();
    const stops = [];
    try {
      for (const name of [long, "dir/été"]) stops.push(await publishCamera(server, `live/${name}`));
      await playing(page, "dir/été");
      await moves(page);
      await assertFits(page);
      await page.getByRole("button", { name: "Unmute" }).click();
      assert.equal(await page.evaluate("document.querySelector('video').muted"), false);
      await page.getByRole("button", { name: long }).click();
      await playing(page, long);
      assert.equal(new URL(page.url()).hash, `#${long}`);
      await page.getByRole("button", { name: long, pressed: true }).waitFor();
      await page.getByText("Play it elsewhere").click();
      const at = `http://127.0.0.1:${server.http}/live/${long}`;
      await page.getByText(`${at}.ts`, { exact: true }).waitFor();
      await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      await page.getByRole("button", { name: "Copy FLV URL" }).click();
      await page.getByText("Copied", { exact: true }).waitFor();
      assert.equal(await page.evaluate("navigator.clipboard.readText()"), `${at}.flv`);
    } finally {
      for (const stop of stops) await stop();
    }
  }, PHONE);
});

Deno.test("the player keeps its size beside many streams", async () => {
  await visit("/", async (page) => {
    const streams = Array.from({ length: 60 }, (_, i) => ({
      name: `camera ${i}`,
      origin: "client",
      running: true,
      listeners: 1,
      byteRate: 1000,
    }));
    await page.route("**/streams", (route) => route.fulfill({ json: [streams, 1935, 0] }));
    for (const [width, height] of [[1280, 800], [360, 740]] as const) {
      await page.setViewportSize({ width, height });
      await page.getByRole("button", { name: "camera 59" }).waitFor();
      const stage = await page.getByRole("region", { name: "Player" }).boundingBox();
      assert.ok(stage && stage.y + stage.height < height, JSON.stringify(stage));
      await assertFits(page);
    }
  });
});

Deno.test("the index page says that the server is gone", async () => {
  await visit("/", async (page, server) => {
    await page.getByText("Nothing is live").waitFor();
    await server.kill();
    await page.getByText("The server does not answer").waitFor();
  }, { expectedErrors: /ERR_CONNECTION|ERR_EMPTY_RESPONSE/ });
});

Deno.test("the index page plays again when it is seen, after a restart of the server that nobody saw", async () => {
  const first = await runServer();
  const { http, rtmp } = first;
  try {
    await withTabs(async (open) => {
      let stop = await publishCamera(first, "live/film");
      const page = await open(`http://127.0.0.1:${http}/#film`);
      const said = (text: string, id = "trouble") =>
        page.until(`document.getElementById("${id}")?.textContent.startsWith("${text}") === true`);
      await page.show();
      await said("Playing", "status");
      const other = await open("about:blank");
      await other.show();
      await page.until("document.hidden");
      await stop();
      await first.kill();
      await said("The server does not answer");

      const ports = ["--port-http", http, "--port-rtmp", rtmp].map(String);
      const second = { ...await runServer({ args: ports }), http, rtmp };
      try {
        stop = await publishCamera(second, "live/film");
        try {
          const buffered = "(video.buffered.length > 0 ? video.buffered.end(0) : 0)";
          await page.until(`${buffered} > 8`);
          assert.equal(await page.evaluate("document.hidden && video.paused"), true);
          await said("Paused", "status");
          await page.show();
          await said("Playing", "status");
          // What was missed is not made up for.
          await page.until(`!video.paused && video.currentTime > ${buffered} - 3`);
        } finally {
          await stop();
        }
      } finally {
        await second.stop();
      }
    });
  } finally {
    await first.kill();
  }
});

Deno.test("two people of one name talk on the chat page, also after a reload, and see that the server is gone", async () => {
  await visit("/chat/", async (ann, server, browser) => {
    const ben = await browser.newPage();
    await ben.goto(ann.url());
    for (const page of [ann, ben]) {
      await page.getByText("Connected", { exact: true }).waitFor();
      await page.getByLabel("Your name").fill("Ann");
      await page.getByRole("button", { name: "Join" }).click();
      await page.getByText("You are Ann").waitFor();
    }
    await ann.getByText("joined").nth(1).waitFor();
    await ann.getByLabel("Your message").fill(`Hello <b>you</b>, ça va? ${"x".repeat(100)}`);
    await ann.getByRole("button", { name: "Send" }).click();
    await ben.getByText("Hello <b>you</b>, ça va?").waitFor();
    const tags = await ben.locator("#log small").allTextContents();
    assert.equal(new Set(tags).size, 2, tags.join());
    assert.ok(tags.every((tag) => /^#[0-9a-f]{4}$/.test(tag)), tags.join());
    await assertFits(ann);
    await ben.reload();
    await ben.getByText("Hello <b>you</b>, ça va?").waitFor();
    await ben.getByText("You are Ann").waitFor();
    const said = await ben.locator("#log p", { hasText: "Hello" }).locator("small").textContent();
    const joined = await ben.locator("#log p", { hasText: "joined" }).locator("small")
      .textContent();
    assert.notEqual(said, joined);
    assert.ok(tags.includes(said!) && tags.includes(joined!), "tags stay");
    await ben.close();
    await ann.getByText("left").nth(1).waitFor();
    await server.kill();
    await ann.getByText("Disconnected, trying again…").waitFor();
    assert.ok(await ann.getByRole("button", { name: "Send" }).isDisabled());
  }, { ...PHONE, expectedErrors: /ERR_CONNECTION|Error in connection establishment/ });
});

Deno.test("a stream of sound looks like one, and where there is no sound there is no Unmute", async () => {
  await visit("/#song", async (page, server) => {
    const stops = [
      await publishCamera(server, "live/song", { only: "sound" }),
      await publishCamera(server, "live/silent", { only: "picture" }),
    ];
    try {
      await playing(page, "song");
      await page.getByText("Sound only").waitFor();
      await page.getByRole("button", { name: /song Live sound/i }).waitFor();
      await page.getByRole("button", { name: "Unmute" }).waitFor();
      await page.getByRole("button", { name: /silent Live/i }).click();
      await playing(page, "silent");
      await moves(page);
      assert.equal(await page.getByRole("button", { name: "Unmute" }).isVisible(), false);
      assert.equal(await page.getByText("Sound only").isVisible(), false);
    } finally {
      for (const stop of stops) await stop();
    }
  });
});

Deno.test("a stream of a relay, and of another server of the cluster, is listed and plays", async () => {
  await inTempFolder(async (folder) => {
    const link = freePort();
    const first = await runServer({
      data: `${folder}/first`,
      set: ["cluster.share=true", "servers.secret=s3", `servers.port=${link}`],
    });
    const far = `relay.far=rtmp://127.0.0.1:${first.rtmp}/live/film`;
    const shared = ["cluster.share=true", "servers.secret=s3"];
    const edge = await runServer({
      data: `${folder}/edge`,
      set: [...shared, `servers.targets=127.0.0.1:${link}`, far],
    });
    const stop = await publishCamera(first, "live/film");
    try {
      await withPage(async (page) => {
        await page.goto(`http://127.0.0.1:${edge.http}/#near`);
        await page.getByRole("button", { name: /film Live on another server/i }).click();
        await playing(page, "film");
        assert.equal(await moves(page), 320);
        await page.getByRole("button", { name: /far Relay fetched when you choose it/i }).click();
        await playing(page, "far");
        assert.equal(await moves(page), 320);
        await page.getByRole("button", { name: /far Live .*1 watching/i }).waitFor();
      });
    } finally {
      await stop();
      await edge.stop();
      await first.stop();
    }
  });
});

Deno.test("the page for publishers shows this server, and a port only where it is not the usual one", async () => {
  await visit("/publish.html", async (page, server) => {
    const usual = `rtmp://127.0.0.1/live`;
    const here = `rtmp://127.0.0.1:${server.rtmp}/live`;
    await page.getByText(here, { exact: true }).waitFor();
    await page.getByLabel("Name of the stream").fill("my film");
    await page.getByLabel("Key, if").fill("a&b");
    await page.getByText("my film?key=a%26b", { exact: true }).waitFor();
    await page.getByText(`-f flv '${here}/my film?key=a%26b'`).first().waitFor();
    await assertFits(page);
    await page.route("**/streams", (route) => route.fulfill({ json: [[], 1935, 0] }));
    await page.reload();
    await page.getByText(usual, { exact: true }).waitFor();
    await page.route("**/streams", (route) => route.fulfill({ json: [[], 0, 0] }));
    await page.reload();
    await page.getByText("RTMP is switched off").waitFor();
  }, PHONE);
});

Deno.test("axe-core finds nothing in the default pages, wide and narrow, light and dark", async () => {
  await visit("/#song", async (page, server) => {
    const stop = await publishCamera(server, "live/song", { only: "sound" });
    try {
      await playing(page, "song");
      await page.getByText("Play it elsewhere").click();
      for (const path of ["", "chat/", "publish.html", "#nothing"]) {
        if (path !== "") await page.goto(`http://127.0.0.1:${server.http}/${path}`);
        if (path === "#nothing") await page.getByText("nothing is not live").waitFor();
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          for (const [width, height] of [[1280, 800], [360, 740]] as const) {
            await page.setViewportSize({ width, height });
            await assertUsable(page, `/${path} ${width} ${colorScheme}`);
          }
        }
      }
    } finally {
      await stop();
    }
  });
});
