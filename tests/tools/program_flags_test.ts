import { equal, ok } from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };
import { programFlags, V8_FLAGS } from "../../tools/program_flags.ts";

Deno.test("every way to start the program sets V8 up the same", () => {
  const starts = Object.entries(project.tasks).filter(([, { command }]) =>
    command.endsWith(" main.ts")
  );
  equal(starts.length, 3);
  for (const [name, { command }] of starts) ok(command.split(" ").includes(V8_FLAGS), name);
  for (const set of ["default", "native"] as const) ok(programFlags(set).includes(V8_FLAGS), set);
});

Deno.test("V8 knows its settings", async () => {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", V8_FLAGS, ""],
  }).output();
  ok(success);
  equal(new TextDecoder().decode(stderr), "");
});
