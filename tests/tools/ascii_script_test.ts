import { equal } from "node:assert/strict";
import { asciiScript } from "../../tools/ascii_script.ts";

Deno.test("a program means the same when its other characters are escapes", async () => {
  const text =
    'const a = "é§…"; /* ü */ const b = /^[ä-ö]+$/.test("ö"); export default `${a}→😀${b}`;';
  const ascii = asciiScript(text);
  equal(/[\x80-\uffff]/.test(ascii), false);
  const module = await import(`data:text/javascript,${encodeURIComponent(ascii)}`);
  equal(module.default, "é§…→😀true");
});
