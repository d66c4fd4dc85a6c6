/** Whom a rule lets in. */
export interface Admission {
  readonly isOpen: boolean;
  /** Keys that stand in the rule itself. */
  readonly keys: readonly string[];
  /** Names of keys in the file of keys; "all" for each of them. */
  readonly names: ReadonlySet<string> | "all";
  /** Clients with a signed link. */
  readonly links: boolean;
  /** Clients with a token that allows it. */
  readonly tokens: boolean;
  /** Whom the hook lets in. */
  readonly hook: boolean;
}

/** The end of "wanted …". */
export const WANTED =
  "any, none, or one or more of key:TEXT, keys, keys:NAME, link, jwt and hook, with spaces between " +
  "them";

const NONE: Admission = {
  isOpen: false,
  keys: [],
  names: new Set(),
  links: false,
  tokens: false,
  hook: false,
};

/** What an action without rules asks of a hook that decides about it. */
export const HOOK_ALONE: Admission = { ...NONE, hook: true };

/** Whom the value of a rule lets in; undefined when it says nothing that is known. */
export function parseAdmission(text: string): Admission | undefined {
  const words = text.split(/\s+/).filter(Boolean);
  if (words.length === 1) {
    const [word = ""] = words;
    if (word.toLowerCase() === "any") return { ...NONE, isOpen: true };
    if (word.toLowerCase() === "none") return NONE;
  }
  if (words.length === 0) return undefined;
  const keys: string[] = [];
  const names = new Set<string>();
  let isAll = false;
  const others = new Set<string>();
  for (const word of words) {
    if (/^key:./.test(word)) keys.push(word.slice(4));
    else if (/^keys:./.test(word)) names.add(word.slice(5));
    else if (word === "keys") isAll = true;
    else if (word === "link" || word === "jwt" || word === "hook") others.add(word);
    else return undefined;
  }
  return {
    isOpen: false,
    keys,
    names: isAll ? "all" : names,
    links: others.has("link"),
    tokens: others.has("jwt"),
    hook: others.has("hook"),
  };
}

/** True when it lets no client in. */
export function isClosed({ isOpen, keys, names, links, tokens, hook }: Admission): boolean {
  const isNamed = names === "all" || names.size > 0;
  return !isOpen && keys.length === 0 && !isNamed && !links && !tokens && !hook;
}

/** True when it lets in by the file of keys. */
export function asksForKeys({ names }: Admission): boolean {
  return names === "all" || names.size > 0;
}
