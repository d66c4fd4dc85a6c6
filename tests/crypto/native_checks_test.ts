import { deepEqual, throws } from "node:assert/strict";
import { openNativeEngine, plainEngine } from "../../src/crypto/mod.ts";

const onLinux = { ignore: Deno.build.os !== "linux" };

/** What OpenSSL must not see: it would read or write where there is nothing, or never end. */
const BAD: readonly (readonly [string, Uint8Array, Uint8Array, Uint8Array])[] = [
  ["no modulus", of(1), of(1), of()],
  ["an even modulus", of(2), of(3), of(1, 0)],
  ["a modulus longer than any", of(2), of(3), odd(513)],
  ["a base longer than any", new Uint8Array(513), of(3), odd(128)],
  ["an exponent longer than any", of(2), new Uint8Array(513), odd(128)],
];

for (const [name, base, exponent, prime] of BAD) {
  Deno.test(`OpenSSL is not asked for a power with ${name}`, onLinux, () => {
    using engine = openNativeEngine();
    throws(() => engine.power(base, exponent, prime), RangeError);
  });
}

Deno.test("powers at the edges of their numbers are the same both ways", onLinux, () => {
  using engine = openNativeEngine();
  const prime = odd(128).fill(0xfb, 1, 127);
  for (const base of [of(), of(0), of(1), of(2), prime, odd(512), new Uint8Array(128)]) {
    for (const exponent of [of(), of(0), of(1), of(0, 0, 2), odd(32)]) {
      deepEqual(
        engine.power(base, exponent, prime),
        plainEngine.power(base, exponent, prime),
        `${base.length} bytes to the power of ${exponent}`,
      );
    }
  }
});

function of(...bytes: number[]): Uint8Array {
  return Uint8Array.from(bytes);
}

/** An odd number of so many bytes. */
function odd(length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(0x5a);
  bytes[0] = 0xd1;
  bytes[length - 1] = 0x5b;
  return bytes;
}
