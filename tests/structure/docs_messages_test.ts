import { deepEqual, ok } from "node:assert/strict";

const root = new URL("../../", import.meta.url);

/** The source as one text, with what templates put in left out. */
function source(): string {
  let text = "";
  const read = (folder: URL) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory) read(new URL(`${name}/`, folder));
      else if (/\.(ts|lua|sh)$/.test(name)) text += Deno.readTextFileSync(new URL(name, folder));
    }
  };
  read(new URL("src/", root));
  read(new URL("tools/", root));
  return plain(text.replace(/\$\{[^}]*\}/g, " … ").replace(/["'`]\s*\+\s*["'`]/g, "")).join(" ");
}

/** The words of a text without quotes; numbers, names, paths and what a template puts in are `…`. */
function plain(text: string): string[] {
  const words = text.replace(/["'`]|:(?=\s|$)/g, " ").split(/\s+/).filter((word) => word !== "");
  return words.map((word) => /\d|[A-Z]{2}|\/|\.\w|…/.test(word) ? "…" : word)
    .filter((word, at, all) => word !== "…" || all[at - 1] !== "…");
}

/** Words of a message that no three words in a row of the source account for. */
function unknownWords(message: string, text: string): string[] {
  const words = plain(message);
  const size = Math.min(3, words.length);
  const known = new Set<number>();
  for (let at = 0; at + size <= words.length; at++) {
    if (!text.includes(words.slice(at, at + size).join(" "))) continue;
    for (let next = at; next < at + size; next++) known.add(next);
  }
  return words.filter((word, at) => word !== "…" && !known.has(at));
}

/** Messages that others write: Deno, Lua, the C library, HTTP. */
const OTHERS = /UnknownIssuer|^Requires|attempt to index|not enough memory|^429$/;

Deno.test("every message that troubleshooting.md explains is one that the program writes", () => {
  const page = Deno.readTextFileSync(new URL("docs/troubleshooting.md", root));
  const text = source();
  const rows = [...page.matchAll(/^\| (`.+?`|".+?")/gm)].map(([, cell = ""]) =>
    cell.slice(1, -1).replace(/^monaserver: /, "")
  );
  const messages = rows.filter((message) => message.includes(" ") && !OTHERS.test(message));
  ok(messages.length > 12, `only ${messages.length} messages`);
  const unknown = messages.flatMap((message) => {
    const words = unknownWords(message, text);
    return words.length === 0 ? [] : [`${message}: ${words.join(" ")}`];
  });
  deepEqual(unknown, []);
});
