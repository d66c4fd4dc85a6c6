import { type Clock, errorText, type Timer } from "../../base/mod.ts";
import type { Log } from "../../logs/mod.ts";
import { DataFile, isDamage } from "./data_file.ts";
import { DataError, DataTable, type EntryValue } from "./data_table.ts";
import { namesOf } from "./entry_key.ts";
import { readFolders } from "./folders.ts";

/** Milliseconds that a change waits to be written together with others. */
const WRITE_DELAY = 200;

/** Number of changes that are written without waiting for more. */
const WRITE_COUNT = 8192;

/** Milliseconds until a write that failed is tried again. */
const RETRY_DELAY = 1_000;

/** Where scripts' data are kept. */
export interface DataStoreOptions {
  /** The folder of `data.db`; both are made when there is something to keep. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * What scripts keep, in memory and in a file. A change is in the file at most {@link WRITE_DELAY}
 * later. When the file cannot be written (disk full, read-only folder, another server), changes are
 * refused with a {@link DataError} until it can; what was accepted before is kept and written then.
 */
export class DataStore {
  root!: DataTable;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #directory: string;
  #file: DataFile | undefined;
  /** Why changes cannot be kept now. */
  #failure: string | undefined;
  #unread: string | undefined;
  #changes: Map<string, EntryValue | undefined> = new Map();
  /** When the oldest of these was made. */
  #since = 0;
  #timer: Timer | undefined;
  #syncing: Promise<void> | undefined;
  #isSyncDue = false;

  private constructor(options: DataStoreOptions) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#directory = options.directory;
    this.#clear();
  }

  get #path(): string {
    return `${this.#directory}/data.db`;
  }

  /** Opens a store. It never fails: what is wrong is logged, and told when scripts write. */
  static open(options: DataStoreOptions): DataStore {
    const store = new DataStore(options);
    const { directory } = options;
    try {
      if (exists(store.#path)) store.#load();
      else if (exists(directory)) store.#importFolders(directory);
    } catch (error) {
      store.#unread = errorText(error);
      store.#fail(store.#unread);
    }
    return store;
  }

  /** Why what was kept before could not be read; undefined when it could, or there was nothing. */
  get unread(): string | undefined {
    return this.#unread;
  }

  /** Why changes cannot be kept now; undefined when they can. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** The table of the application at a path, "" or "/a/b". */
  application(path: string): DataTable {
    return this.root.application(path);
  }

  /** Writes all changes now. */
  write(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#changes.size === 0 || this.#file === undefined) return;
    try {
      this.#file.write(this.#changes);
    } catch (error) {
      this.#fail(errorText(error));
      this.#timer = this.#clock.after(RETRY_DELAY, () => this.write());
      return;
    }
    this.#changes = new Map();
    if (this.#failure !== undefined) this.#log.note("data is written again");
    this.#failure = undefined;
    this.#sync();
  }

  /** Writes what is left and closes the file; nothing is kept from then on. */
  async close(): Promise<void> {
    this.write();
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#changes.size > 0) {
      this.#log.error(`${this.#changes.size} changes of data are lost: ${this.#failure}`);
    }
    this.#failure = "the server is stopping";
    const file = this.#file;
    this.#file = undefined;
    this.#isSyncDue = false;
    await this.#syncing;
    file?.close();
  }

  #clear(): void {
    this.root = DataTable.root({
      check: () => this.#check(),
      record: (key, value) => this.#record(key, value),
    });
  }

  #check(): void {
    if (this.#file === undefined && this.#failure === undefined) this.#make();
    if (this.#failure !== undefined) throw new DataError(`data cannot be stored: ${this.#failure}`);
  }

  #record(key: string, value: EntryValue | undefined): void {
    const now = this.#clock.now();
    if (this.#changes.size === 0) this.#since = now;
    this.#changes.set(key, value);
    this.#timer ??= this.#clock.after(WRITE_DELAY, () => this.write());
    if (this.#failure !== undefined) return;
    // A script that runs for long keeps timers waiting.
    if (this.#changes.size >= WRITE_COUNT || now - this.#since >= WRITE_DELAY) this.write();
  }

  #fail(reason: string): void {
    if (reason !== this.#failure) this.#log.error(`data cannot be stored: ${reason}`);
    this.#failure = reason;
  }

  #sync(): void {
    this.#isSyncDue = true;
    if (this.#syncing !== undefined) return;
    this.#syncing = this.#syncAll().catch((error) => {
      this.#log.warn(`data is not on the disk yet: ${errorText(error)}`);
    }).finally(() => this.#syncing = undefined);
  }

  async #syncAll(): Promise<void> {
    while (this.#isSyncDue) {
      this.#isSyncDue = false;
      await this.#file?.sync();
    }
  }

  #make(): void {
    try {
      Deno.mkdirSync(this.#directory, { recursive: true });
      this.#load();
    } catch (error) {
      this.#fail(errorText(error));
    }
  }

  #load(): void {
    try {
      const file = this.#file = DataFile.open(this.#path);
      file.load((key, value) => this.#restore(key, value));
      if (file.readOnly !== undefined) {
        this.#file = undefined;
        file.close();
        this.#fail(file.readOnly);
      }
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#file?.close();
      this.#file = undefined;
      this.#clear();
      this.#salvage(errorText(error));
    }
  }

  /** Sets a damaged file aside and begins a new one with all that can be read of it. */
  #salvage(reason: string): void {
    const path = this.#path;
    const aside = `${path}.damaged-${this.#clock.epoch()}`;
    this.#log.error(`${path} is damaged (${reason}): it is now ${aside}`);
    Deno.renameSync(path, aside);
    for (const tail of ["-wal", "-shm"]) {
      if (exists(path + tail)) Deno.renameSync(path + tail, aside + tail);
    }
    this.#file = DataFile.open(path);
    let count = 0;
    DataFile.salvage(aside, (key, value) => {
      if (!this.#restore(key, value) || value === undefined) return;
      this.#record(key, value);
      count++;
    });
    this.write();
    this.#log.note(`${count} entries of data could be read and are kept`);
  }

  #restore(key: string, value: EntryValue | undefined): boolean {
    const names = namesOf(key);
    const path = names === undefined ? "?" : `/${names.join("/")}`;
    if (names === undefined || value === undefined) {
      this.#log.error(`data at ${path} is damaged and skipped`);
    } else if (!this.root.restore(names, value)) {
      this.#log.error(`data at ${path} is skipped: another entry is in its place`);
    } else {
      return true;
    }
    return false;
  }

  #importFolders(directory: string): void {
    const count = readFolders(directory, this.root, (fault) => this.#log.error(`data: ${fault}`));
    if (count > 0) this.#log.note(`${count} values of MonaServer's folder ${directory} imported`);
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
