import { deepEqual, equal, match } from "node:assert/strict";
import { type Handler, Refusal } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { WebSockets } from "../../src/protocols/websocket/mod.ts";
import { withServer } from "../http/support.ts";
import { SOCKET_SETTINGS } from "../support/web_settings.ts";

/** What a client of the runtime sees: messages, then how it was closed. */
function see(url: string): Promise<{ messages: unknown[]; code: number; reason: string }> {
  const messages: unknown[] = [];
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.onmessage = ({ data }) => messages.push(JSON.parse(data));
    socket.onerror = () => {};
    socket.onclose = ({ code, reason }) => resolve({ messages, code, reason });
  });
}

const handler: Partial<Handler> = {
  hasApplication: (path) => ["", "/closed", "/elsewhere", "/long"].includes(path),
  onConnection({ client: { path } }) {
    if (path === "/closed") throw new Refusal("Connect.Rejected", "members only");
    if (path === "/long") throw new Refusal("Connect.Rejected", "é".repeat(200));
    if (path === "/elsewhere") {
      throw new Refusal("Connect.Rejected", "moved", { redirect: "ws://b.example/app" });
    }
  },
  onSubscribe() {
    throw new Refusal("Play.Failed", "not for you");
  },
};

Deno.test("a socket that is refused says why, and closes with a code of its own", async () => {
  const more = (hub: ConstructorParameters<typeof WebSockets>[0]["hub"]) => ({
    sockets: new WebSockets({ hub, log: silentLog, settings: SOCKET_SETTINGS }),
  });
  await withServer({ handler, more }, async ({ listener, hub }) => {
    const status = (code: string, description: string, more = {}) => [
      ["onStatus", { level: "error", code, description, ...more }],
    ];
    const url = `ws://127.0.0.1:${listener.port}`;
    deepEqual(await see(`${url}/closed`), {
      messages: status("NetConnection.Connect.Rejected", "members only"),
      code: 4403,
      reason: "members only",
    });
    const missing = "Application /none doesn't exist";
    deepEqual(await see(`${url}/none/`), {
      messages: status("NetConnection.Connect.InvalidApp", missing),
      code: 4404,
      reason: missing,
    });
    deepEqual(await see(`${url}/film.flv`), {
      messages: status("NetStream.Play.Failed", "not for you"),
      code: 4403,
      reason: "not for you",
    });
    const ex = { code: 302, redirect: "ws://b.example/app" };
    deepEqual(
      (await see(`${url}/elsewhere`)).messages,
      status("NetConnection.Connect.Rejected", "moved", { ex }),
    );
    const long = await see(`${url}/long`);
    equal(long.reason, "é".repeat(61));
    equal(hub.clients.size, 0);
  });
});

Deno.test("what is no handshake is still refused by HTTP, and a silent client is cut", async () => {
  const more = (hub: ConstructorParameters<typeof WebSockets>[0]["hub"]) => ({
    sockets: new WebSockets({ hub, log: silentLog, settings: SOCKET_SETTINGS }),
  });
  await withServer({ handler, more }, async ({ connect, ask, clock }) => {
    const upgrade = { upgrade: "websocket", connection: "Upgrade" };
    equal((await ask("GET", "/closed", { ...upgrade, "sec-websocket-version": "8" })).status, 426);
    const client = await connect();
    const opened = await client.ask("GET", "/closed", {
      ...upgrade,
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    });
    equal(opened.status, 101);
    await client.bytes(2);
    clock.advance(4_000);
    match(await client.rest(), /members only/);
  });
});
