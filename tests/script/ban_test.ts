import { deepEqual, equal } from "node:assert/strict";
import { silentLog } from "../../src/logs/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import { HttpListener } from "../../src/protocols/http/mod.ts";
import { httpResources } from "../../src/server/http_resources.ts";
import { WebSockets } from "../../src/protocols/websocket/mod.ts";
import { until } from "../http/support.ts";
import { TestServer } from "./support.ts";
import { HTTP_SETTINGS, SOCKET_SETTINGS } from "../support/web_settings.ts";

const MAIN = `
function onConnection(client)
  seen = (seen or 0) + 1
  function client:ban() mona:addToBlacklist(self.address) end
end
function onDisconnection(client) gone = (gone or 0) + 1 end`;

/** A server whose scripts ban for real, and WebSockets to it. */
async function withSockets(
  run: (server: TestServer, open: () => WebSocket) => Promise<void>,
): Promise<void> {
  using server: TestServer = new TestServer(MAIN, {
    bans: {
      ban: (address) => server.hub.bans.ban(address),
      unban: (address) => server.hub.bans.unban(address),
    },
  });
  const { hub, clock, www } = server;
  const common = { hub, clock, log: silentLog, settings: HTTP_SETTINGS };
  const sockets = new WebSockets({ hub, log: silentLog, settings: SOCKET_SETTINGS });
  const listener = new HttpListener({
    ...common,
    scheduler: new WriteScheduler(clock),
    hostname: "127.0.0.1",
    port: 0,
    resources: httpResources({ ...common, www, sockets }),
  });
  try {
    await run(server, () => new WebSocket(`ws://127.0.0.1:${listener.port}/`));
  } finally {
    listener.close();
    await until(() => listener.connections === 0);
  }
}

/** Which of these events comes first. */
function event(socket: WebSocket, ...names: string[]): Promise<string> {
  return new Promise((resolve) => {
    for (const name of names) {
      socket.addEventListener(name, () => resolve(name), { once: true });
    }
  });
}

Deno.test("a ban cuts WebSockets, its own client's too, and outlives its application", async () => {
  await withSockets(async (server, open) => {
    const sockets = [open(), open()];
    const opened = sockets.map((socket) => event(socket, "open", "close"));
    deepEqual(await Promise.all(opened), ["open", "open"]);
    const closed = sockets.map((socket) => event(socket, "close"));
    sockets[0]?.send('["ban"]');
    deepEqual(await Promise.all(closed), ["close", "close"]);
    await until(() => server.run("return gone")[0] === 2);

    server.write("main.lua", `${MAIN} restarted = true`);
    server.pass();
    deepEqual(server.run("return restarted, seen"), [true, null]);
    equal(await event(open(), "open", "close"), "close");
    deepEqual(server.run("return seen"), [null]);

    server.run(`mona:removeFromBlacklist("127.0.0.1")`);
    const again = open();
    equal(await event(again, "open", "close"), "open");
    await until(() => server.run("return seen")[0] === 1);
    const over = event(again, "close");
    again.close();
    await over;
  });
});
