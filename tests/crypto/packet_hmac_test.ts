import assert from "node:assert/strict";
import { encodeText, fromHex, hex } from "../../src/bytes/mod.ts";
import { hmacSha256, randomBytes } from "../../src/crypto/mod.ts";
import { placed } from "./packet_slice.ts";
import { engines } from "./engines.ts";

for (const [name, engine] of engines) {
  Deno.test(`${name}: a packet's HMAC gives RFC 4231's answers`, () => {
    const cases: [key: Uint8Array, data: Uint8Array, answer: string][] = [
      [
        new Uint8Array(20).fill(0x0b),
        encodeText("Hi There"),
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
      ],
      [
        encodeText("Jefe"),
        encodeText("what do ya want for nothing?"),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      ],
      [
        new Uint8Array(20).fill(0xaa),
        new Uint8Array(50).fill(0xdd),
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
      ],
      [
        fromHex("0102030405060708090a0b0c0d0e0f10111213141516171819") ?? assert.fail(),
        new Uint8Array(50).fill(0xcd),
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
      ],
    ];
    for (const [key, data, answer] of cases) {
      assert.equal(hex(engine.hmac(key).of(placed(data))), answer);
    }
  });

  Deno.test(`${name}: packets of every length have the plain HMAC, whichever keys take turns`, () => {
    const keys = [16, 32, 64].map((length) => randomBytes(length));
    const hmacs = keys.map((key) => engine.hmac(key));
    for (const length of [...Array(200).keys(), 511, 512, 513, 1200, 8192]) {
      const packet = randomBytes(length);
      for (const [at, hmac] of hmacs.entries()) {
        const slice = placed(packet);
        assert.equal(hex(hmac.of(slice)), hex(hmacSha256(keys[at]!, packet)), `${length} bytes`);
        assert.equal(hex(slice.buffer.bytes.slice(slice.start, slice.end)), hex(packet));
      }
    }
  });

  Deno.test(`${name}: an HMAC key longer than a block is refused, and so is a packet longer than any`, () => {
    assert.throws(() => engine.hmac(new Uint8Array(65)), /65 bytes/);
    const hmac = engine.hmac(new Uint8Array(64));
    const slice = placed(new Uint8Array(16));
    const { start } = slice;
    assert.throws(() => hmac.of({ ...slice, end: start + 8193 }), /8193 bytes/);
    assert.throws(() => hmac.of({ ...slice, start: 63, end: 79 }), /from 63 to 79 of a buffer/);
  });
}
