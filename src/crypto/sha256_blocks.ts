/** Bytes of a block. */
export const BLOCK = 64;
/** Bytes of a digest. */
export const DIGEST = 32;

/** The first bits of square roots (§5.3.3) and cube roots (§4.2.2) of primes. */
const INITIAL = words("6a09e667 bb67ae85 3c6ef372 a54ff53a 510e527f 9b05688c 1f83d9ab 5be0cd19");
const ROUND = words(`
  428a2f98 71374491 b5c0fbcf e9b5dba5 3956c25b 59f111f1 923f82a4 ab1c5ed5
  d807aa98 12835b01 243185be 550c7dc3 72be5d74 80deb1fe 9bdc06a7 c19bf174
  e49b69c1 efbe4786 0fc19dc6 240ca1cc 2de92c6f 4a7484aa 5cb0a9dc 76f988da
  983e5152 a831c66d b00327c8 bf597fc7 c6e00bf3 d5a79147 06ca6351 14292967
  27b70a85 2e1b2138 4d2c6dfc 53380d13 650a7354 766a0abb 81c2c92e 92722c85
  a2bfe8a1 a81a664b c24b8b70 c76c51a3 d192e819 d6990624 f40e3585 106aa070
  19a4c116 1e376c08 2748774c 34b0bcb5 391c0cb3 4ed8aa4a 5b9cca4f 682e6ff3
  748f82ee 78a5636f 84c87814 8cc70208 90befffa a4506ceb bef9a3f7 c67178f2
`);

/** Shared by all digests: used within one call. */
const schedule = new Int32Array(64);
const last = new Uint8Array(BLOCK);

/**
 * SHA-256 (FIPS 180-4) whose state between two blocks is kept and used again, without objects of
 * node:crypto, which cost more than the digest of a short input.
 */
export class Sha256Blocks {
  readonly #state = new Int32Array(INITIAL);

  /** Goes on from where another one is. */
  reset(from: Sha256Blocks): void {
    this.#state.set(from.#state);
  }

  /** Takes the whole blocks of `bytes` and returns how many bytes those are. */
  update(bytes: Uint8Array): number {
    const end = bytes.length - bytes.length % BLOCK;
    for (let at = 0; at < end; at += BLOCK) compress(this.#state, bytes, at);
    return end;
  }

  /**
   * Takes the rest of `bytes` from `at` on, less than a block, and writes the digest of all
   * `length` bytes that were taken.
   */
  finish(bytes: Uint8Array, at: number, length: number, digest: Uint8Array): void {
    const state = this.#state;
    let end = 0;
    while (at < bytes.length) last[end++] = bytes[at++]!;
    last[end++] = 0x80;
    if (end > BLOCK - 8) {
      last.fill(0, end);
      compress(state, last, 0);
      end = 0;
    }
    last.fill(0, end);
    // Lengths stay below 2^29, so that their bits fit into the last of the two words.
    putWord(last, BLOCK - 4, length * 8);
    compress(state, last, 0);
    for (let i = 0; i < 8; i++) putWord(digest, i * 4, state[i]!);
  }
}

/** The compression of one block (§6.2.2). */
function compress(state: Int32Array, bytes: Uint8Array, start: number): void {
  for (let i = 0, at = start; i < 16; i++, at += 4) {
    schedule[i] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) |
      bytes[at + 3]!;
  }
  for (let i = 16; i < 64; i++) {
    const x = schedule[i - 15]!;
    const y = schedule[i - 2]!;
    schedule[i] = schedule[i - 16]! + schedule[i - 7]! +
      (((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)) +
      (((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10));
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let i = 0; i < 64; i++) {
    const first =
      (h + (((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))) +
        (g ^ (e & (f ^ g))) + ROUND[i]! + schedule[i]!) | 0;
    const second = (((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))) +
      ((a & b) | (c & (a | b)));
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

function putWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24;
  bytes[at + 1] = word >>> 16;
  bytes[at + 2] = word >>> 8;
  bytes[at + 3] = word;
}

function words(hex: string): Int32Array {
  return Int32Array.from(hex.trim().split(/\s+/), (word) => parseInt(word, 16));
}
