import { equal, ok } from "node:assert/strict";
import { hex } from "../../src/bytes/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { WebSockets } from "../../src/protocols/websocket/mod.ts";
import { withServer } from "./support.ts";
import { SOCKET_SETTINGS } from "../support/web_settings.ts";

const HANDSHAKE = {
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
};

Deno.test("a stop waits until every socket was told and every client is gone", async () => {
  // More than the runtime writes in one turn of its loop.
  const count = 300;
  let gone = 0;
  await withServer({
    handler: { onDisconnection: () => void gone++ },
    more: (hub) => ({
      sockets: new WebSockets({ hub, log: silentLog, settings: SOCKET_SETTINGS }),
    }),
  }, async ({ connect, listener }) => {
    const clients = await Promise.all(Array.from({ length: count }, async () => {
      const client = await connect();
      equal((await client.ask("GET", "/", HANDSHAKE)).status, 101);
      return client;
    }));
    const told = Promise.all(clients.map((client) => client.bytes(4)));
    await listener.close();
    equal(listener.connections, 0);
    equal(gone, count);
    // 1001: going away.
    ok((await told).every((bytes) => hex(bytes) === "880203e9"));
  });
});
