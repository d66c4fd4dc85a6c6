import { type Config, type Fault, fault, namedKeys, nearest, type Setting } from "../config/mod.ts";
import { type Action, ACTIONS, isAction, type Pattern, patternOf } from "./action.ts";
import { type Admission, asksForKeys, HOOK_ALONE, parseAdmission, WANTED } from "./admission.ts";
import { hookActions } from "./settings.ts";

/** One line of `[access]`. */
interface Rule extends Pattern {
  readonly action: Action;
  readonly admits: Admission;
}

/** Who may do what: the rules of `[access]`. */
export class Rules {
  /** By action: those of one subject, and those of a beginning, the longest first. */
  readonly #exact = new Map<Action, Map<string, Admission>>();
  readonly #prefixes = new Map<Action, { start: string; admits: Admission }[]>();

  constructor(rules: Iterable<Rule>) {
    for (const { action, start, isPrefix, admits } of rules) {
      const exact = this.#exact.get(action) ?? new Map<string, Admission>();
      const prefixes = this.#prefixes.get(action) ?? [];
      this.#exact.set(action, exact);
      this.#prefixes.set(action, prefixes);
      if (!isPrefix) {
        exact.set(start, admits);
        continue;
      }
      const before = prefixes.findIndex((prefix) => prefix.start === start);
      if (before !== -1) prefixes.splice(before, 1);
      prefixes.push({ start, admits });
      prefixes.sort((a, b) => b.start.length - a.start.length);
    }
  }

  /** True when there is no rule at all. */
  get isEmpty(): boolean {
    return this.#exact.size === 0;
  }

  /** True when the action has rules. */
  has(action: Action): boolean {
    return this.#exact.has(action);
  }

  /**
   * Whom the most specific rule lets in: one without `*`, else the one with the longest beginning.
   * Undefined where the action has rules, but none for this.
   */
  find(action: Action, subject: string): Admission | undefined {
    return this.#exact.get(action)?.get(subject) ??
      this.#prefixes.get(action)?.find(({ start }) => subject.startsWith(start))?.admits;
  }
}

/** The rules of the settings, and what is wrong with them. */
export function readRules(
  config: Config,
  hasApplication: (path: string) => boolean = () => false,
): { rules: Rules; faults: Fault[] } {
  const faults: Fault[] = [];
  /** Of lines that are no rules; undefined where that is not known either. */
  const meant = new Set<Action | undefined>();
  const rules = new Map<string, { rule: Rule; setting: Setting }>();
  for (const setting of config.rulesOf("access")) {
    const rule = readRule(setting, config, hasApplication);
    if (typeof rule === "string") {
      faults.push(fault("error", setting, rule));
      meant.add(actionOf(setting.path));
      continue;
    }
    const key = `${rule.action} ${rule.isPrefix} ${rule.start}`;
    const before = rules.get(key)?.setting;
    if (before !== undefined && before.line > 0 && setting.line > 0) {
      faults.push(fault("error", setting, `was already set in line ${before.line}`));
    }
    rules.set(key, { rule, setting });
  }
  for (const action of ACTIONS) {
    // The rule for the rest may be the one with a fault.
    if (meant.has(action) || meant.has(undefined)) continue;
    const of = [...rules.values()].filter(({ rule }) => rule.action === action);
    const [first] = of;
    if (first === undefined || of.some(({ rule }) => rule.isPrefix && rule.start === "")) continue;
    const text = `${action} has no rule for all the rest: add ${action}.* = none, or any`;
    faults.push(fault("error", first.setting, text));
  }
  const all = [...rules.values()].map(({ rule }) => rule);
  for (const action of hookActions(config)) {
    if (all.some((rule) => rule.action === action)) continue;
    all.push({ action, start: "", isPrefix: true, admits: HOOK_ALONE });
  }
  return { rules: new Rules(all), faults };
}

/** A rule, or what is wrong with its line: never its value, where keys stand. */
function readRule(
  { path, value }: Setting,
  config: Config,
  hasApplication: (path: string) => boolean,
): Rule | string {
  const [, word = "", pattern] = /^access\.([^.]*)(?:\.(.*))?$/i.exec(path) ?? [];
  const action = word.toLowerCase();
  if (!isAction(action)) {
    const near = nearestName(word, pattern);
    if (near !== undefined) return `no such key; did you mean access.${near}?`;
    return `rules begin with one of ${ACTIONS.join(", ")}, as in publish.*`;
  }
  if (pattern === undefined || pattern === "") return `what is it for? ${action}.* is for all`;
  const read = patternOf(action, pattern);
  if (read === undefined) return "a * stands at the end of a pattern only";
  const isShared = config.live.names === "server";
  const wrong = wrongStream(action, pattern.replace(/\*$/, ""), isShared ? hasApplication : none);
  if (wrong !== undefined) return wrong;
  const admits = parseAdmission(value);
  if (admits === undefined) return `its value is not ${WANTED}`;
  if (asksForKeys(admits) && config.access.keys === "") return "needs access.keys, a file of keys";
  if (admits.links && config.access.secret === "") return "link needs access.secret";
  if (admits.tokens && config.access.jwtKeys === "" && config.access.jwtSecret === "") {
    return "jwt needs access.jwtKeys, a JWKS or a file, or access.jwtSecret";
  }
  if (admits.hook && config.access.hook === "") return "hook needs access.hook, its URL";
  return { action, ...read, admits };
}

function actionOf(path: string): Action | undefined {
  const action = path.split(".")[1]?.toLowerCase() ?? "";
  return isAction(action) ? action : undefined;
}

const KEYS = namedKeys.filter(({ section }) => section === "access").map(({ name }) => name);

/** What was meant by the name of a key, or by the first word of a rule. */
function nearestName(word: string, pattern: string | undefined): string | undefined {
  if (pattern !== undefined) {
    const action = nearest(word, ACTIONS);
    return action && `${action}.${pattern}`;
  }
  const start = word.toLowerCase();
  return nearest(word, KEYS) ??
    (start.length < 3 ? undefined : KEYS.find((key) => key.toLowerCase().startsWith(start)));
}

const none = () => false;

/** An application in a rule of streams would be no wall: what it publishes plays in all others. */
function wrongStream(
  action: Action,
  start: string,
  hasApplication: (path: string) => boolean,
): string | undefined {
  if (action !== "publish" && action !== "play") return undefined;
  if (start.startsWith("/")) return "names of streams begin without a slash";
  const [application = "", rest] = start.split(/\/(.*)/);
  if (rest === undefined || !hasApplication(`/${application}`)) return undefined;
  return `/${application} is an application, and names of streams belong to the whole server: ` +
    `leave "${application}/" away`;
}
