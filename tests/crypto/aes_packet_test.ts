import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { encodeText, fromHex, hex } from "../../src/bytes/mod.ts";
import {
  type PacketDecryption,
  type PacketEncryption,
  PacketMemory,
  randomBytes,
} from "../../src/crypto/mod.ts";
import { placed } from "./packet_slice.ts";
import { engines } from "./engines.ts";

const key = encodeText("Adobe Systems 02");

/** A packet after a cipher worked on it in place. */
function after(cipher: PacketEncryption | PacketDecryption, packet: Uint8Array): Uint8Array {
  const slice = placed(packet);
  cipher.apply(slice);
  return slice.buffer.bytes.slice(slice.start, slice.end);
}

/** By node:crypto. */
function encrypted(packet: Uint8Array, by = key): Uint8Array {
  const cipher = createCipheriv("aes-128-cbc", by, new Uint8Array(16));
  cipher.setAutoPadding(false);
  const result = cipher.update(packet);
  cipher.final();
  return result;
}

for (const [name, engine] of engines) {
  Deno.test(`${name}: AES gives the answers of FIPS 197 and of the modes' examples`, () => {
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
      const sealed = after(engine.encryption(keyBytes), packet);
      assert.equal(hex(sealed), cipher);
      assert.equal(hex(after(engine.decryption(keyBytes), sealed)), plain);
    }
  });

  Deno.test(`${name}: packets of every length and key have node:crypto's cipher text, whatever takes turns`, () => {
    const keys = [key, new Uint8Array(16), new Uint8Array(16).fill(0xff), randomBytes(16)];
    const both = keys.map((by) => [engine.encryption(by), engine.decryption(by)] as const);
    const hmac = engine.hmac(key);
    for (const length of [16, 1200, 16, 48, 1184, 8192]) {
      for (const [at, [encryption, decryption]] of both.entries()) {
        hmac.of(placed(new Uint8Array(length)));
        const plain = randomBytes(length);
        const packet = after(encryption, plain);
        assert.equal(hex(packet), hex(encrypted(plain, keys[at])));
        assert.equal(hex(after(decryption, packet)), hex(plain));
      }
    }
  });

  Deno.test(`${name}: two packets of any lengths and keys are encrypted at once as one after the other`, () => {
    const keys = [key, randomBytes(16)] as const;
    const [first, second] = [engine.encryption(keys[0]), engine.encryption(keys[1])];
    for (const [length, length2] of [[16, 16], [1200, 1200], [16, 8192], [1184, 48]] as const) {
      const plain = [randomBytes(length), randomBytes(length2)] as const;
      const [slice, slice2] = [placed(plain[0], 0), placed(plain[1], 1)];
      first.applyTwo(slice, second, slice2);
      for (const [at, { buffer, start, end }] of [slice, slice2].entries()) {
        assert.equal(hex(buffer.bytes.slice(start, end)), hex(encrypted(plain[at]!, keys[at])));
        assert.equal(hex(buffer.bytes.slice(end, end + 16)), "09".repeat(16));
      }
    }
    const slice = placed(new Uint8Array(32), 0);
    const uneven = placed(new Uint8Array(31), 1);
    assert.throws(() => first.applyTwo(slice, second, uneven), /31 bytes are not/);
    const [elsewhere] = new PacketMemory().buffers;
    assert.throws(
      () => first.applyTwo(slice, second, { ...slice, buffer: elsewhere }),
      /different memories/,
    );
  });

  Deno.test(`${name}: every byte is substituted as the S-box does, both ways`, () => {
    const packet = Uint8Array.from({ length: 4096 }, (_, i) => (i >> 4) ^ (i & 15 ? 0 : i));
    const sealed = after(engine.encryption(key), packet);
    assert.equal(hex(sealed), hex(encrypted(packet)));
    assert.equal(hex(after(engine.decryption(key), sealed)), hex(packet));
  });

  Deno.test(`${name}: of a buffer only the packet and the block in front of it are written to`, () => {
    for (const cipher of [engine.encryption(key), engine.decryption(key)]) {
      const slice = placed(randomBytes(32));
      const { buffer, start, end } = slice;
      const before = buffer.bytes.slice();
      cipher.apply(slice);
      assert.equal(hex(buffer.bytes.slice(0, start - 16)), hex(before.slice(0, start - 16)));
      assert.equal(hex(buffer.bytes.slice(end)), hex(before.slice(end)));
    }
  });

  Deno.test(`${name}: what is not whole blocks, too long or under no key of 16 bytes is refused`, () => {
    for (const cipher of [engine.encryption(key), engine.decryption(key)]) {
      for (const length of [0, 1, 15, 17]) {
        const slice = placed(new Uint8Array(length));
        assert.throws(() => cipher.apply(slice), new RegExp(`${length} bytes are not`));
        assert.equal(hex(slice.buffer.bytes.slice(slice.start, slice.end)), "00".repeat(length));
      }
      const slice = placed(new Uint8Array(16));
      const { start } = slice;
      assert.throws(() => cipher.apply({ ...slice, end: start + 8208 }), /packet of 8208 bytes/);
      assert.throws(() => cipher.apply({ ...slice, end: start - 16 }), /packet of -16 bytes/);
      assert.throws(
        () => cipher.apply({ ...slice, start: 48, end: 64 }),
        /from 48 to 64 of a buffer/,
      );
      const { length } = slice.buffer.bytes;
      const tail = { ...slice, start: length - 128, end: length - 112 };
      assert.throws(() => cipher.apply(tail), /of a buffer of/);
    }
    for (const length of [0, 15, 17, 32]) {
      assert.throws(() => engine.encryption(new Uint8Array(length)), /not 16/);
      assert.throws(() => engine.decryption(new Uint8Array(length)), /not 16/);
    }
  });
}
