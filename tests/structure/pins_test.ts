import { deepEqual, equal, ok } from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };

const root = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, root));

Deno.test("the README pins the Deno that runs the tests, everywhere the same", async () => {
  const pins = [];
  for (const path of ["README.md", "docs/install.md"]) {
    pins.push(...(await read(path)).matchAll(/deno@([\d.]+)/g));
  }
  ok(pins.length >= 2);
  deepEqual(new Set(pins.map(([, pin]) => pin)), new Set([Deno.version.deno]));
});

Deno.test("docs/dependencies.md lists each package of deno.json at its pin", async () => {
  const rows = (await read("docs/dependencies.md")).matchAll(/^\| (\S+) +\| (\S+) +\| \S.* \|$/gm);
  const listed = Array.from(rows, ([, name, pin]) => `${name}@${pin}`).filter((row) =>
    /@\d/.test(row)
  );
  const pinned = Object.entries(project.imports).map(([name, target]) => {
    equal(target.startsWith(`npm:${name}@`), true, target);
    return target.slice("npm:".length);
  });
  deepEqual(listed.sort(), pinned.sort());
});
