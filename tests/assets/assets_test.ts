import { deepEqual, equal, ok } from "node:assert/strict";
import { browserScripts, install } from "../../src/assets/mod.ts";

Deno.test("mpegts.js is there to be served to pages", async () => {
  const script = await browserScripts.get("/mpegts.js")?.() ?? "";
  ok(script.length > 100_000);
  ok(script.includes("mpegts"));
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
