import { Buffer } from "node:buffer";

const WINDOW_BITS = 4n;
const WINDOW_MASK = 15n;

/** {@link CryptoEngine.power} by the runtime's own integers. */
export function modularPower(
  base: Uint8Array,
  exponent: Uint8Array,
  prime: Uint8Array,
): Uint8Array<ArrayBuffer> {
  return toBytes(power(toNumber(base), toNumber(exponent), toNumber(prime)), prime.length);
}

/** Four bits of the exponent at a time. */
function power(base: bigint, exponent: bigint, prime: bigint): bigint {
  const table = [1n];
  for (let i = 1; i < 16; i++) table.push((table[i - 1]! * base) % prime);
  const digits: number[] = [];
  for (let rest = exponent; rest > 0n; rest >>= WINDOW_BITS) {
    digits.push(Number(rest & WINDOW_MASK));
  }
  let result = 1n;
  for (let i = digits.length - 1; i >= 0; i--) {
    for (let square = 0; square < 4; square++) result = (result * result) % prime;
    result = (result * table[digits[i]!]!) % prime;
  }
  return result;
}

/** Of big-endian bytes. */
export function toNumber(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
  return hex === "" ? 0n : BigInt(`0x${hex}`);
}

function toBytes(number: bigint, length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(number.toString(16).padStart(length * 2, "0"), "hex"));
}
