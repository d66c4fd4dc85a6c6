import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { ProtocolError } from "../../src/bytes/mod.ts";
import { BLOCK_SIZE } from "../../src/protocols/rtmp/params.ts";
import { Handshake } from "../../src/protocols/rtmp/wire/handshake.ts";
import { joined, pattern } from "./wire_bytes.ts";

const random = (count: number) => pattern(count, 99);

/** Keys of both sides, as text and the 32 bytes that follow it in long keys. */
const SECRET = "f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae";
const PLAYER = "Genuine Adobe Flash Player 001";
const SERVER = "Genuine Adobe Flash Media Server 001";

const hmac = (key: Uint8Array | string, ...parts: Uint8Array[]) => {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return new Uint8Array(mac.digest());
};

const place = (block: Uint8Array, scheme: 0 | 1) => {
  const at = scheme === 0 ? 8 : 772;
  const sum = block.subarray(at, at + 4).reduce((a, b) => a + b, 0);
  return at + 4 + sum % 728;
};

const signatureOf = (block: Uint8Array, at: number, key: string) =>
  hmac(key, block.subarray(0, at), block.subarray(at + 32));

/** A C1 as Flash Player makes it. */
function signedC1(scheme: 0 | 1): Uint8Array {
  const c1 = pattern(BLOCK_SIZE, 5);
  c1.set([0, 0, 0, 1, 9, 0, 124, 2]);
  const at = place(c1, scheme);
  c1.set(signatureOf(c1, at, PLAYER), at);
  return c1;
}

function unsignedC1(): Uint8Array {
  const c1 = pattern(BLOCK_SIZE, 5);
  c1.set([0, 0, 0, 1, 0, 0, 0, 0]);
  return c1;
}

/** Everything the server sends for this C1, given in parts of `step` bytes. */
function shake(c1: Uint8Array, step: number): { sent: Uint8Array; handshake: Handshake } {
  const handshake = new Handshake({ random });
  const input = joined(Uint8Array.of(3), c1, new Uint8Array(BLOCK_SIZE));
  const sent: Uint8Array[] = [];
  for (let at = 0; at < input.length; at += step) {
    assert.equal(handshake.isDone, false);
    const part = input.subarray(at, at + step);
    assert.equal(handshake.readHandshake(part, 4321.7, (bytes) => sent.push(bytes)), part.length);
    assert.equal(sent.length, at + part.length >= 1 + BLOCK_SIZE ? 1 : 0);
  }
  return { sent: joined(...sent), handshake };
}

for (const step of [1, 100, 10_000]) {
  Deno.test(`simple handshake echoes C1, ${step} bytes at a time`, () => {
    const c1 = unsignedC1();
    const { sent, handshake } = shake(c1, step);
    assert.equal(handshake.isDone, true);
    assert.equal(sent.length, 1 + 2 * BLOCK_SIZE);
    assert.equal(sent[0], 3);
    assert.deepEqual(sent.subarray(1, 9), Uint8Array.of(0, 0, 0x10, 0xe1, 0, 0, 0, 0));
    assert.deepEqual(sent.subarray(9, 1 + BLOCK_SIZE), random(BLOCK_SIZE - 8));
    assert.deepEqual(sent.subarray(1 + BLOCK_SIZE), c1);
  });

  for (const scheme of [0, 1] as const) {
    Deno.test(`digest handshake of scheme ${scheme} proves itself, ${step} bytes at a time`, () => {
      const c1 = signedC1(scheme);
      const { sent, handshake } = shake(c1, step);
      assert.equal(handshake.isDone, true);
      const s1 = sent.subarray(1, 1 + BLOCK_SIZE);
      const at = place(s1, scheme);
      assert.deepEqual(s1.slice(at, at + 32), signatureOf(s1, at, SERVER));
      assert.notDeepEqual([...s1.subarray(4, 8)], [0, 0, 0, 0]);
      const s2 = sent.subarray(1 + BLOCK_SIZE);
      const clientAt = place(c1, scheme);
      const long = Buffer.concat([Buffer.from(SERVER), Buffer.from(SECRET, "hex")]);
      const key = hmac(long, c1.subarray(clientAt, clientAt + 32));
      assert.deepEqual(s2.slice(-32), hmac(key, s2.subarray(0, -32)));
    });
  }
}

Deno.test("a C1 with a version but no digest gets the simple handshake", () => {
  const c1 = pattern(BLOCK_SIZE, 5);
  assert.deepEqual(shake(c1, 5000).sent.subarray(1 + BLOCK_SIZE), c1);
});

Deno.test("what follows C2 is left for the chunks", () => {
  const handshake = new Handshake({ random });
  const input = joined(Uint8Array.of(3), unsignedC1(), new Uint8Array(BLOCK_SIZE), pattern(10));
  assert.equal(handshake.readHandshake(input, 0, () => {}), input.length - 10);
  assert.equal(handshake.readHandshake(pattern(10), 0, () => {}), 0);
});

for (
  const [first, message] of [[6, /encryption=false/], [0x47, /0x47 is not RTMP/], [
    0,
    /0x0/,
  ]] as const
) {
  Deno.test(`a first byte of ${first} is refused at once`, () => {
    assert.throws(
      () => new Handshake({ random }).readHandshake(Uint8Array.of(first), 0, () => {}),
      (error) => error instanceof ProtocolError && message.test(error.message),
    );
  });
}
