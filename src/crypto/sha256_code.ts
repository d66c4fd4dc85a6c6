import { type Code, type Data, i32, type Local, repeat, WasmFunction } from "./wasm.ts";

/** Bytes of a block. */
export const BLOCK = 64;
/** Bytes of a digest, and of the state between two blocks. */
export const DIGEST = 32;

/** The first bits of square roots (FIPS 180-4 §5.3.3) and cube roots (§4.2.2) of primes. */
export const INITIAL = words(
  "6a09e667 bb67ae85 3c6ef372 a54ff53a 510e527f 9b05688c 1f83d9ab 5be0cd19",
);
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

/**
 * SHA-256 (FIPS 180-4) on memory, by addresses:
 *
 * - `compress(state, at, end)` takes the whole blocks from `at` to `end` into a state of 8 words.
 * - `digest(state, to)` writes the state as the bytes of a digest.
 */
export function sha256Code(constantsAt: number): { functions: WasmFunction[]; data: Data } {
  const bytes = new Uint8Array(Int32Array.from(ROUND).buffer);
  return { functions: [compress(constantsAt), digest()], data: { at: constantsAt, bytes } };
}

function compress(constantsAt: number): WasmFunction {
  const made = new WasmFunction("compress", "state", "at", "end");
  const { state, at, end } = made.parameters;
  const { sum, constant } = made.locals("i32", "sum", "constant");
  const schedule = Array.from({ length: 16 }, () => made.local("i32"));
  const variables = INITIAL.map(() => made.local("i32"));
  /** The message schedule of the next sixteen rounds (§6.2.2), over that of the last sixteen. */
  const extended = schedule.map((word, t) => {
    const [recent, before] = [schedule[(t + 14) % 16]!, schedule[(t + 1) % 16]!];
    return word.set(i32.add(
      word.get,
      schedule[(t + 9) % 16]!.get,
      sigma(before.get, 7, 18, i32.shiftRight(before.get, 3)),
      sigma(recent.get, 17, 19, i32.shiftRight(recent.get, 10)),
    ));
  });
  const rounds = (prepare: (t: number) => Code) =>
    schedule.map((word, t) => {
      // Instead of moving from variable to variable, each round uses them one further on.
      const [a, b, c, d, e, f, g, h] = variables.map((_, i) => variables[(i + 16 - t) % 8]!.get);
      const [next, wrapped] = [variables[(19 - t) % 8]!, variables[(23 - t) % 8]!];
      return [
        prepare(t),
        sum.set(i32.add(
          word.get,
          i32.load(constant.get, t * 4),
          h!,
          i32.xor(g!, i32.and(e!, i32.xor(f!, g!))),
          sigma(e!, 6, 11, i32.rotateRight(e!, 25)),
        )),
        next.set(i32.add(d!, sum.get)),
        wrapped.set(i32.add(
          sum.get,
          i32.or(i32.and(a!, b!), i32.and(c!, i32.or(a!, b!))),
          sigma(a!, 2, 13, i32.rotateRight(a!, 22)),
        )),
      ];
    });
  const onward = constant.set(i32.add(constant.get, i32.const(BLOCK)));
  made.body = repeat([
    variables.map((variable, i) => variable.set(i32.load(state.get, i * 4))),
    constant.set(i32.const(constantsAt)),
    rounds((t) => schedule[t]!.set(bigEndian(i32.load(at.get, t * 4), sum))),
    repeat(
      [onward, rounds((t) => extended[t]!)],
      i32.less(constant.get, i32.const(constantsAt + 3 * BLOCK)),
    ),
    variables.map((variable, i) =>
      i32.store(state.get, i * 4, i32.add(i32.load(state.get, i * 4), variable.get))
    ),
    at.set(i32.add(at.get, i32.const(BLOCK))),
  ], i32.less(at.get, end.get));
  return made;
}

function digest(): WasmFunction {
  const made = new WasmFunction("digest", "state", "to");
  const { state, to } = made.parameters;
  const word = made.local("i32");
  made.body = INITIAL.map((_, i) =>
    i32.store(to.get, i * 4, bigEndian(i32.load(state.get, i * 4), word))
  );
  return made;
}

/** The bytes of a word in the other order. */
function bigEndian(word: Code, scratch: Local): Code {
  return i32.or(
    i32.and(i32.rotateRight(scratch.tee(word), 24), i32.const(0x00ff00ff)),
    i32.and(i32.rotateRight(scratch.get, 8), i32.const(0xff00ff00)),
  );
}

function sigma(word: Code, first: number, second: number, third: Code): Code {
  return i32.xor(i32.rotateRight(word, first), i32.rotateRight(word, second), third);
}

function words(hex: string): number[] {
  return hex.trim().split(/\s+/).map((word) => parseInt(word, 16) | 0);
}
