import assert from "node:assert/strict";
import { Hub } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { RtmfpListener } from "../../src/protocols/rtmfp/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

Deno.test("a datagram of a banned address is not even read", async () => {
  const hub = new Hub({ clock: new FakeClock() });
  let receive: (datagram: Uint8Array, from: { host: string; port: number }) => void = () => {};
  const listener = new RtmfpListener({
    hub,
    log: silentLog,
    bind(given) {
      receive = given;
      return { hostname: "192.0.2.9", port: 1935, send: () => {}, close: () => {} };
    },
  });
  const broken = new Uint8Array(20);
  receive(broken, { host: "192.0.2.1", port: 5000 });
  assert.equal(listener.refused.datagrams, 1);
  hub.bans.ban("192.0.2.0/24");
  receive(broken, { host: "192.0.2.1", port: 5000 });
  assert.equal(listener.refused.datagrams, 1);
  receive(broken, { host: "198.51.100.1", port: 5000 });
  assert.equal(listener.refused.datagrams, 2);
  await listener.close();
});
