/**
 * What the ini says, as scripts see it: names match without regard to case and keep the spelling
 * of their first use; a value is the text as written, a section is a tree of its own.
 */
export class ConfigTree implements Iterable<[name: string, value: string | ConfigTree]> {
  readonly #entries = new Map<string, [name: string, value: string | ConfigTree]>();

  get(name: string): string | ConfigTree | undefined {
    return this.#entries.get(name.toLowerCase())?.[1];
  }

  /** The section of that name, made when there is none; it takes the place of a value. */
  section(name: string): ConfigTree {
    const found = this.get(name);
    if (found instanceof ConfigTree) return found;
    const made = new ConfigTree();
    this.#put(name, made);
    return made;
  }

  /** Sets a value by its full name: "RTMP.port" is `port` in the section `RTMP`. */
  set(path: string, value: string): void {
    const [first = "", ...below] = path.split(".");
    if (below.length === 0) this.#put(first, value);
    else this.section(first).set(below.join("."), value);
  }

  /** Takes a value away, by its full name; sections stay. */
  delete(path: string): void {
    const [first = "", ...below] = path.split(".");
    if (below.length === 0) this.#entries.delete(first.toLowerCase());
    else this.section(first).delete(below.join("."));
  }

  #put(name: string, value: string | ConfigTree): void {
    const key = name.toLowerCase();
    this.#entries.set(key, [this.#entries.get(key)?.[0] ?? name, value]);
  }

  [Symbol.iterator](): IterableIterator<[name: string, value: string | ConfigTree]> {
    return this.#entries.values();
  }
}
