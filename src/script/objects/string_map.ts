import { define, type Definition } from "../lua/definition.ts";
import { onePer } from "./one_per.ts";

/** Names and values that scripts read but do not change. */
export class StringMap {
  readonly map: ReadonlyMap<string, string>;

  constructor(map: ReadonlyMap<string, string>) {
    this.map = map;
  }
}

/** The object of a map. */
export const stringMap = onePer((map: ReadonlyMap<string, string>) => new StringMap(map));

/** `client.parameters`, `listener.parameters`. */
export const parameters: Definition<StringMap> = define({
  name: "parameters",
  type: StringMap,
  members: {},
  dynamic: ({ map }, name) => map.get(name),
  length: ({ map }) => map.size,
  entries: ({ map }) => map,
  data: ({ map }) => map,
});
