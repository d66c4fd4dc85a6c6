import { deepEqual, throws } from "node:assert/strict";
import { linkModules } from "../../src/assets/linker.ts";

/** What a module of these, which calls `tell`, tells. */
function told(...modules: [string, string][]): unknown {
  let value: unknown;
  new Function("tell", linkModules(modules))((given: unknown) => value = given);
  return value;
}

Deno.test("a module uses what others export: by name, renamed, as default, in a list", () => {
  const values = told(
    [
      "a",
      `export const one = 1;
export function two() { return one + 1; }
export async function* many() {}
export class Three { get value() { return two() + 1; } }
const four = 4;
`,
    ],
    ["b", `import{one as uno,Three}from"a";var x=uno,y=new Three;export{x as first,y}`],
    ["c", `var t=5;\nexport default function(){return t}`],
    [
      "d",
      `import { first, y } from "b";
import five from "c";
import { two } from "a";
const four = "of its own";
tell([first, two(), y.value, four, five()]);
//# sourceMappingURL=d.js.map`,
    ],
  );
  deepEqual(values, [1, 2, 3, "of its own", 5]);
});

Deno.test("what looks like an import inside of a text stays", () => {
  deepEqual(
    told(["a", 'tell("import { a } from \\"b\\"; export { c }");']),
    [
      'import { a } from "b"; export { c }',
    ][0],
  );
});

Deno.test("a module that imports what is not before it, or in a way that is unknown, is an error", () => {
  throws(() => linkModules([["a", `import { b } from "b";`], ["b", ""]]), {
    message: "a imports b, which is not before it",
  });
  throws(() => linkModules([["a", `export * from "b";`]]), /a: export \* .* is not understood/);
  throws(() => linkModules([["a", `import "b";`]]), /is not understood/);
});
