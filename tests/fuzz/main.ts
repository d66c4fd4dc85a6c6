/** deno task fuzz [--minutes n] [--only name] [--seed n]: every fuzzer for n minutes (default 1). */

import { Command } from "commander";
import { codecFuzzers } from "./codecs.ts";
import { fuzz, type Fuzzer, report } from "./fuzzer.ts";

const fuzzers: readonly Fuzzer[] = [...codecFuzzers];

const options = new Command("fuzz")
  .option("--minutes <n>", "how long each fuzzer runs", Number, 1)
  .option("--only <name>", "this one alone")
  .option("--seed <n>", "begin of the random numbers", Number, Date.now() % 0x7fffffff)
  .parse(Deno.args, { from: "user" })
  .opts<{ minutes: number; only?: string; seed: number }>();

console.log(`seed ${options.seed}`);
let failed = false;
for (const fuzzer of fuzzers) {
  if (options.only !== undefined && options.only !== fuzzer.name) continue;
  const until = performance.now() + options.minutes * 60_000;
  const { runs, failure } = fuzz(fuzzer, options.seed, until);
  failed ||= failure !== undefined;
  console.log(
    failure === undefined ? `${fuzzer.name}: ${runs} inputs` : report(fuzzer.name, failure),
  );
}
if (failed) Deno.exit(1);
