import { ConfigTree } from "../../config/mod.ts";
import { define } from "../lua/definition.ts";

/** `mona.configs` and its sections: names match without regard to case, values are text. */
export const configs = define<ConfigTree>({
  name: "configs",
  type: ConfigTree,
  members: {},
  dynamic: (tree, name) => tree.get(name),
  entries: (tree) => tree,
  data: (tree) => [...tree].filter(([name]) => !SECRETS.test(name)),
});

/** Settings that scripts read by their names, but that go nowhere with a whole section. */
const SECRETS = /^(password|secret|token)$/i;
