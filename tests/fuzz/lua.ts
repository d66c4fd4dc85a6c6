import assert from "node:assert/strict";
import { strftime } from "../../src/script/applications/strftime.ts";
import { PatternMatch } from "../../src/script/lua/library/pattern.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { latin1, outcome } from "./outcome.ts";
import { texts } from "./seeds.ts";

/** Steps that a search may take. */
const BUDGET = 100_000;

class Spent extends Error {}

/** A pattern of Lua's and what it is looked for in, with a zero between them. */
const patterns: Fuzzer = {
  name: "Lua patterns",
  seeds: texts(
    "^(%a+)=(%d*)$\0name=15",
    "%b()%f[%w]()[^%s-]-\0(a(b)c) word",
    "((a*)%2)%1.-\0aabbaabb",
    "[]]+[%]-z]?\0]]z",
    "%g[a-\0x",
    ".-.-.-.-b\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  ),
  check(bytes) {
    const cut = bytes.indexOf(0);
    const pattern = cut === -1 ? bytes : bytes.subarray(0, cut);
    const subject = cut === -1 ? bytes : bytes.subarray(cut + 1);
    let spent = 0;
    const match = new PatternMatch(subject, pattern, (steps) => {
      spent += steps;
      if (spent > BUDGET) throw new Spent("too many steps");
    });
    return outcome(() => {
      const from = match.isAnchored ? 1 : 0;
      for (let start = 0; start <= subject.length; start++) {
        const end = match.at(start, from);
        if (end === -1) {
          spent++;
          if (match.isAnchored) break;
          continue;
        }
        assert.ok(start <= end && end <= subject.length);
        for (let index = 0; index < match.captures; index++) match.capture(index, start, end);
        return `found ${match.captures}`;
      }
      return "nothing";
    }, Error);
  },
};

const dates: Fuzzer = {
  name: "date formats",
  seeds: texts("%Y-%m-%d %H:%M:%S", "%c %x %X %p %Ey %Od", "%%%", "%Q", "!%c"),
  check: (bytes) => `${strftime(latin1(bytes), 1_700_000_000_000, 60)?.includes("2023")}`,
};

export const luaFuzzers: readonly Fuzzer[] = [patterns, dates];
