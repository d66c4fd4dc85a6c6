import { deepEqual, equal, ok } from "node:assert/strict";
import { browserScripts, install } from "../../src/assets/mod.ts";

Deno.test("mpegts.js is there to be served to pages", async () => {
  const script = await browserScripts.get("/mpegts.js")?.() ?? "";
  ok(script.length > 100_000);
  ok(script.includes("mpegts"));
});

Deno.test("each script for pages that is written here is served, as it is", async () => {
  const folder = new URL("../../src/assets/", import.meta.url);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".js"));
  deepEqual(names.sort(), ["bridge.js", "shared_objects.js"]);
  for (const name of names) {
    const written = await Deno.readTextFile(new URL(name, folder));
    equal(await browserScripts.get(`/${name}`)?.(), written, name);
  }
});

Deno.test({
  name: "the ini of a start is not for everybody, its pages are",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.mkdir(`${folder}/source/www`, { recursive: true });
      for (const path of ["MonaServer.ini", "www/index.html"]) {
        await Deno.writeTextFile(`${folder}/source/${path}`, "x");
      }
      await install(`${folder}/source`, `${folder}/site`);
      const mode = (path: string) => (Deno.statSync(`${folder}/site/${path}`).mode ?? 0) & 0o777;
      equal(mode("MonaServer.ini"), 0o640 & ~Deno.umask());
      deepEqual([mode("www/index.html") & 0o444], [0o444]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
