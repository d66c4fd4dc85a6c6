import assert from "node:assert/strict";
import { encodeText, fromHex, hex } from "../../src/bytes/mod.ts";
import { createHash, createHmac } from "node:crypto";
import {
  hmacSha256,
  hmacSha256By,
  md5,
  randomBytes,
  Rc4,
  sameSecret,
  sha1,
  sha256,
} from "../../src/crypto/mod.ts";

function bytes(text: string): Uint8Array {
  return fromHex(text) ?? assert.fail(text);
}

Deno.test("digests give the standards' answers when fed in one or more parts", () => {
  assert.equal(hex(md5(encodeText("abc"))), "900150983cd24fb0d6963f7d28e17f72"); // RFC 1321 A.5
  assert.equal(hex(sha1(encodeText("a"), encodeText("bc"))).slice(0, 16), "a9993e364706816a"); // FIPS 180
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"; // FIPS 180-4
  assert.equal(hex(sha256(encodeText("abc"))), abc);
  assert.equal(hex(sha256(encodeText("ab"), new Uint8Array(0), encodeText("c"))), abc);
});

Deno.test("HMAC-SHA-256 gives RFC 4231's answers", () => {
  const answer = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"; // case 2
  assert.equal(
    hex(hmacSha256(encodeText("Jefe"), encodeText("what do ya want for nothing?"))),
    answer,
  );
  const longKey = new Uint8Array(131).fill(0xaa); // case 6
  assert.equal(
    hex(hmacSha256(longKey, encodeText("Test Using Larger Than Block-Size Key - Hash Key First"))),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  );
});

Deno.test("digests and HMACs of every length are those of node:crypto", () => {
  for (let length = 0; length < 9_000; length += length < 200 ? 1 : 97) {
    const [key, message] = [randomBytes(length % 203), randomBytes(length)];
    const half = length >> 1;
    const parts = [message.subarray(0, half), message.subarray(half)] as const;
    const digest = createHash("sha256").update(message).digest("hex");
    const code = createHmac("sha256", key).update(message).digest("hex");
    const by = hmacSha256By(key);
    assert.equal(hex(sha256(...parts)), digest, `${length} bytes`);
    assert.equal(hex(hmacSha256(key, ...parts)), code, `${length} bytes`);
    assert.deepEqual([hex(by(message)), hex(by(...parts))], [code, code], `${length} bytes`);
  }
});

Deno.test("secrets compare equal only when every byte and the length are equal", () => {
  assert.equal(sameSecret(bytes("0102"), bytes("0102")), true);
  assert.equal(sameSecret(bytes("0102"), bytes("0103")), false);
  assert.equal(sameSecret(bytes("0102"), bytes("010203")), false);
});

Deno.test("RC4 gives RFC 6229's key stream, also when it is skipped through", () => {
  const key = bytes("0102030405");
  const stream = new Uint8Array(32);
  new Rc4(key).apply(stream);
  assert.equal(hex(stream), "b2396305f03dc027ccc3524a0a1118a86982944f18fc82d589c403a47a0d0919");
  const later = new Uint8Array(16);
  const skipping = new Rc4(key);
  skipping.skip(240);
  skipping.apply(later);
  assert.equal(hex(later), "28cb1132c96ce286421dcaadb8b69eae");
});

Deno.test("RC4 changes only the range it is given and decrypts what it encrypted", () => {
  const text = encodeText("..secret..");
  new Rc4(bytes("ff")).apply(text, 2, 8);
  assert.equal(hex(text.subarray(0, 2)) + hex(text.subarray(8)), "2e2e2e2e");
  assert.notDeepEqual(text.slice(2, 8), encodeText("secret"));
  new Rc4(bytes("ff")).apply(text, 2, 8);
  assert.deepEqual(text, encodeText("..secret.."));
  assert.throws(() => new Rc4(new Uint8Array(0)), /1 to 256 bytes/);
});
