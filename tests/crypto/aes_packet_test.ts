import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { encodeText, fromHex, hex } from "../../src/bytes/mod.ts";
import {
  PacketDecryption,
  PacketEncryption,
  PacketHmac,
  randomBytes,
} from "../../src/crypto/mod.ts";

const key = encodeText("Adobe Systems 02");

/** By node:crypto. */
function encrypted(packet: Uint8Array, by = key): Uint8Array {
  const cipher = createCipheriv("aes-128-cbc", by, new Uint8Array(16));
  cipher.setAutoPadding(false);
  const result = cipher.update(packet);
  cipher.final();
  return result;
}

Deno.test("AES gives the answers of FIPS 197 and of the modes' examples", () => {
  const answers: [key: string, plain: string, cipher: string][] = [
    // FIPS 197, appendix C.1 and appendix B.
    [
      "000102030405060708090a0b0c0d0e0f",
      "00112233445566778899aabbccddeeff",
      "69c4e0d86a7b0430d8cdb78070b4c55a",
    ],
    [
      "2b7e151628aed2a6abf7158809cf4f3c",
      "3243f6a8885a308d313198a2e0370734",
      "3925841d02dc09fbdc118597196a0b32",
    ],
    // NIST SP 800-38A, F.2.1, whose first block has the initialisation vector added to it.
    [
      "2b7e151628aed2a6abf7158809cf4f3c",
      "6bc0bce12a459991e134741a7f9e1925ae2d8a571e03ac9c9eb76fac45af8e51",
      "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2",
    ],
  ];
  for (const [by, plain, cipher] of answers) {
    const keyBytes = fromHex(by) ?? assert.fail();
    const packet = fromHex(plain) ?? assert.fail();
    new PacketEncryption(keyBytes).apply(packet);
    assert.equal(hex(packet), cipher);
    new PacketDecryption(keyBytes).apply(packet);
    assert.equal(hex(packet), plain);
  }
});

Deno.test("packets of every length and key have node:crypto's cipher text, whatever takes turns", () => {
  const keys = [key, new Uint8Array(16), new Uint8Array(16).fill(0xff), randomBytes(16)];
  const both = keys.map((by) => [new PacketEncryption(by), new PacketDecryption(by)] as const);
  const hmac = new PacketHmac(key);
  for (const length of [16, 1200, 16, 48, 1184, 8192]) {
    for (const [at, [encryption, decryption]] of both.entries()) {
      hmac.of(new Uint8Array(length));
      const plain = randomBytes(length);
      const packet = plain.slice();
      encryption.apply(packet);
      assert.equal(hex(packet), hex(encrypted(plain, keys[at])));
      decryption.apply(packet);
      assert.equal(hex(packet), hex(plain));
    }
  }
});

Deno.test("two packets of any lengths are encrypted at once as one after the other", () => {
  const encryption = new PacketEncryption(key);
  for (const [length, length2] of [[16, 16], [1200, 1200], [16, 8192], [1184, 48]] as const) {
    const plain = [randomBytes(length), randomBytes(length2)] as const;
    const rooms = plain.map((packet) => new Uint8Array([7, 7, 7, ...packet, 9]));
    const place = (at: number) => ({ bytes: rooms[at]!, start: 3, end: 3 + plain[at]!.length });
    encryption.applyTwo(place(0), place(1));
    for (const [at, room] of rooms.entries()) {
      assert.equal(hex(room), `070707${hex(encrypted(plain[at]!))}09`);
    }
  }
  const bytes = new Uint8Array(32);
  const whole = { bytes, start: 0, end: 32 };
  assert.throws(() => encryption.applyTwo(whole, { ...whole, end: 31 }), /31 bytes are not/);
});

Deno.test("every byte is substituted as the S-box does, both ways", () => {
  const packet = Uint8Array.from({ length: 4096 }, (_, i) => (i >> 4) ^ (i & 15 ? 0 : i));
  const sealed = packet.slice();
  new PacketEncryption(key).apply(sealed);
  assert.equal(hex(sealed), hex(encrypted(packet)));
  new PacketDecryption(key).apply(sealed);
  assert.equal(hex(sealed), hex(packet));
});

Deno.test("only the named part of a buffer is encrypted", () => {
  const room = randomBytes(96);
  const before = room.slice();
  new PacketEncryption(key).apply(room, 21, 53);
  assert.equal(hex(room.subarray(0, 21)), hex(before.subarray(0, 21)));
  assert.equal(hex(room.subarray(21, 53)), hex(encrypted(before.subarray(21, 53))));
  assert.equal(hex(room.subarray(53)), hex(before.subarray(53)));
  new PacketDecryption(key).apply(room, 21, 53);
  assert.deepEqual(room, before);
});

Deno.test("what is not whole blocks, too long or under no key of 16 bytes is refused", () => {
  for (const cipher of [new PacketEncryption(key), new PacketDecryption(key)]) {
    for (const length of [0, 1, 15, 17, 8208]) {
      const packet = new Uint8Array(length);
      assert.throws(() => cipher.apply(packet), new RegExp(`${length} bytes are not`));
      assert(packet.every((byte) => byte === 0));
    }
    assert.throws(() => cipher.apply(new Uint8Array(32), 16, 8), /-8 bytes/);
    assert.throws(() => cipher.apply(new Uint8Array(32), 16, 48));
  }
  for (const length of [0, 15, 17, 32]) {
    assert.throws(() => new PacketEncryption(new Uint8Array(length)), /not 16/);
    assert.throws(() => new PacketDecryption(new Uint8Array(length)), /not 16/);
  }
});
