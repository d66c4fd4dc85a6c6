import assert from "node:assert/strict";
import { withPage } from "./browser.ts";
import { inTempFolder } from "./program.ts";
import { runServer } from "./server.ts";

const SCRIPT = `
function onConnection(client)
  function client:echo(...) return ... end
  function client:visit()
    client.properties("visits", (tonumber(client.properties["visits"]) or 0) + 1)
    return client.properties["visits"]
  end
end
`;

const CALL = (body: string) =>
  `fetch("/app/", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: '${body}',
  }).then((response) => response.json())`;

const SOCKET_CALL = `new Promise((resolve, reject) => {
  const socket = new WebSocket("ws://" + location.host + "/app");
  socket.onopen = () => socket.send('["echo","über",{"a":[1,2]}]');
  socket.onmessage = ({ data }) => {
    socket.close();
    resolve(data);
  };
  socket.onerror = reject;
})`;

Deno.test("a page in Chromium calls by fetch and WebSocket, and sends back a script's cookie", async () => {
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/app`, { recursive: true });
    await Deno.writeTextFile(`${folder}/www/app/main.lua`, SCRIPT);
    await Deno.writeTextFile(`${folder}/www/app/page.html`, '<link rel="icon" href="data:,">');
    const server = await runServer({ www: `${folder}/www`, data: `${folder}/data` });
    try {
      await withPage(async (page, browser) => {
        const url = `http://127.0.0.1:${server.http}/app/page.html`;
        await page.goto(url);
        assert.deepEqual(await page.evaluate(CALL('["echo",1,"two"]')), [1, "two"]);
        await page.evaluate(CALL('["visit"]'));
        assert.equal(await page.evaluate("document.cookie"), "visits=1");
        assert.deepEqual(await page.evaluate(CALL('["visit"]')), ["2"]);
        assert.equal(await page.evaluate(SOCKET_CALL), '["über",{"a":[1,2]}]');
        // Somebody else's browser has no cookie.
        const stranger = await browser.newPage();
        await stranger.goto(url);
        assert.deepEqual(await stranger.evaluate(CALL('["visit"]')), ["1"]);
      });
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
});
