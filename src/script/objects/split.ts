import type { Arguments } from "../lua/arguments.ts";
import { Pushed } from "../lua/definition.ts";
import { PlainSearch } from "../lua/library/plain_search.ts";

/** Results of one call: Lua's stack holds a million values, and the caller wants some of them. */
const MAX_TOKENS = 900_000;
/** Instructions that one token costs. */
const TOKEN = 10;
/** Tokens between two looks at the budget, and for which the stack has room. */
const ROUND = 1_000;
const SPACES = new Set(new TextEncoder().encode(" \t\n\v\f\r"));

/** Bits of {@link split}'s option. */
const WITHOUT_EMPTY = 1;
const TRIMMED = 2;

/** `split(expression, separator[, option])`: 1 leaves out empty tokens, 2 trims them, 3 both. */
export function split(args: Arguments): Pushed {
  const { vm } = args;
  // A copy: Lua's memory may move while tokens are made in it.
  const expression = args.bytes(1);
  const search = new PlainSearch(args.bytes(2), (steps) => vm.spend(steps));
  const option = args.number(3, 0);
  const { length: width } = search.wanted;
  let count = 0;
  for (let start = 0; start <= expression.length;) {
    const found = width === 0 ? -1 : search.next(expression, start);
    let [from, to] = [start, found < 0 ? expression.length : found];
    start = found < 0 ? Infinity : found + width;
    if ((option & TRIMMED) !== 0) {
      while (from < to && SPACES.has(expression[from] as number)) from++;
      while (from < to && SPACES.has(expression[to - 1] as number)) to--;
    }
    if ((option & WITHOUT_EMPTY) !== 0 && from === to) continue;
    if (count === MAX_TOKENS) throw new Error(`split gives more than ${MAX_TOKENS} tokens`);
    if (count % ROUND === 0) {
      vm.spend(ROUND * TOKEN);
      vm.reserve(ROUND + 8);
    }
    vm.pushBytes(expression, from, to);
    count++;
  }
  return new Pushed(count);
}
