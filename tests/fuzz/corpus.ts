import { fail } from "node:assert/strict";
import { fromHex, hex } from "../../src/bytes/mod.ts";

/**
 * A line of text says where the inputs below it come from, then each is a line of hexadecimal. They
 * are ours: seeds written for a target, and what the fuzzer made of them.
 */
const folder = new URL("../vectors/fuzz/", import.meta.url);

/** Bytes of a target's corpus. */
const MOST = 4096;

/** Whether an input is a seed of the target's or something that the fuzzer made. */
export interface Corpus {
  readonly seeds: readonly Uint8Array[];
  readonly found: readonly Uint8Array[];
}

export function fileOf(name: string): string {
  return `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "_")}.hex`;
}

/** The committed inputs of a target; none when it is new. */
export function readCorpus(name: string): Uint8Array[] {
  let text = "";
  try {
    text = Deno.readTextFileSync(new URL(fileOf(name), folder));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => fromHex(line) ?? fail(`${fileOf(name)}: not hex: ${line}`));
}

/** Writes seeds, then what was found, the shortest first, as long as there is room. */
export function writeCorpus(name: string, { seeds, found }: Corpus): void {
  let room = MOST;
  const take = (inputs: readonly Uint8Array[]) =>
    inputs.filter((input) =>
      input.length > 0 && input.length <= room && (room -= input.length) >= 0
    )
      .map((input) => hex(input));
  const short = (inputs: readonly Uint8Array[]) =>
    [...inputs].sort((one, other) => one.length - other.length);
  const lines = [
    "# Seeds of the target, from tests/fuzz",
    ...take(short(seeds)),
    "# Found by `deno task fuzz --keep`: each had an outcome of its own",
    ...take(short(found)),
  ];
  Deno.mkdirSync(folder, { recursive: true });
  Deno.writeTextFileSync(new URL(fileOf(name), folder), `${lines.join("\n")}\n`);
}

/** Names of the files that are there. */
export function corpusFiles(): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}
