import { $Errors, parse } from "js-ini";

/** One setting: where it stands, its full name, its text. */
export interface Setting {
  /** Name of the file, or the option of the command line. */
  origin: string;
  /** Line from 1; 0 when the origin is no file. */
  line: number;
  /** "section.key", or "key" above the first section, as written. */
  path: string;
  value: string;
}

/** A line that is neither setting, section nor comment. */
export interface BadLine {
  line: number;
  text: string;
}

/**
 * The settings of an ini in their order. Lines are parsed one by one, so that each setting knows
 * its line. A `;` opens a comment only where a line begins: `targets=a:1;b:2` is one value.
 */
export function readIni(origin: string, text: string): { settings: Setting[]; bad: BadLine[] } {
  const settings: Setting[] = [];
  const bad: BadLine[] = [];
  let section = "";
  text.split(/\r\n|\r|\n/).forEach((raw, index) => {
    const line = index + 1;
    const trimmed = raw.trim();
    if (trimmed.startsWith("[")) {
      const [, title] = /^\[([^[\]]*)\]$/.exec(trimmed) ?? [];
      if (title === undefined) bad.push({ line, text: trimmed });
      else section = title.trim();
      return;
    }
    const parsed = parse(raw, {
      comment: [";", "#"],
      nothrow: true,
      autoTyping(value: string, _section, name) {
        const key = String(name);
        if (key === "") return void bad.push({ line, text: trimmed });
        settings.push({ origin, line, path: section ? `${section}.${key}` : key, value });
      },
    });
    if ($Errors in parsed) bad.push({ line, text: trimmed });
  });
  return { settings, bad };
}
