import assert from "node:assert/strict";
import { withPage } from "./browser.ts";
import { publishCamera } from "./camera.ts";
import { runServer } from "./server.ts";

const MOVES_ON = `new Promise((resolve) => {
  const video = document.querySelector("video");
  const start = video.currentTime;
  const timer = setInterval(() => {
    if (video.currentTime > start + 1) {
      clearInterval(timer);
      resolve(video.videoWidth);
    }
  }, 100);
})`;

Deno.test("the index page lists what is live and plays it", async () => {
  const server = await runServer();
  try {
    await withPage(async (page) => {
      await page.goto(`http://127.0.0.1:${server.http}/`);
      await page.getByText("Nothing is live").waitFor();
      const stop = await publishCamera(server, "live/film");
      try {
        await page.getByText("Playing film").waitFor({ timeout: 20_000 });
        assert.equal(await page.evaluate(MOVES_ON), 320);
        await page.getByRole("button", { name: /film.*kbit\/s, 1 watching/ }).waitFor();
      } finally {
        await stop();
      }
    });
  } finally {
    assert.equal(await server.stop(), 0);
  }
});
Deno.test("two people talk on the chat page", async () => {
  const server = await runServer();
  try {
    await withPage(async (ann, browser) => {
      const ben = await browser.newPage();
      for (const [page, name] of [[ann, "Ann"], [ben, "Ben"]] as const) {
        await page.goto(`http://127.0.0.1:${server.http}/chat/`);
        await page.getByText("Connected", { exact: true }).waitFor();
        await page.getByLabel("Your name").fill(name);
        await page.getByRole("button", { name: "Join" }).click();
      }
      await ann.getByText("Ben joined").waitFor();
      await ann.getByLabel("Your message").fill("Hello <b>Ben</b>, ça va?");
      await ann.getByRole("button", { name: "Send" }).click();
      await ben.getByText("Ann: Hello <b>Ben</b>, ça va?").waitFor();
      await ben.close();
      await ann.getByText("Ben left").waitFor();
    });
  } finally {
    assert.equal(await server.stop(), 0);
  }
});
