import assert from "node:assert/strict";
import { checkInput, codecFuzzers } from "../fuzz/codecs.ts";
import { mutate, Random } from "../fuzz/mutate.ts";
import { found } from "../vectors/codecs/found.ts";
import { formats } from "./formats.ts";
import { bytesOf } from "./golden.ts";

for (const [what, name, bytes] of found) {
  Deno.test(`fuzzing's find stays fixed: ${what}`, () => {
    const format = formats.find((format) => format.name === name);
    assert.ok(format);
    checkInput(format, bytesOf(bytes));
  });
}

for (const { name, seeds, check } of codecFuzzers) {
  Deno.test(`${name} holds for every golden case and a few mutations of them`, () => {
    const random = new Random(7);
    for (const seed of seeds) check(seed);
    for (let runs = 0; runs < 100; runs++) check(mutate(random, seeds));
  });
}
