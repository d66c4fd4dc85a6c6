import { type Attack, type Attacks, pause, sendTcp } from "../attack.ts";

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

/** As many sockets, fifty after fifty, each with these frames behind its upgrade; they stay open. */
function sockets(count: number, each: Uint8Array): Attack {
  const one = frames(20, each);
  return async (target, until) => {
    const open = async (index: number) => {
      await pause(Math.floor(index / 50) * 50);
      await one(target, until);
    };
    await Promise.all(Array.from({ length: count }, (_, index) => open(index)));
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
  "1,000 clients that wait at once": sockets(1_000, frame(0x81, text('["wait",300]'))),
  "100,000 calls that wait for no time": frames(100_000, frame(0x81, text('["wait",0]'))),
  "20,000 answers that nobody asked for, while one is waited for": frames(
    20_000,
    frame(0x81, text(`["__result",${"9".repeat(40)},{"a":[1,2,3]}]`)),
    frame(0x81, text('["__call",1,"ask"]')),
  ),
  "200,000 pings": frames(200_000, frame(0x89, text("p"))),
};
