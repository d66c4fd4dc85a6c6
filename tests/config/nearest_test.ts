import { equal } from "node:assert/strict";
import { distance } from "../../src/config/nearest.ts";
import { nearest } from "../../src/config/mod.ts";

Deno.test("distance counts letters put in, left out, changed and swapped", () => {
  equal(distance("port", "port"), 0);
  equal(distance("", "port"), 4);
  equal(distance("prot", "port"), 1);
  equal(distance("timout", "timeout"), 1);
  equal(distance("kitten", "sitting"), 3);
});

Deno.test("nearest finds a slip whatever its case, and nothing in what is no slip", () => {
  const words = ["port", "timeout", "mergeWindow"];
  equal(nearest("PROT", words), "port");
  equal(nearest("mergewindwo", words), "mergeWindow");
  equal(nearest("players", words), undefined);
  equal(nearest("x", ["y"]), undefined);
});
