import { deepEqual, equal, ok } from "node:assert/strict";
import { fromFileUrl, sourceFiles } from "./graph.ts";
import { codeOnly, maxLines, roomOf, type SourceFile, violations } from "./rules.ts";

const root = new URL("../../", import.meta.url);

Deno.test("every source file obeys the ranks, the doors and the size limit", async () => {
  const files = await sourceFiles(fromFileUrl(root));
  ok(files.some((file) => file.path === "main.ts"));
  ok(files.length > 5);
  deepEqual(violations(files), []);
});

Deno.test("main.ts stays within 30 lines", async () => {
  const text = await Deno.readTextFile(new URL("main.ts", root));
  ok(text.trimEnd().split("\n").length <= 30);
});

function file(path: string, imports: string[] = [], text = ""): SourceFile {
  return { path, text, imports: imports.map((to) => ({ to, typeOnly: false })) };
}

Deno.test("an import of the own room or of a lower room's mod.ts is allowed", () => {
  deepEqual(
    violations([
      file("src/hub/hub.ts", ["src/hub/client.ts", "src/base/mod.ts", "npm:mime@4"]),
      file("src/hub/client.ts"),
      file("src/base/mod.ts"),
    ]),
    [],
  );
});

Deno.test("an import of an equal or higher rank is refused, types included", () => {
  const upward = file("src/hub/hub.ts", ["src/flash/mod.ts"]);
  const sideways = file("src/protocols/http/mod.ts", ["src/protocols/rtmp/mod.ts"]);
  const types: SourceFile = {
    path: "src/bytes/reader.ts",
    text: "",
    imports: [{ to: "src/codecs/mod.ts", typeOnly: true }],
  };
  deepEqual(violations([upward, sideways, types]), [
    "src/bytes/reader.ts (bytes, rank 0) imports src/codecs/mod.ts (codecs, rank 1)",
    "src/hub/hub.ts (hub, rank 3) imports src/flash/mod.ts (flash, rank 4)",
    "src/protocols/http/mod.ts (protocols/http, rank 5) imports src/protocols/rtmp/mod.ts (protocols/rtmp, rank 5)",
  ]);
});

Deno.test("an import past another room's mod.ts is refused", () => {
  deepEqual(violations([file("src/flash/stream.ts", ["src/hub/client.ts"])]), [
    "src/flash/stream.ts imports src/hub/client.ts past the mod.ts of hub",
  ]);
});

Deno.test("a file outside every room, and an import of one, are refused", () => {
  deepEqual(violations([file("src/extras/x.ts"), file("src/hub/a.ts", ["tests/x.ts"])]), [
    "src/extras/x.ts is in no room of the rank table",
    "src/hub/a.ts imports tests/x.ts, which is in no room",
  ]);
});

Deno.test("a cycle that runs is refused, a type that points back is not", () => {
  const a = file("src/hub/a.ts", ["src/hub/b.ts"]);
  const b = file("src/hub/b.ts", ["src/hub/a.ts"]);
  deepEqual(violations([a, b]), ["cycle: src/hub/a.ts -> src/hub/b.ts -> src/hub/a.ts"]);
  b.imports = [{ to: "src/hub/a.ts", typeOnly: true }];
  deepEqual(violations([a, b]), []);
});

Deno.test("Deno and node's I/O are refused outside the rooms that touch the world", () => {
  const text = "// Deno.env is not used\nconst s = 'Deno.x';\nawait Deno.open(s);\n";
  deepEqual(violations([file("src/hub/a.ts", ["node:fs"], text)]), [
    "src/hub/a.ts imports node:fs: the outside world is not its room",
    "src/hub/a.ts:3 uses Deno.open",
  ]);
  deepEqual(violations([file("src/net/a.ts", ["node:fs"], text)]), []);
  deepEqual(violations([file("src/script/applications.ts", [], text)]), []);
});

Deno.test("a protocol that reads the clock is refused", () => {
  deepEqual(violations([file("src/protocols/rtmfp/a.ts", [], "const now = Date.now();\n")]), [
    "src/protocols/rtmfp/a.ts:1 reads the clock: Date.now",
  ]);
  deepEqual(violations([file("src/protocols/rtmp/a.ts", [], "clock.setTimeout(1);\n")]), []);
});

Deno.test("a file over the size limit is refused", () => {
  deepEqual(violations([file("src/hub/a.ts", [], "x\n".repeat(maxLines))]), []);
  deepEqual(violations([file("src/hub/a.ts", [], "x\n".repeat(maxLines + 1))]), [
    "src/hub/a.ts has 501 lines, over 500",
  ]);
});

Deno.test("a room is named by its folder, and by the protocol below protocols/", () => {
  equal(roomOf("src/protocols/rtmp/wire/chunk_reader.ts"), "protocols/rtmp");
  equal(roomOf("src/server/mod.ts"), "server");
  equal(roomOf("src/script/lua/vm.ts"), "script");
  equal(roomOf("src/protocols/srt/mod.ts"), undefined);
  equal(roomOf("tools/bundle.ts"), undefined);
});

Deno.test("comments and strings are no code, what a template runs is", () => {
  equal(codeOnly("a /* Deno.x */ b").replace(/ +/g, " "), "a b");
  equal(codeOnly("`x ${Deno.args} y`"), "${Deno.args}");
});
