import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { publishCamera } from "./camera.ts";
import { assertUsable, logIn, show, until, withDashboard } from "./dashboard.ts";
import { freePort, runProgram, runServer } from "./server.ts";

const VIEWS = [
  "Overview",
  "Streams",
  "Clients",
  "Refusals",
  "Applications",
  "Servers",
  "Log",
  "Bans",
  "Settings",
];

/** The first player of a stream reads so much slower than it comes that it misses frames. */
async function slowPlayer(http: number, name: string): Promise<{ close(): void; address: string }> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: http });
  await conn.write(new TextEncoder().encode(`GET /live/${name}.flv HTTP/1.1\r\nHost: x\r\n\r\n`));
  return { close: () => conn.close(), address: `127.0.0.1:${conn.localAddr.port}` };
}

const scripts = {
  "main.lua": `function onConnection(client)
  function client:streams() return mona:streams() end
end
function onPublish(client, publication)
  if publication.name == "secret" then
    error("only on Sundays")
  end
end
`,
  "live/main.lua": "",
  "broken/main.lua": "local x = nil\nfunction onConnection(client)\n  x.y = 1\nend\n",
};

Deno.test("axe-core finds nothing in any view, wide and narrow, light and dark, and nothing is too wide", () =>
  withDashboard({ files: scripts }, async (dashboard) => {
    const { page, server } = dashboard;
    await assertUsable(page, "login");
    await logIn(dashboard);
    const stop = await publishCamera(server, "live/film");
    try {
      await show(page, "Streams");
      await page.getByRole("link", { name: "film" }).waitFor();
      for (const [width, height] of [[1280, 800], [390, 844]] as const) {
        await page.setViewportSize({ width, height });
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          const as = `${width} ${colorScheme}`;
          // Of all rules colours change that of contrast alone.
          const rules = colorScheme === "light" ? undefined : ["color-contrast"];
          for (const view of VIEWS) {
            await show(page, view);
            await until(page, `!document.querySelector(".waiting")`);
            await assertUsable(page, `${view} ${as}`, rules);
          }
          for (const more of ["streams/film", "applications/%2F?file=main.lua&line=6"]) {
            await page.evaluate(`location.hash = "#/${more}"`);
            await page.getByRole("heading", { level: 2 }).nth(1).waitFor();
            await assertUsable(page, `${more} ${as}`, rules);
          }
        }
      }
    } finally {
      await stop();
    }
  }));

Deno.test("a wrong token is refused, the right one stays with its tab, and no URL or log has it", () =>
  withDashboard({}, async (dashboard) => {
    const { page, at, token, browser, server } = dashboard;
    await page.getByLabel("Token").fill("wrong");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText("This is not the token.").waitFor();
    await page.getByLabel("Token").fill("wröng");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByText("neither spaces nor letters").waitFor();
    await logIn(dashboard);
    // By keyboard alone: past the views, to what is shown.
    await page.reload();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    assert.match(String(await page.evaluate("document.activeElement.textContent")), /^Streams/);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Streams", level: 1 }).waitFor();
    assert.equal(await page.evaluate("document.activeElement.tagName"), "MAIN");
    await show(page, "Overview");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    assert.ok(!page.url().includes(token));
    assert.equal(
      await page.evaluate("document.cookie + JSON.stringify(localStorage)"),
      '{"mona theme":""}',
    );
    const other = await browser.newPage();
    await other.goto(at);
    await other.getByLabel("Token").waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Token").waitFor();
    assert.equal(await page.evaluate("sessionStorage.length"), 0);
    assert.ok(!server.log().includes(token));
  }));

Deno.test("the page shows a stream's picture, and stops it", () =>
  withDashboard({ expectedErrors: /status of 404/ }, async (dashboard) => {
    const { page, server } = dashboard;
    await logIn(dashboard);
    const stop = await publishCamera(server, "live/a&b<i>");
    try {
      await show(page, "Streams");
      await page.getByRole("link", { name: "a&b<i>" }).click();
      await page.getByRole("heading", { name: "a&b<i>" }).waitFor();
      await page.getByRole("button", { name: "Show the picture" }).click();
      await until(page, `document.querySelector("video").currentTime > 1`);
      assert.equal(await page.evaluate(`document.querySelector("video").videoWidth`), 320);
      await page.getByText(/320×180, .* frames\/s/).waitFor();
      await page.getByRole("button", { name: "Stop", exact: true }).click();
      const question = page.getByRole("dialog", { name: "Stop this stream?" });
      await question.getByLabel("What the publisher is told").fill("enough");
      await question.getByRole("button", { name: "Stop" }).click();
      await page.getByText("a&b<i> was stopped.").waitFor();
      await page.getByText("This stream is not live now.").waitFor();
      await server.logged(/publications\/a&b<i>\/stop words "enough": done/);
    } finally {
      await stop();
    }
  }));

