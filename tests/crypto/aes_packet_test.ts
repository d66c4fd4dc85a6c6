import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { encodeText, hex } from "../../src/bytes/mod.ts";
import { PacketDecryption, PacketEncryption, randomBytes } from "../../src/crypto/mod.ts";

const key = encodeText("Adobe Systems 02");

function encryptAlone(packet: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-128-cbc", key, new Uint8Array(16));
  cipher.setAutoPadding(false);
  const encrypted = cipher.update(packet);
  cipher.final();
  return encrypted;
}

Deno.test("every packet is encrypted as if it were the first of its cipher", () => {
  const cipher = new PacketEncryption(key);
  for (const length of [16, 1200, 16, 48, 1184]) {
    const room = randomBytes(16 + length);
    const expected = encryptAlone(room.subarray(16));
    const sealed = cipher.apply(room);
    assert.equal(hex(sealed.subarray(16)), hex(expected));
    sealed.fill(0, 0, 16);
  }
  cipher.close();
});

Deno.test("packets decrypt in any order and without one that was lost", () => {
  const cipher = new PacketDecryption(key);
  const packets = [16, 64, 1200, 32].map((length) => randomBytes(length));
  const sealed = packets.map(encryptAlone);
  for (const at of [2, 0, 3, 2]) {
    assert.equal(hex(cipher.apply(sealed[at]!)), hex(packets[at]!));
  }
  cipher.close();
});

Deno.test("a packet that is not whole blocks is refused and leaves the cipher usable", () => {
  const cipher = new PacketDecryption(key);
  const encryption = new PacketEncryption(key);
  for (const length of [0, 1, 15, 17]) {
    assert.throws(() => cipher.apply(new Uint8Array(length)), /not whole AES blocks/);
    assert.throws(() => encryption.apply(new Uint8Array(16 + length)), /not whole AES blocks/);
  }
  encryption.close();
  const packet = randomBytes(32);
  assert.equal(hex(cipher.apply(encryptAlone(packet))), hex(packet));
  cipher.close();
  cipher.close();
});
