import { BLOCK, ROUNDS, shiftedRows, UNMIX } from "./aes_field.ts";
import {
  decryption,
  type Direction,
  encryption,
  type Pair,
  reciprocals,
  reciprocalsTimesV,
} from "./aes_tables.ts";
import { type Code, type Data, i32, type Local, repeat, v128, WasmFunction } from "./wasm.ts";

/**
 * One block on its way through the cipher, beside others. `at` is the address of the block before
 * it, which CBC adds to it and of which `chain` is the value; `x` is the block, in rounds as nibbles;
 * for the others see aes_tables.ts. `t` is 1/(v·k), and one more of a round's values.
 */
type Lane =
  & { readonly keysAt: number }
  & Readonly<Record<"at" | "x" | "i" | "j" | "k" | "p" | "q" | "t" | "chain", Local>>;

/** The lookups of 16 bytes that the code needs, in memory from an address on. */
class Tables implements Data {
  readonly at: number;
  readonly bytes: number[] = [];
  readonly #addresses = new Map<string, number>();

  constructor(at: number) {
    this.at = at;
  }

  /** The code that loads a table; a table that is used several times is stored once. */
  load(table: Iterable<number>): Code {
    const bytes = [...table];
    const name = bytes.join();
    const address = this.#addresses.get(name) ?? this.at + this.bytes.length;
    if (!this.#addresses.has(name)) {
      this.#addresses.set(name, address);
      this.bytes.push(...bytes);
    }
    return fixed(address);
  }
}

/** The 16 bytes at a constant address. */
function fixed(at: number): Code {
  return v128.load(i32.const(0), at);
}

/**
 * AES-128-CBC on memory, in place, blocks by their addresses. A block lies behind the one that it is
 * chained to: the initialisation vector, or what was encrypted before.
 *
 * - `encrypt(at, end)`: `at` is where the chained block is, `end` where the last one is.
 * - `encryptTwo(at, end, at2)`: as many blocks of a second packet at the same time, which is faster
 *   than one after the other, since each step of one block waits for the step before.
 * - `decrypt(at, end)`
 *
 * Round keys are at `keysAt`, those of the second packet at the second address.
 */
export function aesCode(
  tablesAt: number,
  keysAt: readonly [number, number],
): { functions: WasmFunction[]; data: Data } {
  const tables = new Tables(tablesAt);
  const encrypt = cbc("encrypt", keysAt.slice(0, 1), encryption, tables);
  const encryptTwo = cbc("encryptTwo", keysAt, encryption, tables);
  const decrypt = cbc("decrypt", keysAt.slice(0, 1), decryption, tables);
  return { functions: [encrypt, encryptTwo, decrypt], data: tables };
}

/** A function of as many lanes as there are sets of keys. */
function cbc(
  name: string,
  keysAt: readonly number[],
  direction: Direction,
  tables: Tables,
): WasmFunction {
  const made = new WasmFunction(name, "at", "end", ...keysAt.slice(1).map(() => "at2" as const));
  const { at, end, at2 } = made.parameters;
  const lanes = keysAt.map((keysAt, number): Lane => ({
    keysAt,
    at: number === 0 ? at : at2,
    ...made.locals("v128", "x", "i", "j", "k", "p", "q", "t", "chain"),
  }));
  const each = (code: (lane: Lane) => Code): Code => lanes.map(code);
  const isEncryption = direction === encryption;
  const inverted = inversion(tables);
  const mixed = mixing(tables, direction);
  const key = ({ keysAt }: Lane, round: number) => fixed(keysAt + round * BLOCK);
  made.body = [
    each(({ chain, at }) => chain.set(v128.load(at.get))),
    repeat([
      each(({ x, at, chain }) => {
        const block = v128.load(at.get, BLOCK);
        return x.set(isEncryption ? v128.xor(block, chain.get) : block);
      }),
      each(nibbles(tables)),
      each((lane) => {
        const { x, k, i } = lane;
        return x.set(v128.xor(looked(tables, direction.enter, k, i), key(lane, 0)));
      }),
      Array.from({ length: ROUNDS - 1 }, (_, round) => [
        each(inverted),
        each((lane) => lane.x.set(mixed(lane, key(lane, round + 1)))),
      ]),
      each(inverted),
      each((lane) => {
        const { at, x, p, q, chain } = lane;
        const shifted = tables.load(shiftedRows(direction.name, 0));
        const substituted = v128.lookup(looked(tables, direction.leave, p, q), shifted);
        const result = v128.xor(substituted, key(lane, ROUNDS));
        return isEncryption ? v128.store(at.get, BLOCK, chain.tee(result)) : [
          x.set(v128.load(at.get, BLOCK)),
          v128.store(at.get, BLOCK, v128.xor(result, chain.get)),
          chain.set(x.get),
        ];
      }),
      each(({ at }) => at.set(i32.add(at.get, i32.const(BLOCK)))),
    ], i32.less(at.get, end.get)),
  ];
  return made;
}

function looked(tables: Tables, [first, second]: Pair, by: Local, and: Local): Code {
  return v128.xor(
    v128.lookup(tables.load(first), by.get),
    v128.lookup(tables.load(second), and.get),
  );
}

/** The low and the high half of every byte. */
function nibbles(tables: Tables): (lane: Lane) => Code {
  const low = tables.load(Array(16).fill(0x0f));
  const high = tables.load(Array(16).fill(0xf0));
  return ({ x, k, i }) => [
    k.set(v128.and(x.get, low)),
    i.set(v128.shiftRight32(v128.and(x.get, high), 4)),
  ];
}

/** From x to the p and q of its inverse; see aes_tables.ts. */
function inversion(tables: Tables): (lane: Lane) => Code {
  const halves = nibbles(tables);
  const reciprocal = (value: Code) => v128.lookup(tables.load(reciprocals), value);
  return (lane) => {
    const { i, j, k, p, q, t } = lane;
    return [
      halves(lane),
      j.set(v128.xor(k.get, i.get)),
      t.set(v128.lookup(tables.load(reciprocalsTimesV), k.get)),
      p.set(v128.xor(j.get, reciprocal(v128.xor(t.get, reciprocal(i.get))))),
      q.set(v128.xor(i.get, reciprocal(v128.xor(t.get, reciprocal(j.get))))),
    ];
  };
}

/** The columns of a round, mixed (FIPS 197 §5.1.3, §5.3.3), and the round key. */
function mixing(tables: Tables, { name, multiple }: Direction): (lane: Lane, key: Code) => Code {
  const rows = UNMIX.map((_, below) => tables.load(shiftedRows(name, below)));
  const shifted = (value: Code, below: number) => v128.lookup(value, rows[below]!);
  const of = (pair: Pair, { p, q }: Lane) => looked(tables, pair, p, q);
  if (name === "decrypt") {
    const multiples = UNMIX.map(multiple);
    return (lane, key) => {
      const [a, b, c, d] = multiples.map((pair, below) => shifted(of(pair, lane), below));
      return v128.xor(v128.xor(a!, b!), v128.xor(c!, key), d!);
    };
  }
  const [once, twice] = [multiple(1), multiple(2)];
  const below = tables.load(shiftedRows("not", 1));
  // 2a + 3b + c + d is (2a + b) + (2b + c) + d: the second sum is the first of the row below.
  return (lane, key) => {
    const { x, t } = lane;
    const sum = v128.xor(shifted(of(twice, lane), 0), shifted(t.tee(of(once, lane)), 1));
    const rest = v128.xor(shifted(t.get, 3), key);
    return v128.xor(x.tee(sum), rest, v128.lookup(x.get, below));
  };
}
