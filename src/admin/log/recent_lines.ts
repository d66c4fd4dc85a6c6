import { type Level, levels } from "../../base/mod.ts";
import { ownText } from "../../bytes/mod.ts";
import type { LogLine } from "../../logs/mod.ts";

/** Lines that are kept, and the characters of all. */
const MAX_LINES = 2_000;
const MAX_CHARACTERS = 1_000_000;

/** Characters of a line that is kept, and of one that may be a part of something longer. */
const LONGEST_LINE = 8_192;
const LONG_LINE = 1_024;

/** A line, and its place among all since the start. */
export interface NumberedLine extends LogLine {
  readonly id: number;
}

/** Which of the lines are wanted. */
export interface LineFilter {
  /** The least grave level. */
  readonly level: Level;
  /** A part of the text or the name, in any case; empty for all. */
  readonly search: string;
  /** How the name begins, such as `rtmp`; empty for all. */
  readonly name: string;
  /** Only lines before that one; 0 for the newest. */
  readonly before: number;
  readonly limit: number;
}

/** The newest lines of the log, bounded in number and size. */
export class RecentLines {
  #lines: NumberedLine[] = [];
  /** Where the kept ones begin: what is before was forgotten, and is cut off now and then. */
  #start = 0;
  #characters = 0;
  #count = 0;

  add(line: LogLine): NumberedLine {
    const text = line.text.length < LONG_LINE ? line.text : ownText(line.text, LONGEST_LINE);
    const numbered = { id: ++this.#count, ...line, text };
    this.#lines.push(numbered);
    this.#characters += text.length;
    while (this.#lines.length - this.#start > MAX_LINES || this.#characters > MAX_CHARACTERS) {
      this.#characters -= this.#lines[this.#start++]!.text.length;
    }
    if (this.#start > MAX_LINES) {
      this.#lines = this.#lines.slice(this.#start);
      this.#start = 0;
    }
    return numbered;
  }

  /** The newest lines that a filter leaves, the newest last. */
  find({ level, search, name, before, limit }: LineFilter): NumberedLine[] {
    const threshold = levels.indexOf(level);
    const part = search.toLowerCase();
    const found: NumberedLine[] = [];
    for (let at = this.#lines.length - 1; at >= this.#start && found.length < limit; at--) {
      const line = this.#lines[at]!;
      if (before > 0 && line.id >= before) continue;
      if (levels.indexOf(line.level) > threshold || !line.name.startsWith(name)) continue;
      const isFound = part === "" || line.text.toLowerCase().includes(part) ||
        line.name.toLowerCase().includes(part);
      if (isFound) found.push(line);
    }
    return found.reverse();
  }
}
