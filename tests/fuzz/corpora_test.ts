import { deepEqual, ok } from "node:assert/strict";
import { corpusFiles, fileOf, readCorpus } from "./corpus.ts";
import { costFault } from "./cost.ts";
import { checkWithCost, fuzz, report } from "./fuzzer.ts";
import { targets } from "./targets.ts";

/** Mutated inputs of each target: the many are for `deno task fuzz`. */
const RUNS = 100;

Deno.test("every target of the fuzzer has a corpus, and every corpus a target", () => {
  deepEqual(corpusFiles(), targets.map(({ name }) => fileOf(name)).sort());
});

for (const target of targets) {
  Deno.test(`${target.name}: the corpus and a few mutations of it hold`, () => {
    const seeds = [...target.seeds, ...readCorpus(target.name)];
    ok(seeds.length > 2);
    for (const seed of seeds) checkWithCost(target, seed);
    const { failure } = fuzz({ ...target, seeds }, 7, Infinity, seeds.length + RUNS);
    ok(failure === undefined, failure && report(target.name, failure));
  });
}

Deno.test("the fuzzer finds a reader that takes too long for its input", () => {
  let sum = 0;
  const fault = costFault(600, () => {
    for (let i = 0; i < 200_000_000; i++) sum = (sum + i) | 0;
  });
  ok(/ take \d+ ms/.test(`${fault}`), `${fault} ${sum}`);
});

Deno.test("the fuzzer finds a reader that takes far more memory than its input", () => {
  const kept: Uint8Array[] = [];
  const fault = costFault(600, () => void kept.push(new Uint8Array(16_000_000)));
  ok(/ kB of memory/.test(`${fault}`), fault);
});
