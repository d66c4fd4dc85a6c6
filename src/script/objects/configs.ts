import { canonicalValue } from "../../base/mod.ts";
import { ConfigTree } from "../../config/mod.ts";
import { type Answer, define } from "../lua/definition.ts";

/**
 * `mona.configs` and its sections: names match without regard to case, values are text, numbers
 * and booleans by {@link canonicalValue}.
 */
export const configs = define<ConfigTree>({
  name: "configs",
  type: ConfigTree,
  members: {},
  dynamic: (tree, name) => valueOf(tree.get(name)),
  entries,
  *data(tree) {
    for (const entry of entries(tree)) if (!SECRETS.test(entry[0])) yield entry;
  },
});

function* entries(tree: ConfigTree): Generator<[name: string, value: Answer]> {
  for (const [name, value] of tree) yield [name, valueOf(value)];
}

function valueOf(value: string | ConfigTree | undefined): Answer {
  return typeof value === "string" ? canonicalValue(value) : value;
}

/** Settings that scripts read by their names, but that go nowhere with a whole section. */
const SECRETS = /^(password|secret|token)$/i;
