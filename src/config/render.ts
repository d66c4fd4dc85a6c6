import { type NamedKey, namedKeys } from "./table.ts";

const introduction = `; MonaServer: all keys of the server, with their defaults.
; To set a key, remove the semicolon before it. Names are case-insensitive. Comments need their own
; line. The server does not start with an invalid value; "monaserver --check" reports all of them,
; with their lines. You may add sections and keys: scripts read them as mona.configs.section.key
; The server reads this file again when it changes: keys marked (live) take effect at once, as do
; rules of [access], [relay] and your own sections; the log names those that need a restart.
`;

/** The text of MonaServer.ini: every key at its default, commented out. */
export function renderIni(): string {
  return introduction + bySection().map(([section, keys]) =>
    [
      section ? `\n[${section}]` : "",
      ...keys.map(({ name, key }) =>
        `; ${key.help}${unitOf(key)}${key.isLive ? " (live)" : ""}\n;${name}=${key.written}`
      ),
    ].join("\n") + "\n"
  ).join("");
}

/** The table of docs/configuration.md, by section. */
export function renderMarkdown(): string {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  return bySection().map(([section, keys]) => {
    const rows = keys.map(({ path, key }) =>
      `| \`${path}\` | ${key.written === "" ? "" : `\`${key.written}\``} | ${cell(key.wanted)} | ${
        key.isLive ? "live" : ""
      } | ${cell(key.help)} |`
    );
    return [
      section ? `## [${section}]` : "## Above the first section",
      "",
      "| key | default | value | change | what it is for |",
      "| --- | --- | --- | --- | --- |",
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
