import type { Config } from "./config.ts";
import { RULE_SECTIONS } from "./rules.ts";
import { type NamedKey, namedKeys, type Values } from "./table.ts";
import { ConfigTree } from "./tree.ts";

/** The keys whose values differ, in the order of the table. */
export function differingKeys(one: Values, other: Values): NamedKey[] {
  return namedKeys.filter((key) => valueOf(one, key) !== valueOf(other, key));
}

/**
 * Gives running settings the values of fresh ones: those of live keys, and all that the table does
 * not know, which is the scripts'. All who hold the settings, or a section of them, see the change.
 * @returns the live keys whose values have changed
 */
export function adopt(running: Config, fresh: Config): NamedKey[] {
  const changed = differingKeys(running, fresh).filter(({ key }) => key.isLive);
  for (const named of changed) {
    const { section, name } = named;
    const target: unknown = section === "" ? running : running[section as keyof Values];
    // Readonly for all others: this is the one place where settings change.
    (target as Record<string, unknown>)[name] = valueOf(fresh, named);
    running.tree.set(named.path, fresh.setting(named.path)?.value ?? named.key.written);
  }
  const entries = entriesOf(fresh.tree);
  for (const [path] of entriesOf(running.tree).values()) {
    if (!entries.has(path.toLowerCase())) running.tree.delete(path);
  }
  for (const [path, value] of entries.values()) running.tree.set(path, value);
  return changed;
}

/** The full names of rules and other entries beside the table's keys that one of the two has otherwise. */
export function differingEntries(one: Config, other: Config): string[] {
  const [before, after] = [one, other].map((config) => {
    const rules = RULE_SECTIONS.flatMap((section) => config.rulesOf(section));
    const entries = new Map(entriesOf(config.tree));
    for (const { path, value } of rules) entries.set(path, [path, value]);
    return entries;
  }) as [Entries, Entries];
  return [...new Map([...before, ...after])]
    .filter(([id]) => before.get(id)?.[1] !== after.get(id)?.[1])
    .map(([, [path]]) => path);
}

type Entries = Map<string, [path: string, value: string]>;

/** Entries that are no keys of the table, by their full name in lower case. */
function entriesOf(tree: ConfigTree): Entries {
  const named = [...leaves(tree)].map((entry) => [entry[0].toLowerCase(), entry] as const);
  return new Map(named.filter(([id]) => !KNOWN.has(id)));
}

const KNOWN: ReadonlySet<string> = new Set(namedKeys.map(({ path }) => path.toLowerCase()));

function valueOf(values: Values, { section, name }: NamedKey): unknown {
  const holder: unknown = section === "" ? values : values[section as keyof Values];
  return (holder as Readonly<Record<string, unknown>>)[name];
}

function* leaves(tree: ConfigTree, prefix = ""): Generator<[path: string, value: string]> {
  for (const [name, value] of tree) {
    if (value instanceof ConfigTree) yield* leaves(value, `${prefix}${name}.`);
    else yield [`${prefix}${name}`, value];
  }
}
