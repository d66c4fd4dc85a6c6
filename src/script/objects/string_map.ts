import { define, type Definition } from "../lua/definition.ts";

/** Names and values that scripts read but do not change. */
export class StringMap {
  readonly map: ReadonlyMap<string, string>;

  constructor(map: ReadonlyMap<string, string>) {
    this.map = map;
  }
}

const known = new WeakMap<ReadonlyMap<string, string>, StringMap>();

/** The object of a map, the same one each time. */
export function stringMap(map: ReadonlyMap<string, string>): StringMap {
  let found = known.get(map);
  if (found === undefined) known.set(map, found = new StringMap(map));
  return found;
}

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
