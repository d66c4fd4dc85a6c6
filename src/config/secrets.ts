import type { Config } from "./config.ts";
import { namedKeys } from "./table.ts";
import { ConfigTree } from "./tree.ts";

/** Shorter secrets are parts of too many words to be taken out of texts. */
const SHORTEST = 6;

/** `user:password@` in a URL. */
const LOGIN = /:\/\/[^\s/@:]*:([^\s/@]+)@/g;

/** Login and values of the query of a URL. */
const IN_URL = /(:\/\/)[^\s/@]+(?=@)|([?&][^\s=&;]+=)[^\s&;]*/g;

/** A value of the settings as a list may show it: without what URLs in it hold of keys. */
export function withoutKeys(value: string): string {
  return value.replace(IN_URL, (_, scheme?: string, name?: string) => `${scheme ?? name}***`);
}

/** A key in a rule of `[access]`. */
const KEY = /(?:^|\s)key:(\S+)/g;

/** The secrets among the settings that no log may show, the longest first. */
export function secretsOf(config: Config): string[] {
  const found = namedKeys.filter(({ key }) => key.isSecret).map(({ path }) =>
    config.setting(path)?.value ?? ""
  );
  for (const { value } of config.rulesOf("access")) {
    for (const [, key = ""] of value.matchAll(KEY)) found.push(key);
  }
  for (const value of texts(config.tree)) {
    for (const [, password = ""] of value.matchAll(LOGIN)) found.push(password);
  }
  return [...new Set(found)].filter(({ length }) => length >= SHORTEST).sort((a, b) =>
    b.length - a.length
  );
}

function* texts(tree: ConfigTree): Generator<string> {
  for (const [, value] of tree) {
    if (value instanceof ConfigTree) yield* texts(value);
    else yield value;
  }
}
