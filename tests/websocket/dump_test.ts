import { deepEqual } from "node:assert/strict";
import { Hub } from "../../src/hub/mod.ts";
import { WebSocketSession } from "../../src/protocols/websocket/session.ts";
import { dumpsOf } from "../support/dumps.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { SOCKET_SETTINGS } from "../support/web_settings.ts";
import { newClient, Texts } from "./connected.ts";

const MASK = [0x12, 0x34, 0x56, 0x78];

/** A frame as browsers send it. */
function masked(first: number, text: string): Uint8Array {
  const payload = new TextEncoder().encode(text).map((byte, at) => byte ^ MASK[at % 4]!);
  return Uint8Array.of(first, 0x80 | payload.length, ...MASK, ...payload);
}

Deno.test("messages are dumped without their mask and without keys, be they cut in frames", async () => {
  const dumps = await dumpsOf((log) => {
    const hub = new Hub({ clock: new FakeClock() });
    const output = new Texts() as never;
    const session = new WebSocketSession({
      hub,
      client: newClient(),
      outbox: output,
      settings: SOCKET_SETTINGS,
      log,
    });
    session.open();
    session.onData(masked(0x81, '["__publish","x?key=CANARY"]'));
    session.onData(masked(0x01, '["__play","x?key=CAN'));
    session.onData(masked(0x89, "ping"));
    session.onData(masked(0x80, 'ARY"]'));
  });
  deepEqual(dumps, [
    'message received: ["__publish","x?key=******"]',
    'message received: ["__play","x?key=***',
    "control received: ping",
    'message received: ***"]',
  ]);
});
