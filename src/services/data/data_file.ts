import { Buffer } from "node:buffer";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { crc32 } from "node:zlib";
import { errorText } from "../../base/mod.ts";
import { type EntryValue, TABLE } from "./data_table.ts";
import { storedText, storedValue } from "./stored_value.ts";

/** Receives what a file holds; `value` undefined: the entry is there but damaged. */
export type EntrySink = (key: string, value: EntryValue | undefined) => void;

interface Row {
  readonly id: number;
  readonly key: Uint8Array;
  readonly value: Uint8Array | null;
  readonly sum: number;
}

/** A damaged page is passed by in steps that double; past this one nothing more is expected. */
const SALVAGE_REACH = 2 ** 32;

/** Number of entries read at a time. */
const LOAD_COUNT = 4096;

const NEXT = "SELECT id, key, value, sum FROM entry WHERE id > ? ORDER BY id";

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA wal_autocheckpoint = 4000;
  PRAGMA cache_size = -16000;
  CREATE TABLE IF NOT EXISTS entry (
    id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value BLOB, sum INTEGER NOT NULL
  ) STRICT`;

/**
 * The SQLite file of the entries: `value` is NULL for a table, `sum` the CRC-32 of key and value.
 * Its write transaction is open all the time, so that two servers never share one file, while
 * others may read it.
 */
export class DataFile {
  readonly path: string;
  /** Why nothing can be written; undefined when all is well. */
  readonly readOnly: string | undefined;
  readonly #database: DatabaseSync;
  #put: StatementSync | undefined;
  #remove: StatementSync | undefined;
  #log: Deno.FsFile | undefined;

  private constructor(path: string, database: DatabaseSync, readOnly?: string) {
    this.path = path;
    this.#database = database;
    this.readOnly = readOnly;
  }

  /**
   * Opens the file, makes it when it is missing, and falls back to reading only.
   * @throws Error of SQLite when it cannot even be read
   */
  static open(path: string): DataFile {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(path);
      database.exec(SCHEMA);
      database.exec("BEGIN IMMEDIATE");
      return new DataFile(path, database);
    } catch (error) {
      if (isDamage(error)) {
        database?.close();
        throw error;
      }
      const reason = /locked/.test(errorText(error))
        ? "another server uses this folder"
        : errorText(error);
      if (database?.isOpen && /locked/.test(errorText(error))) {
        return new DataFile(path, database, reason);
      }
      database?.close();
      return DataFile.#openImmutable(path, reason);
    }
  }

  /** A folder that cannot be written to lacks the files that SQLite's log needs. */
  static #openImmutable(path: string, reason: string): DataFile {
    const url = `${pathToFileURL(path).href}?immutable=1`;
    let database: DatabaseSync;
    try {
      database = new DatabaseSync(url, { readOnly: true });
    } catch {
      throw new Error(reason);
    }
    return new DataFile(path, database, reason);
  }

  /**
   * Reads all entries.
   * @throws Error of SQLite when the file is damaged: see {@link isDamage} and {@link salvage}
   */
  load(sink: EntrySink): void {
    const [check] = this.#database.prepare("PRAGMA quick_check(1)").all();
    if (check?.quick_check !== "ok") {
      throw new Error(`database disk image is malformed: ${check?.quick_check}`);
    }
    const next = this.#database.prepare(`${NEXT} LIMIT ${LOAD_COUNT}`);
    let rows: Row[];
    for (let after = 0;; after = rows[LOAD_COUNT - 1]!.id) {
      // Not iterate(), which takes damage for the end.
      rows = next.all(after) as unknown as Row[];
      for (const row of rows) readRow(row, sink);
      if (rows.length < LOAD_COUNT) return;
    }
  }

  /** Writes all of these or none; undefined removes an entry. @throws Error of SQLite */
  write(changes: Iterable<readonly [string, EntryValue | undefined]>): void {
    const database = this.#database;
    if (!database.isTransaction) database.exec("BEGIN IMMEDIATE");
    this.#put ??= database.prepare(
      "INSERT INTO entry (key, value, sum) VALUES (?, ?, ?) " +
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value, sum = excluded.sum",
    );
    this.#remove ??= database.prepare("DELETE FROM entry WHERE key = ?");
    try {
      for (const [name, value] of changes) {
        const key = Buffer.from(name, "latin1");
        if (value === undefined) {
          this.#remove.run(key);
        } else {
          const bytes = value === TABLE ? TABLE : Buffer.from(storedText(value), "latin1");
          this.#put.run(key, bytes, sumOf(key, bytes));
        }
      }
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
    database.exec("BEGIN IMMEDIATE");
  }

  /**
   * Waits until what was written is on the disk itself. The process may be killed without it; the
   * machine may not. SQLite would make the whole server wait.
   */
  async sync(): Promise<void> {
    this.#log ??= await Deno.open(`${this.path}-wal`, { read: true, write: true });
    await this.#log.syncData();
  }

  close(): void {
    this.#log?.close();
    if (this.#database.isTransaction) this.#database.exec("COMMIT");
    this.#database.close();
  }

  /** Reads what can still be read of a damaged file. Entries near a damage may be lost. */
  static salvage(path: string, sink: EntrySink): void {
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(path, { readOnly: true });
      const next = database.prepare(NEXT);
      let after = 0;
      for (let step = 1; step < SALVAGE_REACH;) {
        try {
          const row = next.get(after) as unknown as Row | undefined;
          if (row === undefined) return;
          readRow(row, sink);
          after = row.id;
          step = 1;
        } catch {
          after += step;
          step *= 2;
        }
      }
    } catch {
      // Not even its first page can be read: there is nothing to save.
    } finally {
      database?.close();
    }
  }
}

/** True for the errors of a file that is there but broken. */
export function isDamage(error: unknown): boolean {
  return /malformed|not a database|corrupt/.test(errorText(error));
}

function readRow({ key, value, sum }: Row, sink: EntrySink): void {
  const name = binary(key);
  const isWhole = sumOf(key, value) === sum;
  sink(name, !isWhole ? undefined : value === null ? TABLE : storedValue(binary(value)));
}

function sumOf(key: Uint8Array, value: Uint8Array | null): number {
  const sum = crc32(key);
  return value === null ? sum : crc32(value, sum);
}

function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
