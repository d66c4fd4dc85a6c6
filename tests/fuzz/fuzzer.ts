import { hex } from "../../src/bytes/mod.ts";
import { costFault } from "./cost.ts";
import { mutate, Random, stretch } from "./mutate.ts";

/** Something that must hold for any bytes. */
export interface Fuzzer {
  readonly name: string;
  /** Inputs to begin with, at least one. */
  readonly seeds: readonly Uint8Array[];
  /**
   * Throws when it does not hold. Else what came of the input, without its numbers: one that no
   * input had before is worth to go on from.
   */
  check(bytes: Uint8Array): string;
}

/** One input of so many is made long, so that what is not linear takes its time. */
const STRETCHED = 50;

/** Longest search for a shorter input, in milliseconds. */
const SHRINKING = 30_000;

/** Inputs of new outcomes up to so many bytes are kept. */
const KEPT_SIZE = 600;

export interface Failure {
  readonly bytes: Uint8Array;
  readonly error: unknown;
}

export interface Run {
  readonly runs: number;
  readonly failure?: Failure;
  /** Inputs with outcomes that no seed has, in the order of their finding. */
  readonly found: readonly Uint8Array[];
}

/**
 * Runs until `until` (milliseconds of performance.now), so many inputs, or the first failure. With a
 * number of inputs it goes on from the seeds alone, and looks for no others.
 */
export function fuzz(fuzzer: Fuzzer, seed: number, until: number, most = Infinity): Run {
  const random = new Random(seed);
  const pool = [...fuzzer.seeds];
  const outcomes = new Set<string>();
  const found: Uint8Array[] = [];
  const check = (bytes: Uint8Array) => checkWithCost(fuzzer, bytes);
  for (let runs = 0;; runs++) {
    if (performance.now() > until || runs >= most) return { runs, found };
    const bytes = runs < fuzzer.seeds.length
      ? fuzzer.seeds[runs]!
      : random.below(STRETCHED) === 0
      ? stretch(random, pool)
      : mutate(random, pool);
    try {
      const outcome = check(bytes);
      if (outcomes.has(outcome)) continue;
      outcomes.add(outcome);
      if (runs < fuzzer.seeds.length || most !== Infinity) continue;
      const short = shrink(bytes, (shorter) => outcomeOf(fuzzer, shorter) === outcome, 300);
      if (short.length > KEPT_SIZE) continue;
      found.push(short);
      pool.push(short);
    } catch (error) {
      const failure = { bytes: shrink(bytes, (shorter) => fails(shorter, check)), error };
      return { runs, found, failure };
    }
  }
}

/** The outcome of an input that takes no more time and memory than its length allows. */
export function checkWithCost({ check }: Fuzzer, bytes: Uint8Array): string {
  let outcome = "";
  const fault = costFault(bytes.length, () => {
    outcome = check(bytes);
  });
  if (fault !== undefined) throw new Error(fault);
  return outcome;
}

/** The shortest input found by leaving out parts that is still wanted. */
function shrink(
  bytes: Uint8Array,
  isWanted: (bytes: Uint8Array) => boolean,
  time = SHRINKING,
): Uint8Array {
  const until = performance.now() + time;
  for (let size = bytes.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at + size <= bytes.length && performance.now() < until;) {
      const shorter = new Uint8Array(bytes.length - size);
      shorter.set(bytes.subarray(0, at));
      shorter.set(bytes.subarray(at + size), at);
      if (isWanted(shorter)) bytes = shorter;
      else at += size;
    }
  }
  return bytes;
}

function outcomeOf({ check }: Fuzzer, bytes: Uint8Array): string | undefined {
  try {
    return check(bytes);
  } catch {
    return undefined;
  }
}

function fails(bytes: Uint8Array, check: (bytes: Uint8Array) => unknown): boolean {
  try {
    check(bytes);
    return false;
  } catch {
    return true;
  }
}

export function report(name: string, { bytes, error }: Failure): string {
  return `${name} fails on ${hex(bytes)}\n${error instanceof Error ? error.stack : error}`;
}
