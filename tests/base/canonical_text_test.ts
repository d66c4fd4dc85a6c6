import assert from "node:assert/strict";
import { canonicalValue } from "../../src/base/mod.ts";

Deno.test("text is a number, a whole one of 64 bits or a boolean when it is written so", () => {
  const values: [text: string, value: string | number | bigint | boolean][] = [
    ["5", 5],
    ["0", 0],
    ["-17", -17],
    ["1.5", 1.5],
    ["-0.25", -0.25],
    ["1e+15", 1e15],
    ["1.5e-07", 1.5e-7],
    ["9007199254740991", 9007199254740991],
    ["9007199254740993", 9007199254740993n],
    ["-9223372036854775808", -(2n ** 63n)],
    ["true", true],
    ["false", false],
  ];
  for (const [text, value] of values) assert.equal(canonicalValue(text), value);
});

Deno.test("text stays text when a number would be written otherwise", () => {
  const texts = ["", "007", "1e5", "1.0", "1.50", "-0", "+1", " 1", "1 ", "0x10", ".5", "5.", "-"];
  texts.push("0.00001", "1e+05", "1e+5", "inf", "nan", "NaN", "Infinity", "9223372036854775808");
  texts.push("0.30000000000000004", "TRUE", "True", "nil", "1,5", "1_000", "١", "--1", "1\n");
  for (const text of texts) assert.equal(canonicalValue(text), text);
});
