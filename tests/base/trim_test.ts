import { equal } from "node:assert/strict";
import { trimmed, trimmedEnd } from "../../src/base/mod.ts";
import { costFault } from "../fuzz/cost.ts";

Deno.test("a text loses the characters that are named at its end, or at both", () => {
  equal(trimmedEnd("/a/b//", "/"), "/a/b");
  equal(trimmedEnd("///", "/"), "");
  equal(trimmedEnd("", "/"), "");
  equal(trimmed(" \ta b\r\n", " \t\r\n"), "a b");
  equal(trimmed("//a/", "/"), "a");
  equal(trimmed("//", "/"), "");
});

Deno.test("a text of the characters themselves takes time in proportion to them", () => {
  const text = `${"/".repeat(60_000)}a`;
  equal(costFault(text.length, () => equal(trimmedEnd(text, "/"), text)), undefined);
});
