import type { Value } from "../../../src/codecs/mod.ts";
import type { TestServer } from "../support.ts";

/** Begins a root application whose events note their arguments. */
export const SEEN = "seen = {} local function note(...) seen[#seen + 1] = {...} end ";

/** What the script noted. */
export function seen(server: TestServer): Value {
  return server.run("return seen")[0];
}
