import { ok } from "node:assert/strict";
import { browserScripts } from "../../src/assets/mod.ts";

Deno.test("mpegts.js is there to be served to pages", () => {
  const script = browserScripts.get("/mpegts.js") ?? "";
  ok(script.length > 100_000);
  ok(script.includes("mpegts"));
});
