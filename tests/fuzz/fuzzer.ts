import { hex } from "../../src/bytes/mod.ts";
import { mutate, Random } from "./mutate.ts";

/** Something that must hold for any bytes. */
export interface Fuzzer {
  readonly name: string;
  /** Inputs to begin with, at least one. */
  readonly seeds: readonly Uint8Array[];
  /** Throws when it does not hold. */
  check(bytes: Uint8Array): void;
}

/** An input that takes longer than this, in milliseconds, is a failure too. */
const SLOW = 5000;

/** Longest search for a shorter failing input, in milliseconds. */
const SHRINKING = 30_000;

export interface Failure {
  readonly bytes: Uint8Array;
  readonly error: unknown;
}

/** Runs until `until` (milliseconds of performance.now) or the first failure. */
export function fuzz(
  { seeds, check }: Fuzzer,
  seed: number,
  until: number,
): { runs: number; failure?: Failure } {
  const random = new Random(seed);
  for (let runs = 0;; runs++) {
    const start = performance.now();
    if (start > until) return { runs };
    const bytes = runs < seeds.length ? seeds[runs]! : mutate(random, seeds);
    try {
      check(bytes);
      const took = performance.now() - start;
      if (took > SLOW) throw new Error(`took ${Math.round(took)} ms`);
    } catch (error) {
      return { runs, failure: { bytes: shrink(bytes, check), error } };
    }
  }
}

/** The shortest input found by leaving out parts that still fails. */
function shrink(bytes: Uint8Array, check: (bytes: Uint8Array) => void): Uint8Array {
  const until = performance.now() + SHRINKING;
  for (let size = bytes.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at + size <= bytes.length && performance.now() < until;) {
      const shorter = Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(at + size));
      if (fails(shorter, check)) bytes = shorter;
      else at += size;
    }
  }
  return bytes;
}

function fails(bytes: Uint8Array, check: (bytes: Uint8Array) => void): boolean {
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
