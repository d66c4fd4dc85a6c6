/**
 * deno task fuzz [--minutes n] [--only name] [--seed n] [--keep] [--native]: every fuzzer for n
 * minutes (default 1), from its seeds and its corpus. With --keep, what had an outcome of its own is
 * written to the corpus; with --native, ciphers are the system's.
 */
import { Command } from "commander";
import { openNativeEngine, useCryptoEngine } from "../../src/crypto/mod.ts";
import { readCorpus, writeCorpus } from "./corpus.ts";
import { fuzz, report } from "./fuzzer.ts";
import { targets } from "./targets.ts";

const options = new Command("fuzz")
  .option("--minutes <n>", "how long each fuzzer runs", Number, 1)
  .option("--only <name>", "those whose name has this text")
  .option("--seed <n>", "begin of the random numbers", Number, Date.now() % 0x7fffffff)
  .option("--keep", "write what was found to the corpus", false)
  .option("--native", "ciphers of the system", false)
  .parse(Deno.args, { from: "user" })
  .opts<{ minutes: number; only?: string; seed: number; keep: boolean; native: boolean }>();

if (options.native) useCryptoEngine(openNativeEngine());

console.log(`seed ${options.seed}`);
let failed = false;
for (const target of targets) {
  const { name } = target;
  if (options.only !== undefined && !name.includes(options.only)) continue;
  const corpus = readCorpus(name);
  const seeds = [...target.seeds, ...corpus];
  const until = performance.now() + options.minutes * 60_000;
  const { runs, failure, found } = fuzz({ ...target, seeds }, options.seed, until);
  failed ||= failure !== undefined;
  console.log(
    failure === undefined
      ? `${name}: ${runs} inputs, ${found.length} with an outcome of their own`
      : report(name, failure),
  );
  if (options.keep) writeCorpus(name, { seeds: target.seeds, found: [...corpus, ...found] });
}
if (failed) Deno.exit(1);
