import { deepEqual, throws } from "node:assert/strict";
import { type Modulus, openNativeEngine, PacketMemory, plainEngine } from "../../src/crypto/mod.ts";
import { engines } from "./engines.ts";

const onLinux = { ignore: Deno.build.os !== "linux" };

/** What OpenSSL must not see: it would read or write where there is nothing, or never end. */
const BAD: readonly (readonly [string, Uint8Array, Uint8Array, Uint8Array])[] = [
  ["no modulus", of(1), of(1), of()],
  ["an even modulus", of(2), of(3), of(1, 0)],
  ["a modulus longer than any", of(2), of(3), odd(513)],
  ["a base longer than any", new Uint8Array(513), of(3), odd(128)],
  ["an exponent longer than any", of(2), new Uint8Array(513), odd(128)],
];

for (const [name, base, exponent, modulus] of BAD) {
  Deno.test(`OpenSSL is not asked for a power with ${name}`, onLinux, () => {
    using engine = openNativeEngine();
    throws(() => engine.modulus(modulus).power(base, exponent), RangeError);
  });
}

Deno.test("powers at the edges of their numbers are the same both ways", onLinux, () => {
  using engine = openNativeEngine();
  for (const modulus of [of(1), of(3), of(0, 0, 5), odd(128).fill(0xfb, 1, 127)]) {
    const [native, plain] = [engine, plainEngine].map((each) => each.modulus(modulus)) as [
      Modulus,
      Modulus,
    ];
    for (const exponent of [of(), of(0), of(1), of(0, 0, 2), odd(32)]) {
      for (const base of [of(), of(0), of(1), of(2), modulus, odd(512), new Uint8Array(128)]) {
        deepEqual(
          native.power(base, exponent),
          plain.power(base, exponent),
          `${base.length} bytes to the power of ${exponent} modulo ${modulus}`,
        );
      }
      deepEqual(native.powerOfTwo(exponent), plain.power(of(2), exponent), `2 to ${exponent}`);
      deepEqual(plain.powerOfTwo(exponent), plain.power(of(2), exponent), `2 to ${exponent}`);
    }
  }
});

for (const [name, engine] of engines) {
  Deno.test(`${name}: packets and keys of lengths that cannot be never reach the memory`, () => {
    const [buffer, second] = new PacketMemory().buffers;
    const { length } = buffer.bytes;
    const key = new Uint8Array(16);
    const [encryption, decryption] = [engine.encryption(key), engine.decryption(key)];
    const hmac = engine.hmac(key);
    const before = buffer.bytes.slice();
    const outside = [
      [0, 16],
      [63, 79],
      [-64, 960],
      [length - 160, length],
      [length - 16, length + 1024],
      [2 ** 31, 2 ** 31 + 16],
      [64, 64 + 8208],
      [80, 64],
      [NaN, NaN],
      [64, NaN],
      [64.5, 80.5],
      [-Infinity, Infinity],
    ] as const;
    for (const [start, end] of outside) {
      const slice = { buffer, start, end };
      const good = { buffer: second, start: 64, end: 80 };
      throws(() => encryption.apply(slice), RangeError, `${start} to ${end}`);
      throws(() => decryption.apply(slice), RangeError, `${start} to ${end}`);
      throws(() => encryption.applyTwo(good, encryption, slice), RangeError, `${start} to ${end}`);
      throws(() => encryption.applyTwo(slice, encryption, good), RangeError, `${start} to ${end}`);
      throws(() => hmac.of(slice), RangeError, `${start} to ${end}`);
    }
    for (const end of [64, 65, 95, 64 + 1375]) {
      throws(() => encryption.apply({ buffer, start: 64, end }), RangeError, `64 to ${end}`);
      throws(() => decryption.apply({ buffer, start: 64, end }), RangeError, `64 to ${end}`);
    }
    deepEqual(buffer.bytes, before);
    for (const bad of [0, 15, 17, 32]) {
      throws(() => engine.encryption(new Uint8Array(bad)), RangeError, `${bad} bytes`);
      throws(() => engine.decryption(new Uint8Array(bad)), RangeError, `${bad} bytes`);
    }
    throws(() => engine.hmac(new Uint8Array(65)), RangeError);
  });
}

Deno.test("nothing of OpenSSL is called any more once it is closed", onLinux, () => {
  const engine = openNativeEngine();
  const [buffer] = new PacketMemory().buffers;
  const slice = { buffer, start: 64, end: 64 + 1024 };
  const [key, modulus] = [new Uint8Array(16), odd(128)];
  const [encryption, decryption] = [engine.encryption(key), engine.decryption(key)];
  const [hmac, made] = [engine.hmac(key), engine.modulus(modulus)];
  engine[Symbol.dispose]();
  const calls = [
    () => encryption.apply(slice),
    () => decryption.apply(slice),
    () => hmac.of(slice),
    () => made.power(of(2), of(3)),
    () => engine.modulus(modulus),
    () => engine.hmac(key),
  ];
  for (const call of calls) throws(call, /OpenSSL is closed/);
  engine[Symbol.dispose]();
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
