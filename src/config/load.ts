import type { Config } from "./config.ts";
import { type Fault, fault, quoted } from "./fault.ts";
import { readIni, type Setting } from "./ini.ts";
import { nearest } from "./nearest.ts";
import { RULE_SECTIONS, ruleFaults } from "./rules.ts";
import { type NamedKey, namedKeys, valuesOf } from "./table.ts";
import { ConfigTree } from "./tree.ts";

/** One setting from the command line; `origin` is the option, `--port-http`. */
export type Override = Pick<Setting, "origin" | "path" | "value">;

/** Where settings come from, the later over the earlier. */
export interface Sources {
  /** Name for messages, and contents. */
  ini?: { file: string; text: string };
  /** From the command line. */
  overrides?: readonly Override[];
}

const KNOWN_KEYS = new Map(namedKeys.map((key) => [key.path.toLowerCase(), key]));
const SECTIONS = new Map(
  namedKeys.filter((key) => key.section).map((key) => [key.section.toLowerCase(), key.section]),
);

/** Reads the settings of all sources, later ones over earlier ones, and all their faults. */
export function loadConfig({ ini, overrides = [] }: Sources = {}): {
  config: Config;
  faults: Fault[];
} {
  const faults: Fault[] = [];
  const values = new Map<string, string | number | boolean>();
  const tree = new ConfigTree();
  for (const { path, key } of namedKeys) {
    tree.set(path, key.written);
  }
  const set = new Map<string, Setting>();
  const rules: Setting[] = [];
  for (const setting of [...iniSettings(ini, faults), ...overrides.map(asSetting)]) {
    const { path, value } = setting;
    const named = KNOWN_KEYS.get(path.toLowerCase());
    if (named === undefined && isRule(path)) {
      rules.push(setting);
      continue;
    }
    const before = set.get(path.toLowerCase());
    if (before && before.line > 0 && setting.line > 0) {
      faults.push(fault("warning", setting, `was already set in line ${before.line}`));
    }
    const wrong = named ? badValue(named, setting) : unknownName(setting);
    if (wrong) faults.push(wrong);
    if (wrong?.grade === "error") continue;
    set.set(path.toLowerCase(), setting);
    tree.set(named?.path ?? path, value);
    if (named) values.set(named.path, named.key.parse(value) ?? named.key.default);
  }
  const setting = (path: string) => set.get(path.toLowerCase());
  const isSet = (path: string) => setting(path) !== undefined;
  const config = {
    ...valuesOf(({ path, key }) => values.get(path) ?? key.default),
    tree,
    setting,
    isSet,
    rulesOf: (section: string) => rules.filter(({ path }) => isOf(section, path)),
  };
  return { config, faults: [...faults, ...ruleFaults(config)] };
}

const isOf = (section: string, path: string) => path.toLowerCase().startsWith(`${section}.`);
const isRule = (path: string) => RULE_SECTIONS.some((section) => isOf(section, path));

const asSetting = (override: Override): Setting => ({ ...override, line: 0 });

/** A line with what looks like a key of `[access]` left out. */
const withoutKeys = (text: string) => text.replace(/key:.*/, "key:…");

function iniSettings(ini: Sources["ini"], faults: Fault[]): Setting[] {
  if (!ini) return [];
  const { settings, bad } = readIni(ini.file, ini.text);
  for (const { line, text } of bad) {
    const message = `${
      quoted(withoutKeys(text))
    } is neither "key=value", "[section]" nor a comment (;)`;
    faults.push({ grade: "error", origin: ini.file, line, key: "", message });
  }
  return settings;
}

function badValue({ key }: NamedKey, setting: Setting): Fault | undefined {
  if (key.parse(setting.value) !== undefined) return undefined;
  const hint = /\s[;#]/.test(setting.value) ? "; a comment needs a line of its own" : "";
  return fault("error", setting, `${quoted(setting.value)} is not ${key.wanted}${hint}`);
}

/** Custom keys and sections are for scripts; one that looks like a slip of the pen is a fault. */
function unknownName(setting: Setting): Fault | undefined {
  const names = setting.path.split(".");
  const name = names.pop() as string;
  const section = names.join(".");
  const grade = setting.line === 0 ? "error" : "warning";
  if (name === "") return fault(grade, setting, "no key is named");
  const whole = namedKeys.find((key) => key.section.toLowerCase() === setting.path.toLowerCase());
  if (whole) return fault("error", setting, `is a section: set a key of it, as ${whole.path}`);
  const home = section ? SECTIONS.get(section.toLowerCase()) : "";
  if (home === undefined) {
    const meant = nearest(section, SECTIONS.values());
    const path = meant && KNOWN_KEYS.get(`${meant}.${name}`.toLowerCase())?.path;
    return path ? fault(grade, setting, `no such section; did you mean ${path}?`) : undefined;
  }
  const neighbours = namedKeys.filter((key) => key.section === home);
  const meant = nearest(name, neighbours.map((key) => key.name));
  if (!meant) return undefined;
  return fault(grade, setting, `no such key; did you mean ${home ? `${home}.` : ""}${meant}?`);
}
