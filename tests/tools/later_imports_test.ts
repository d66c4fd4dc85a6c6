import { equal } from "node:assert/strict";
import { laterImports } from "../../tools/later_imports.ts";

Deno.test("what is imported later is not named by a literal, wherever it is", () => {
  const text = 'import a from "./a.js"; import("./a.js"); import("./b.js"); import("./a.js"); ' +
    'import("./other.js"); import("node:fs");';
  equal(
    laterImports(text, ["a.js", "b.js"]),
    'import a from "./a.js"; import(new URL("./a.js",import.meta.url).href); ' +
      'import(new URL("./b.js",import.meta.url).href); ' +
      'import(new URL("./a.js",import.meta.url).href); import("./other.js"); import("node:fs");',
  );
});
