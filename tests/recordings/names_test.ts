import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { describeFault, loadConfig } from "../../src/config/mod.ts";
import { fillPattern, safePath } from "../../src/recordings/names.ts";
import { readRecordRules } from "../../src/recordings/mod.ts";

const start = Date.parse("2026-03-01T12:04:05.678Z");

Deno.test("a pattern is filled with application, stream and time", () => {
  const parts = { application: "/a/b", stream: "film%Y", start };
  equal(
    fillPattern("%app/%name/%Y-%m-%d_%H-%M-%S.%f %s 100%%", parts),
    `a/b/film%Y/2026-03-01_12-04-05.678 1772366645 100%`,
  );
  equal(fillPattern("%app/%name", { ...parts, application: "" }), "film%Y");
});

Deno.test("no text makes a path that a disk refuses or that leads elsewhere", () => {
  equal(safePath("a//b/../c/./.x/y."), "a/b/__/c/_/_x/y_");
  equal(safePath("///"), "_");
  equal(safePath('a:b*c?"<>|\\d\u0001'), "a_b_c______d_");
  equal(safePath("con.flv/x"), "_con.flv/x");
  const long = "x".repeat(300);
  notEqual(safePath(`${long}a.flv`), safePath(`${long}b.flv`));
  ok(safePath(`${long}.flv`).endsWith(".flv"));
  ok(safePath(`${long}.flv`).length <= 200);
  ok(safePath("ab/".repeat(700)).length <= 200);
});

const faults = (text: string) => {
  const { config } = loadConfig({ ini: { file: "my.ini", text: `[record]\n${text}` } });
  return readRecordRules(config).faults.map(describeFault);
};

Deno.test("rules and patterns that mean nothing are faults that name their line", () => {
  deepEqual(faults("*=flv\nlive/a=none\nb/*=client flv\npath=%app/%name"), []);
  deepEqual(faults("maxTim=5\n/a=flv\na*b=flv\na=\na=flv\na=none"), [
    "my.ini:2: record.maxTim: its value is not flv or mp4, or both, client or none",
    "my.ini:3: record./a: patterns begin without a slash: application/stream",
    "my.ini:4: record.a*b: a * stands at the end of a pattern only",
    "my.ini:5: record.a: its value is not flv or mp4, or both, client or none",
    "my.ini:7: record.a: was already set in line 6",
  ]);
  deepEqual(faults("path=../%name"), ['my.ini:2: record.path: has ".."']);
  deepEqual(faults("path=/var/%name"), ["my.ini:2: record.path: is not relative"]);
  deepEqual(faults("path=%app/%name.flv"), [
    "my.ini:2: record.path: has no ending: the rules say the format",
  ]);
  deepEqual(faults("path=%app/%n"), [
    "my.ini:2: record.path: %n is none of %app %name %Y %m %d %H %M %S %f %s %%",
  ]);
  deepEqual(faults("path=%app/x"), [
    "my.ini:2: record.path: lacks %name: streams would share files",
  ]);
});
