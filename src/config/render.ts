import { type NamedKey, namedKeys } from "./table.ts";

const introduction = `; MonaServer: every key of the server, with its default and what it is for.
; Take the semicolon before a key away to set it. Names match without regard to case.
; A comment needs a line of its own. A wrong value keeps the server from starting and is named with
; its line: "monaserver --check" finds them all. Sections and keys of your own are free: scripts read
; them as mona.configs.section.key
`;

/** The text of MonaServer.ini: every key at its default, commented out. */
export function renderIni(): string {
  return introduction + bySection().map(([section, keys]) =>
    [
      section ? `\n[${section}]` : "",
      ...keys.map(({ name, key }) => `; ${key.help}${unitOf(key)}\n;${name}=${key.written}`),
    ].join("\n") + "\n"
  ).join("");
}

/** The table of docs/configuration.md, by section. */
export function renderMarkdown(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  return bySection().map(([section, keys]) => {
    const rows = keys.map(({ path, key }) =>
      `| \`${path}\` | ${key.written === "" ? "" : `\`${key.written}\``} | ${cell(key.wanted)} | ${
        cell(key.help)
      } |`
    );
    return [
      section ? `## [${section}]` : "## Above the first section",
      "",
      "| key | default | value | what it is for |",
      "| --- | --- | --- | --- |",
      ...rows,
      "",
    ].join("\n");
  }).join("\n");
}

const unitOf = ({ unit }: NamedKey["key"]) => unit === undefined ? "" : ` Unit: ${unit}.`;

function bySection(): [string, NamedKey[]][] {
  const sections = new Map<string, NamedKey[]>();
  for (const key of namedKeys) {
    const keys = sections.get(key.section);
    if (keys) keys.push(key);
    else sections.set(key.section, [key]);
  }
  return [...sections];
}
