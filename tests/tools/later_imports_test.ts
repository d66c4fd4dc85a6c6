import { equal } from "node:assert/strict";
import { laterImports } from "../../tools/later_imports.ts";

Deno.test("a file that is imported later is named by an expression", () => {
  const text = `import{a}from"./a.js";var b=()=>import("./b.js"),c=()=>import("./c.js");`;
  equal(
    laterImports(text, ["a.js", "b.js"]),
    `import{a}from"./a.js";var b=()=>import(new URL("./b.js",import.meta.url).href),` +
      `c=()=>import("./c.js");`,
  );
});
