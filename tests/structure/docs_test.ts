import { deepEqual } from "node:assert/strict";
import { posix } from "node:path";
import { encodeText } from "../../src/bytes/mod.ts";
import { describeFault, loadConfig } from "../../src/config/mod.ts";
import { checkScript } from "../../src/script/mod.ts";

const root = new URL("../../", import.meta.url);
const folder = [...Deno.readDirSync(new URL("docs/", root))].map(({ name }) => name).sort();
const pages = ["README.md", "ARCHITECTURE.md", ...folder.map((name) => `docs/${name}`)];

const read = (path: string) => Deno.readTextFileSync(new URL(path, root));

/** Prose without what stands in code. */
const prose = (text: string) => text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "");

/** The names that a page's headings have as targets of links. */
function anchors(text: string): string[] {
  return [...text.replace(/^```[\s\S]*?^```/gm, "").matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
}

/** Links to pages that are not there, and to headings that their page does not have. */
function brokenLinks(page: string): string[] {
  const links = [...prose(read(page)).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  return links.flatMap(([, path = "", anchor]) => {
    const target = path === "" ? page : posix.join(posix.dirname(page), path);
    try {
      const file = target.endsWith("/") ? `${target}README.md` : target;
      const isThere = anchor === undefined || anchors(read(file)).includes(anchor);
      return isThere ? [] : [`${page}: ${target} has no heading #${anchor}`];
    } catch {
      return [`${page}: there is no ${target}`];
    }
  });
}

Deno.test("every link of the documentation leads somewhere", () => {
  deepEqual(pages.flatMap(brokenLinks), []);
});

Deno.test("the index of docs/ names every page once", () => {
  const index = read("docs/README.md");
  const counts = folder.filter((name) => name !== "README.md").map((name) =>
    [name, index.split(`](${name})`).length - 1] as const
  );
  deepEqual(counts.filter(([, count]) => count !== 1), []);
});

/** The blocks of code of one language, with the pages they stand on. */
function blocks(language: string): [page: string, code: string][] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, "gm");
  return pages.flatMap((page) =>
    [...read(page).matchAll(fence)].map(([, code = ""]): [string, string] => [page, code])
  );
}

Deno.test("every example in Lua is a script, or a value", () => {
  const faultOf = (page: string, code: string) => checkScript(page, encodeText(code))?.message;
  const faults = blocks("lua").flatMap(([page, code]) => {
    const fault = faultOf(page, code);
    const isValue = fault !== undefined && faultOf(page, `return ${code}`) === undefined;
    return fault === undefined || isValue ? [] : [`${page}: ${fault}\n${code}`];
  });
  deepEqual(faults, []);
});

Deno.test("every example of settings has known keys and good values", () => {
  const settings = blocks("ini").filter(([, code]) => !code.includes("[Service]"));
  const faults = settings.flatMap(([file, text]) => loadConfig({ ini: { file, text } }).faults);
  deepEqual(faults.map(describeFault), []);
});
