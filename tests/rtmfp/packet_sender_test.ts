import assert from "node:assert/strict";
import { PacketMemory } from "../../src/crypto/mod.ts";
import { PacketSender } from "../../src/protocols/rtmfp/session/packet_sender.ts";
import { readSessionId, SessionKey } from "../../src/protocols/rtmfp/startup/session_key.ts";
import { material } from "./sealing.ts";

function key(byte: number, hmac: number): SessionKey {
  const own = new Uint8Array(16).fill(byte);
  return new SessionKey({
    ...material,
    encryptKey: own,
    decryptKey: own,
    sendHmacKey: own,
    receiveHmacKey: own,
    sendHmacLength: hmac,
    receiveHmacLength: hmac,
    sendSequence: hmac > 0,
    receiveSequence: hmac > 0,
  });
}

/** Sends packets of one byte each for three sessions, of which the last two want HMAC. */
function start() {
  const keys = [key(1, 0), key(2, 10), key(3, 32)];
  const got: string[] = [];
  const [buffer, buffer2] = new PacketMemory().buffers;
  const packets = new PacketSender([buffer, buffer2], (datagram, to) => {
    const session = readSessionId(datagram);
    const plain = keys[session]!.open(datagram);
    got.push(`${session}:${plain.u8()}:${to.port}`);
  });
  const send = (session: number, text: number) => {
    packets.begin().u8(text);
    packets.send(keys[session]!, session, { host: "::1", port: text });
  };
  return { packets, got, send };
}

Deno.test("packets of many sessions leave in order, each by its own key and to its address", () => {
  const { packets, got, send } = start();
  for (const [session, text] of [[0, 11], [1, 12], [1, 13], [2, 14], [0, 15]] as const) {
    send(session, text);
  }
  assert.deepEqual(got, ["0:11:11", "1:12:12", "1:13:13", "2:14:14"]);
  packets.flush();
  assert.equal(got.at(-1), "0:15:15");
  packets.flush();
  assert.equal(got.length, 5);
});

Deno.test("a packet that was begun and not sent is none", () => {
  const { packets, got, send } = start();
  packets.begin().u8(1).u8(2).u8(3);
  send(2, 20);
  packets.begin().u8(1);
  send(1, 21);
  packets.begin().u8(1);
  packets.flush();
  assert.deepEqual(got, ["2:20:20", "1:21:21"]);
});
