import { type Config, type Fault, fault, type Setting } from "../config/mod.ts";
import { type Format, formatOf, FORMATS, pathFault } from "./names.ts";

/** What a rule says of the streams that its pattern is of. */
export interface RecordRule {
  /** What they are recorded to, each time they are published. */
  readonly formats: readonly Format[];
  /** Whether publishers that ask for it are recorded: `publish(name, "record")`. */
  readonly allowsClients: boolean;
}

const NOTHING: RecordRule = { formats: [], allowsClients: false };

interface Line {
  readonly start: string;
  readonly isPrefix: boolean;
  readonly rule: RecordRule;
}

/** Which streams are recorded: the rules of `[record]`. */
export class RecordRules {
  readonly #exact = new Map<string, RecordRule>();
  readonly #prefixes: Line[];

  constructor(lines: readonly Line[] = []) {
    for (const { start, isPrefix, rule } of lines) if (!isPrefix) this.#exact.set(start, rule);
    this.#prefixes = lines.filter(({ isPrefix }) => isPrefix)
      .sort((a, b) => b.start.length - a.start.length);
  }

  get isEmpty(): boolean {
    return this.#exact.size === 0 && this.#prefixes.length === 0;
  }

  /**
   * The most specific rule: one without `*`, else the one with the longest beginning.
   * @param application of the publisher: "" for the root, else "/a/b"
   */
  find(application: string, stream: string): RecordRule {
    const subject = application === "" ? stream : `${application.slice(1)}/${stream}`;
    return this.#exact.get(subject) ??
      this.#prefixes.find(({ start }) => subject.startsWith(start))?.rule ?? NOTHING;
  }
}

/** The rules of the settings, and what is wrong with them and with the pattern of names. */
export function readRecordRules(config: Config): { rules: RecordRules; faults: Fault[] } {
  const faults: Fault[] = [];
  const lines = new Map<string, Line & { setting: Setting }>();
  for (const setting of config.rulesOf("record")) {
    const line = readLine(setting);
    if (typeof line === "string") {
      faults.push(fault("error", setting, line));
      continue;
    }
    const key = `${line.isPrefix} ${line.start}`;
    const before = lines.get(key)?.setting;
    if (before !== undefined && before.line > 0 && setting.line > 0) {
      faults.push(fault("error", setting, `was already set in line ${before.line}`));
    }
    lines.set(key, { ...line, setting });
  }
  const path = config.setting("record.path");
  const wrong = path && patternFault(path.value);
  if (path && wrong !== undefined) faults.push(fault("error", path, wrong));
  return { rules: new RecordRules([...lines.values()]), faults };
}

function readLine({ path, value }: Setting): Line | string {
  const pattern = path.slice("record.".length);
  if (pattern === "") return "what is to be recorded? * is for all";
  const isPrefix = pattern.endsWith("*");
  const start = isPrefix ? pattern.slice(0, -1) : pattern;
  if (start.includes("*")) return "a * stands at the end of a pattern only";
  if (start.startsWith("/")) return "patterns begin without a slash: application/stream";
  const rule = readRule(value);
  if (rule === undefined) {
    return `its value is not ${FORMATS.join(" or ")}, or both, client or none`;
  }
  return { start, isPrefix, rule };
}

function readRule(value: string): RecordRule | undefined {
  const words = value.toLowerCase().split(/[\s,]+/).filter((word) => word !== "");
  if (words.length === 0) return undefined;
  if (words.length === 1 && words[0] === "none") return NOTHING;
  const formats = FORMATS.filter((format) => words.includes(format));
  const allowsClients = words.includes("client");
  if (words.some((word) => word !== "client" && !FORMATS.some((format) => format === word))) {
    return undefined;
  }
  return { formats, allowsClients };
}

function patternFault(pattern: string): string | undefined {
  const wrong = pathFault(pattern);
  if (wrong !== undefined) return wrong;
  if (formatOf(pattern) !== undefined) return "has no ending: the rules say the format";
  const unknown = /%(?!app|name|[YmdHMSfs%]).?/.exec(pattern)?.[0];
  if (unknown !== undefined) return `${unknown} is none of %app %name %Y %m %d %H %M %S %f %s %%`;
  return pattern.includes("%name") ? undefined : "lacks %name: streams would share files";
}
