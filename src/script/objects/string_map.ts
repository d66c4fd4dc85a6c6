import { canonicalValue } from "../../base/mod.ts";
import { type Answer, define, type Definition } from "../lua/definition.ts";
import { onePer } from "./one_per.ts";

/** What a script sees of a name's text: a number or a boolean where the text is spelled as one. */
export function typed(text: string | undefined): Answer {
  return text === undefined ? undefined : canonicalValue(text);
}

/** All names with what a script sees of their texts. */
export function* typedEntries(
  texts: Iterable<readonly [name: string, text: string]>,
): Generator<[name: string, value: Answer]> {
  for (const [name, text] of texts) yield [name, typed(text)];
}

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
  dynamic: ({ map }, name) => typed(map.get(name)),
  length: ({ map }) => map.size,
  entries: ({ map }) => typedEntries(map),
  data: ({ map }) => typedEntries(map),
});
