import { keyBelow } from "./entry_key.ts";

/** An assignment to `data` that cannot be done; the message is for the script. */
export class DataError extends Error {
  override readonly name = "DataError";
}

/** What scripts keep under a name: bytes as binary text, or a boolean. */
export type DataValue = string | boolean;

/** What an entry holds: a value, or that it is a table. */
export type EntryValue = DataValue | typeof TABLE;

/** The mark of a table in a {@link Journal}: its entries have keys of their own. */
export const TABLE = null;

/** Where changes go to be kept. */
export interface Journal {
  /** @throws DataError when changes cannot be kept now; asked before anything is changed. */
  check(): void;
  /** The entry of that key has a new value, or is gone. */
  record(key: string, value: EntryValue | undefined): void;
}

/** Entry of the root that shared objects are kept in; scripts do not see it. */
const OBJECTS = "$sharedObjects";

/** Names on the way from the root to an entry; a table that is nested deeper is refused. */
export const MAX_DEPTH = 64;

/**
 * One table of the tree of all that scripts keep: `data` of the root application is its root, and
 * `data` of the application /a/b is the table `a.b` below it. Names and texts are binary text.
 */
export class DataTable {
  readonly #journal: Journal;
  readonly #parent: DataTable | undefined;
  readonly #name: string;
  readonly #depth: number;
  /** The beginning of the keys of all that is below. */
  readonly #prefix: string;
  readonly #entries: Map<string, DataValue | DataTable> = new Map();
  /** Tables of applications: the same object even while it is empty and not kept. */
  #applications: Map<string, DataTable> | undefined;
  /** Of the root: what is not one of {@link entries}. */
  #objects: DataTable | undefined;
  /** False while it is not in its parent: the empty table of an application, or a removed one. */
  #isKept: boolean;

  /** Tables are made by {@link root}, {@link addTable} and {@link application}. */
  constructor(
    journal: Journal,
    parent: DataTable | undefined,
    name: string,
    isKept: boolean,
  ) {
    this.#journal = journal;
    this.#parent = parent;
    this.#name = name;
    this.#depth = parent === undefined ? 0 : parent.#depth + 1;
    this.#prefix = parent === undefined ? "" : keyBelow(parent.#prefix, name);
    this.#isKept = isKept;
    if (this.#depth > MAX_DEPTH) throw new DataError(`data is nested deeper than ${MAX_DEPTH}`);
  }

  static root(journal: Journal): DataTable {
    return new DataTable(journal, undefined, "", true);
  }

  /** How many entries it has, values and tables, not counting what is in these. */
  get size(): number {
    return this.#entries.size;
  }

  /** Its entries, in the order they came; it may change on the way. */
  entries(): MapIterator<[string, DataValue | DataTable]> {
    return this.#entries.entries();
  }

  /** Its entries, and of the root what scripts do not see: all that is kept. */
  *everything(): Generator<[string, DataValue | DataTable]> {
    yield* this.#entries;
    if (this.#objects !== undefined && this.#objects.#isKept) yield [OBJECTS, this.#objects];
  }

  /** Of the root: where shared objects are kept. */
  get objects(): DataTable {
    return this.#objects ??= new DataTable(this.#journal, this, OBJECTS, false);
  }

  /** The table of that name among {@link everything}, made when there is none. @throws DataError */
  tableAt(name: string): DataTable {
    if (this.#isObjects(name)) return this.objects;
    const entry = this.#entries.get(name);
    return entry instanceof DataTable ? entry : this.addTable(name);
  }

  get(name: string): DataValue | DataTable | undefined {
    return this.#entries.get(name);
  }

  /** @throws DataError when there is a table of that name, or nothing can be kept. */
  set(name: string, value: DataValue): void {
    this.#journal.check();
    this.#refuseTable(name);
    this.#keep();
    this.#entries.set(name, value);
    this.#journal.record(keyBelow(this.#prefix, name), value);
  }

  /**
   * Adds an empty table, which replaces a value of that name.
   * @throws DataError when there is a table of that name, or nothing can be kept.
   */
  addTable(name: string): DataTable {
    this.#journal.check();
    this.#refuseTable(name);
    const table = this.#applications?.get(name) ??
      new DataTable(this.#journal, this, name, false);
    this.#keep();
    this.#entries.delete(name);
    table.#keep();
    return table;
  }

  /**
   * Removes an entry and all that is below it.
   * @throws DataError when the change cannot be kept.
   */
  remove(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#journal.check();
    if (entry instanceof DataTable) entry.#drop();
    this.#entries.delete(name);
    this.#journal.record(keyBelow(this.#prefix, name), undefined);
  }

  /** The table of the application at a path ("" or "/a/b"), which may be empty and not kept. */
  application(path: string): DataTable {
    const names = path.split("/").filter((name) => name !== "");
    return names.reduce((table: DataTable, name) => table.#application(name), this);
  }

  /** Restores an entry that was kept; false when its path has another one. */
  restore(names: readonly string[], value: EntryValue): boolean {
    if (names.length > MAX_DEPTH) return false;
    return this.#restore(names, 0, value);
  }

  #restore(names: readonly string[], at: number, value: EntryValue): boolean {
    const name = names[at]!;
    if (at < names.length - 1) {
      const table = this.#restoreTable(name);
      return table !== undefined && table.#restore(names, at + 1, value);
    }
    if (value === TABLE) return this.#restoreTable(name) !== undefined;
    if (this.#isObjects(name) || this.#entries.get(name) instanceof DataTable) return false;
    this.#entries.set(name, value);
    return true;
  }

  #restoreTable(name: string): DataTable | undefined {
    if (this.#isObjects(name)) {
      this.objects.#isKept = true;
      return this.objects;
    }
    const entry = this.#entries.get(name);
    if (entry instanceof DataTable) return entry;
    if (entry !== undefined) return undefined;
    const table = new DataTable(this.#journal, this, name, true);
    this.#entries.set(name, table);
    return table;
  }

  #application(name: string): DataTable {
    const known = this.#applications?.get(name);
    if (known !== undefined) return known;
    const entry = this.#entries.get(name);
    const table = entry instanceof DataTable
      ? entry
      : new DataTable(this.#journal, this, name, false);
    this.#applications ??= new Map();
    this.#applications.set(name, table);
    return table;
  }

  #isObjects(name: string): boolean {
    return this.#parent === undefined && name === OBJECTS;
  }

  #refuseTable(name: string): void {
    if (this.#isObjects(name)) throw new DataError(`${OBJECTS} is the server's own`);
    if (this.#entries.get(name) instanceof DataTable) {
      throw new DataError(
        `data has a table at ${this.#pathTo(name)}: assign nil to it before another value`,
      );
    }
  }

  #keep(): void {
    if (this.#isKept) return;
    const parent = this.#parent;
    if (parent !== undefined) {
      parent.#keep();
      if (parent.#entries.has(this.#name)) {
        throw new DataError(`data at ${parent.#pathTo(this.#name)} is something else now`);
      }
      if (parent.#objects !== this) parent.#entries.set(this.#name, this);
    }
    this.#isKept = true;
    this.#journal.record(this.#prefix, TABLE);
  }

  #drop(): void {
    for (const [name, entry] of this.#entries) {
      if (entry instanceof DataTable) entry.#drop();
      this.#journal.record(keyBelow(this.#prefix, name), undefined);
    }
    this.#entries.clear();
    this.#isKept = false;
  }

  #pathTo(name: string): string {
    return this.#parent === undefined ? `/${name}` : `${this.#parent.#pathTo(this.#name)}/${name}`;
  }
}
