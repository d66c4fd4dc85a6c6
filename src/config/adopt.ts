import type { Config } from "./config.ts";
import { type NamedKey, namedKeys, type Values } from "./table.ts";
import { ConfigTree } from "./tree.ts";

/** The keys whose values differ, in the order of the table. */
export function differingKeys(one: Values, other: Values): NamedKey[] {
  return namedKeys.filter((key) => valueOf(one, key) !== valueOf(other, key));
}

/**
 * Gives running settings the values of fresh ones: those of live keys, and all that the table does
 * not know, which is the scripts'. Whoever holds the settings or a section of them sees it.
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
  for (const [path, value] of leaves(fresh.tree)) {
    if (!KNOWN.has(path.toLowerCase())) running.tree.set(path, value);
  }
  return changed;
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
