import assert from "node:assert/strict";
import { SharedObjects } from "../../src/flash/mod.ts";
import { Hub } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { FlashPeer } from "../support/flash_peer.ts";
import { heardObject, objectMessage, set, USE } from "../support/object_client.ts";
import { FlashServer } from "./flash_client.ts";

Deno.test("a shared object is one over RTMP and RTMFP, whatever the network loses", async () => {
  const clock = new FakeClock();
  const hub = new Hub({ clock });
  const objects = new SharedObjects({ hub, clock, log: silentLog });
  const server = new FlashServer({ latency: 20, loss: 0.05 }, {}, { clock, hub, objects });
  const flash = server.connected(5000);
  const rtmp = new FlashPeer(hub, { objects });
  rtmp.connect({ app: "live" });
  const hear = () => flash.take(19).flatMap((payload) => heardObject(19, payload).events);
  const use = objectMessage({ name: "board" }, USE);
  flash.send(0, use.type, 0, use.payload);
  server.until(() => objects.get("/live", "board") !== undefined);
  rtmp.message(0, use);
  const heard: unknown[] = [];
  for (let n = 0; n < 50; n++) {
    rtmp.message(0, objectMessage({ name: "board" }, set(`s${n}`, n)));
    clock.advance(30);
    heard.push(...hear());
  }
  server.until(() => heard.push(...hear()) >= 52);
  assert.deepEqual(heard.slice(0, 3), [[11], [8], [4, "s0", 0]]);
  assert.deepEqual(heard.at(-1), [4, "s49", 49]);
  rtmp.take();
  const change = objectMessage({ name: "board" }, set("big", "x".repeat(20_000)));
  flash.send(0, change.type, 0, change.payload);
  server.until(() => objects.get("/live", "board")?.slots.get("big") !== undefined);
  clock.advance(1);
  assert.deepEqual(
    rtmp.take().flatMap(({ type, payload }) =>
      type === 19 && payload ? heardObject(type, payload).events.map(([, name]) => name) : []
    ),
    ["big"],
  );
  await server.close();
  assert.equal(objects.get("/live", "board")?.receivers.size, 1);
});
