import { equal } from "node:assert/strict";
import { fileURLToPath } from "node:url";

/** Runs the probe in a process of its own, whose allocator is new. */
async function isMapped(...args: string[]): Promise<string> {
  const file = fileURLToPath(new URL("./native_heap_probe.ts", import.meta.url));
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-qA", "--no-check", file, ...args],
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("memory that is freed stays with the C library once it was told so", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  equal(await isMapped(), "true");
  equal(await isMapped("keep"), "false");
});
