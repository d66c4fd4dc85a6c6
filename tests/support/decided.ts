import assert from "node:assert/strict";
import type { Later } from "../../src/base/mod.ts";

/** What was decided at once, as by every handler that knows no promise. */
export function decided<T>(value: Later<T>): T {
  assert(!(value instanceof Promise), "decided at once");
  return value;
}

/** Lets everything run that waits for promises which are settled. */
export async function settled(): Promise<void> {
  for (let count = 0; count < 20; count++) await Promise.resolve();
}