Deno.test("which stream drops frames and whose fault it is, and who uses most of the network", () =>
  withDashboard(
    { set: ["live.videoLimit=100000", "live.cutLimit=1000000000"] },
    async (dashboard) => {
      const { page, server } = dashboard;
      await logIn(dashboard);
      const stop = await publishCamera(server, "live/film", { isNoise: true });
      const player = await slowPlayer(server.http, "film");
      try {
        const news = page.getByRole("region", { name: "Needs attention" });
        await news.getByText(`${player.address}: The player`).waitFor({ timeout: 60_000 });
        await news.getByText("it reads nothing, as if it hung").waitFor();
        const network = page.getByRole("region", { name: "Most of the network" });
        await network.getByText(/Mbit\/s, 1 player/).waitFor();
        await news.getByRole("link", { name: "film" }).click();
        await page.getByText("the player's fault").waitFor();
        await page.getByRole("button", { name: `Kick ${player.address}` }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Kick" }).click();
        await page.getByText(`${player.address} was kicked.`).waitFor();
        await page.getByText("all is well").waitFor();
      } finally {
        player.close();
        await stop();
      }
    },
  ));

Deno.test("why a script refused somebody, and where a script failed, with its line", () =>
  // What the console is told when Lua fails is a 400.
  withDashboard({ files: scripts, expectedErrors: /status of 400/ }, async (dashboard) => {
    const { page, server } = dashboard;
    await logIn(dashboard);
    const picture = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=25", "-t", "1"];
    const url = `rtmp://127.0.0.1:${server.rtmp}/live/secret`;
    await runProgram("ffmpeg", [...picture, "-c:v", "libx264", "-f", "flv", url]);
    await fetch(`http://127.0.0.1:${server.http}/broken/x`).then((answer) => answer.body?.cancel());
    const news = page.getByRole("region", { name: "Needs attention" });
    await news.getByText("may not publish secret").waitFor();
    await show(page, "Refusals");
    const row = page.getByRole("row", { name: /secret/ });
    await row.getByText("A script said no").waitFor();
    await row.getByText("only on Sundays").waitFor();
    await show(page, "Applications");
    await page.getByRole("link", { name: "broken/main.lua:3" }).click();
    await page.locator("[aria-current=location]", { hasText: "x.y = 1" }).waitFor();
    await page.getByLabel("Lua to evaluate").fill("1 + 1, 'two'");
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByRole("log").getByText(/^2\s+"two"$/).waitFor();
    await page.getByLabel("Lua to evaluate").fill("error('no')");
    await page.keyboard.press("Enter");
    await page.getByRole("log").getByText(/no$/).last().waitFor();
    await show(page, "Settings");
    await page.getByRole("button", { name: "Change RTMP.timeout" }).click();
    const question = page.getByRole("dialog", { name: "Change RTMP.timeout?" });
    await question.getByRole("textbox").fill("soon");
    await question.getByRole("button", { name: "Change" }).click();
    await question.getByText('"soon" is not a whole number of seconds').waitFor();
    await question.getByRole("textbox").fill("77");
    await page.keyboard.press("Enter");
    await page.getByText("RTMP.timeout is 77 now.").waitFor();
  }));

Deno.test("the page goes on after a restart of the server", () =>
  withDashboard({ expectedErrors: /ERR_CONNECTION|ERR_INCOMPLETE/ }, async (dashboard) => {
    const { page, server, at, folder } = dashboard;
    await logIn(dashboard);
    await show(page, "Log");
    await page.getByText("started").first().waitFor();
    await server.kill();
    await page.getByText("The server does not answer. What you see is how it was").waitFor();
    const port = new URL(at).port;
    const args = ["--port-http", server.http, "--port-rtmp", server.rtmp].map(String);
    const second = await runServer({ data: `${folder}/data`, set: [`admin.port=${port}`], args });
    try {
      await page.getByText("What you see is how it was").waitFor({ state: "hidden" });
      await fetch(`http://127.0.0.1:${server.http}/nothing`).then((answer) =>
        answer.body?.cancel()
      );
      await show(page, "Overview");
      await page.getByText("ready", { exact: true }).waitFor();
    } finally {
      await second.stop();
    }
  }));

Deno.test("the servers of a cluster are on one page, whichever of them is asked", () => {
  const link = freePort();
  const shared = ["cluster.share=true", "servers.secret=s3"];
  const set = [...shared, "host=one.example", `servers.port=${link}`];
  return withDashboard({ set }, async (dashboard) => {
    const { page, folder, browser } = dashboard;
    await logIn(dashboard);
    await show(page, "Servers");
    await page.getByText("This server is on its own").waitFor();
    const port = freePort();
    const second = await runServer({
      data: `${folder}/second`,
      set: [
        ...shared,
        "host=two.example",
        `servers.targets=127.0.0.1:${link}`,
        `admin.port=${port}`,
      ],
    });
    try {
      await page.getByRole("row", { name: /two\.example .* linked/ }).waitFor();
      await page.getByRole("row", { name: /one\.example this one/ }).waitFor();
      const other = await browser.newPage();
      await other.goto(`http://127.0.0.1:${port}/`);
      const token = (await Deno.readTextFile(`${folder}/second/admin.token`)).trim();
      await logIn({ page: other, token });
      await show(other, "Servers");
      await other.getByRole("row", { name: /one\.example .* linked/ }).waitFor();
      await other.getByRole("row", { name: /two\.example this one/ }).waitFor();
    } finally {
      await second.stop();
    }
  });
});

/** What a page of another origin gets: the text of an answer, or why it is none. */
const steal = (page: Page, url: string, init = "{}"): Promise<unknown> =>
  page.evaluate(`fetch(${JSON.stringify(url)}, ${init}).then((answer) => answer.text(), String)`);

Deno.test("a page of another origin can neither read, act nor frame, and a name of its own leads nowhere", () =>
  withDashboard({
    expectedErrors: /blocked|Refused|status of 403|ERR_BLOCKED|ERR_FAILED|CORS|denied|violates/,
    browserArgs: ["--host-resolver-rules=MAP evil.example 127.0.0.1"],
  }, async (dashboard) => {
    const { browser, at, token, server } = dashboard;
    const evil = await browser.newPage();
    await evil.goto(`http://127.0.0.1:${server.http}/`);
    // Even one that knows the token is stopped by the browser or the server.
    const headers = `{ authorization: "Bearer ${token}" }`;
    for (const path of ["/", "/metrics", "/api/v1/overview"]) {
      assert.match(
        String(await steal(evil, at + path, `{ headers: ${headers} }`)),
        /Failed to fetch/,
        path,
      );
      assert.equal(
        await steal(evil, at + path, `{ mode: "no-cors" }`),
        "TypeError: Failed to fetch",
        path,
      );
    }
    const act = `{ method: "POST", mode: "no-cors", body: "{}" }`;
    await steal(evil, `${at}/api/v1/bans`, act);
    assert.match(
      String(
        await steal(evil, `${at}/api/v1/log/level`, `{ method: "POST", headers: ${headers} }`),
      ),
      /Failed/,
    );
    // Clickjacking: the frame stays empty.
    await evil.evaluate(`new Promise((loaded) => {
      const frame = document.createElement("iframe");
      frame.onload = loaded;
      frame.src = ${JSON.stringify(at)};
      document.body.append(frame);
    })`);
    const frames = evil.frames().filter((frame) => frame !== evil.mainFrame());
    assert.equal(frames.length, 1);
    assert.equal(await frames[0]!.locator("input").count(), 0);
    // DNS rebinding: a name of the attacker's leads here, so that the page is of this origin.
    const rebound = await browser.newPage();
    const answer = await rebound.goto(`http://evil.example:${new URL(at).port}/`);
    assert.equal(answer?.status(), 403);
    assert.equal(await rebound.locator("input").count(), 0);
    const there = await steal(rebound, "/api/v1/overview", `{ headers: ${headers} }`);
    assert.match(String(there), /Failed to fetch/);
  }));
