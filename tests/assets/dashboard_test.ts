import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createHash } from "node:crypto";
import { dashboardPage } from "../../src/assets/mod.ts";

const { html, policy } = await dashboardPage();
const text = new TextDecoder().decode(html);

/** The contents of an element each time that it occurs. */
const contents = (element: string) =>
  [...text.matchAll(new RegExp(`<${element}>([^]*?)</${element}>`, "g"))].map(([, inner = ""]) =>
    inner
  );

const digests = (element: string) =>
  contents(element).map((inner) =>
    `'sha256-${createHash("sha256").update(inner).digest("base64")}'`
  );

const directives = new Map(
  policy.split("; ").map((directive) => {
    const [name = "", ...values] = directive.split(" ");
    return [name, values] as const;
  }),
);

Deno.test("the dashboard's policy allows its own scripts and styles, each by its digest, and nothing else", () => {
  equal(contents("script").length, 2);
  deepEqual(directives.get("script-src"), digests("script"));
  deepEqual(directives.get("style-src"), digests("style"));
  for (const name of ["default-src", "base-uri", "form-action", "frame-ancestors"]) {
    deepEqual(directives.get(name), ["'none'"], name);
  }
  deepEqual(directives.get("connect-src"), ["'self'"]);
  ok(!policy.includes("unsafe"));
});

Deno.test("the dashboard is one document: it loads nothing", () => {
  const frame = text.replace(/<(script|style)>[^]*?<\/\1>/g, "");
  ok(!/\bsrc=/.test(frame), frame);
  deepEqual([...frame.matchAll(/href="(\w+):/g)].map(([, scheme]) => scheme), ["data"]);
  equal([...text.matchAll(/<\/script>/g)].length, 2);
  ok(!text.includes("<!-- styles -->") && !text.includes("<!-- scripts -->"));
});

Deno.test("the dashboard's scripts are scripts", () => {
  for (const script of contents("script")) match(String(new Function(script)), /^function/);
});
