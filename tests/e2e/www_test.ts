import assert from "node:assert/strict";
import type { Browser, Page } from "playwright-core";
import { type PageOptions, withPage } from "./browser.ts";
import { publishCamera } from "./camera.ts";
import { type RunningProgram, runServer } from "./server.ts";
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

const assertFits = async (page: Page) =>
  assert.equal(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0);

Deno.test("the index page plays what comes, says when it is over, and goes on when it comes back", async () => {
  await visit("/", async (page, server) => {
    await page.getByText("Nothing is live").waitFor();
    await page.getByText(`rtmp://127.0.0.1:${server.rtmp}/live`, { exact: true }).waitFor();
    for (const round of ["first", "second"]) {
      const stop = await publishCamera(server, "live/film");
      try {
        await page.getByText("Playing film").waitFor();
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
      await page.getByText("Playing dir/été").waitFor();
      await moves(page);
      await assertFits(page);
      await page.getByRole("button", { name: "Unmute" }).click();
      assert.equal(await page.evaluate("document.querySelector('video').muted"), false);
      await page.getByRole("button", { name: long }).click();
      await page.getByText(`Playing ${long}`).waitFor();
      assert.equal(new URL(page.url()).hash, `#${long}`);
      await page.getByRole("button", { name: long, pressed: true }).waitFor();
      const live = await page.getByRole("link", { name: "MPEG-TS" }).getAttribute("href");
      assert.equal(live, `/live/${long}.ts`);
    } finally {
      for (const stop of stops) await stop();
    }
  }, PHONE);
});

Deno.test("the player keeps its size beside many streams", async () => {
  await visit("/", async (page) => {
    const streams = Array.from({ length: 60 }, (_, i) => ({
      name: `camera ${i}`,
      listeners: 1,
      bytesPerSecond: 1000,
    }));
    await page.route("**/streams", (route) => route.fulfill({ json: [streams, 1935] }));
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
      const said = (text: string) =>
        page.until(`document.getElementById("status")?.textContent.startsWith("${text}") === true`);
      await page.show();
      await said("Playing film");
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
          await said("film is live, and paused");
          await page.show();
          await said("Playing film");
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

Deno.test("two people talk on the chat page, and see that the server is gone", async () => {
  await visit("/chat/", async (ann, server, browser) => {
    const ben = await browser.newPage();
    await ben.goto(ann.url());
    for (const [page, name] of [[ann, "Ann"], [ben, "Ben"]] as const) {
      await page.getByText("Connected", { exact: true }).waitFor();
      await page.getByLabel("Your name").fill(name);
      await page.getByRole("button", { name: "Join" }).click();
    }
    await ann.getByText("Ben joined").waitFor();
    await ann.getByLabel("Your message").fill(`Hello <b>Ben</b>, ça va? ${"x".repeat(100)}`);
    await ann.getByRole("button", { name: "Send" }).click();
    await ben.getByText("Ann: Hello <b>Ben</b>, ça va?").waitFor();
    await assertFits(ann);
    await ben.close();
    await ann.getByText("Ben left").waitFor();
    await server.kill();
    await ann.getByText("Disconnected, trying again…").waitFor();
    assert.ok(await ann.getByRole("button", { name: "Send" }).isDisabled());
  }, { ...PHONE, expectedErrors: /ERR_CONNECTION|Error in connection establishment/ });
});
