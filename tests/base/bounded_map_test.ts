import assert from "node:assert/strict";
import { BoundedMap } from "../../src/base/mod.ts";

Deno.test("a bounded map drops the entry that was set longest ago when it is full", () => {
  const map = new BoundedMap<string, number>(2);
  map.set("a", 1).set("b", 2).set("c", 3);
  assert.deepEqual([...map], [["b", 2], ["c", 3]]);
});

Deno.test("an entry of a bounded map that is set again is the newest, and drops no other", () => {
  const map = new BoundedMap<string, number>(2);
  map.set("a", 1).set("b", 2).set("a", 3);
  assert.deepEqual([...map], [["b", 2], ["a", 3]]);
  map.set("c", 4);
  assert.deepEqual([...map], [["a", 3], ["c", 4]]);
});
