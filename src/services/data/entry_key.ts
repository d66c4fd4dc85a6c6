/**
 * An entry's key in the file: the names on the way to it, each ended by a zero byte. Names are
 * binary text (one character per byte) and may hold any byte: zero is written `\0`, `\` is `\\`.
 */
export function keyBelow(prefix: string, name: string): string {
  return `${prefix}${name.replaceAll("\\", "\\\\").replaceAll("\0", "\\0")}\0`;
}

/** The names of a key; undefined when it is not one. */
export function namesOf(key: string): string[] | undefined {
  if (!key.endsWith("\0")) return undefined;
  const names = key.slice(0, -1).split("\0");
  if (!key.includes("\\")) return names;
  if (key.replace(/\\[\\0]/g, "").includes("\\")) return undefined;
  return names.map((name) => name.replace(/\\[\\0]/g, (pair) => pair === "\\0" ? "\0" : "\\"));
}
