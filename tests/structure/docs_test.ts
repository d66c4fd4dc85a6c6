import { deepEqual } from "node:assert/strict";
import { posix } from "node:path";

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
