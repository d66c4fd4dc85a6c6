import { type Attack, type Attacks, sendTcp } from "../attack.ts";

const UPGRADE = "GET /t/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

const NOTHING = new Uint8Array(0);

/** A frame as a client sends it, with a mask of zeros. */
function frame(first: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const size = length < 126 ? [0x80 | length] : [0xfe, length >> 8, length & 255];
  return Uint8Array.of(first, ...size, 0, 0, 0, 0, ...payload);
}

/** `count` frames behind the upgrade, in one segment. */
function frames(count: number, each: Uint8Array, first: Uint8Array = NOTHING): Attack {
  return async ({ http }, until) => {
    const head = new TextEncoder().encode(UPGRADE);
    const all = new Uint8Array(head.length + first.length + each.length * count);
    all.set(head);
    all.set(first, head.length);
    for (let i = 0; i < count; i++) all.set(each, head.length + first.length + i * each.length);
    await sendTcp(http, all, until);
  };
}

const text = (words: string) => new TextEncoder().encode(words);

export const webSocketAttacks: Attacks = {
  "100,000 small calls": frames(100_000, frame(0x81, text('["count"]'))),
  "100 calls that run to their budget": frames(100, frame(0x81, text('["loop"]'))),
  "a million empty continuation frames": frames(
    1_000_000,
    frame(0x00, NOTHING),
    frame(0x01, text("[")),
  ),
  "a message in fragments of one byte": frames(
    500_000,
    frame(0x00, text("1")),
    frame(0x01, text("[")),
  ),
  "200,000 pings": frames(200_000, frame(0x89, text("p"))),
};
