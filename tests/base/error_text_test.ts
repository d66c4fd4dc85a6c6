import { equal } from "node:assert/strict";
import { errorText, isOutside } from "../../src/base/mod.ts";

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

Deno.test("an error of a file is its path and the reason", () => {
  const error = thrownBy(() => Deno.readTextFileSync("/no/such/file"));
  equal(errorText(error), "/no/such/file: no such file or directory");
  equal(isOutside(error), true);
});

Deno.test("an error of two files names the first", () => {
  const text = "No such file or directory (os error 2): rename '/a' -> '/b'";
  equal(errorText(new Deno.errors.NotFound(text)), "/a: no such file or directory");
});

Deno.test("an error without a path is its reason alone", () => {
  equal(errorText(new Deno.errors.AddrInUse("Address in use (os error 98)")), "Address in use");
});

Deno.test("a place that Deno guards says so, and asks for no flag", () => {
  const text = 'Requires all access to "/proc/x", run again with the --allow-all flag';
  const error = new Deno.errors.NotCapable(text);
  equal(errorText(error), "/proc/x: Deno keeps programs out of this place");
  equal(isOutside(error), true);
});

Deno.test("an error of several attempts is that of the first", () => {
  const refused = new Error("connect ECONNREFUSED ::1:25");
  equal(errorText(new AggregateError([refused, new Error("other")])), refused.message);
});

Deno.test("a fault of ours keeps its words", () => {
  equal(errorText(new TypeError("x is not a function")), "x is not a function");
  equal(isOutside(new TypeError("x is not a function")), false);
  equal(errorText("lost"), "lost");
});
