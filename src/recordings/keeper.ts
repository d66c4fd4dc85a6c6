import { type Clock, errorText } from "../base/mod.ts";
import type { RecordedFile } from "../hub/mod.ts";
import type { Log } from "../logs/mod.ts";
import type { Catalog } from "./catalog.ts";
import type { Storage } from "./storage.ts";

/** How long, and how much, recordings are kept. */
export interface KeepRules {
  /** Milliseconds after its end for which a recording is kept; 0 for ever. */
  readonly keepTime: number;
  /** Bytes of all recordings, past which the oldest are deleted; 0 for any size. */
  readonly keepSize: number;
  /** Bytes free on the disk, below which the oldest are deleted; 0 for never. */
  readonly keepFree: number;
}

export interface KeeperOptions {
  readonly rules: KeepRules;
  readonly catalog: Catalog;
  readonly storage: Storage;
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Deletes the recordings that are too old or too many. It touches no file without an index. */
export class Keeper {
  readonly #options: KeeperOptions;
  /** Files that could not be deleted: told once. */
  readonly #stuck = new Set<string>();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Deletes what is to go now, the oldest first. */
  async look(): Promise<void> {
    const { rules: { keepTime, keepSize, keepFree }, catalog, clock } = this.#options;
    if (keepTime === 0 && keepSize === 0 && keepFree === 0) return;
    const files = catalog.find().filter(({ path }) => !this.#stuck.has(path));
    let total = files.reduce((sum, { size }) => sum + size, 0);
    const oldest = clock.epoch() - keepTime;
    for (const file of files) {
      const isOld = keepTime > 0 && file.start + file.duration < oldest;
      const isTooMuch = keepSize > 0 && total > keepSize;
      if (!isOld && !isTooMuch && !await this.#isFull(keepFree)) break;
      await this.#remove(file, isOld ? "too old" : "no room for it");
      total -= file.size;
    }
  }

  async #isFull(keepFree: number): Promise<boolean> {
    if (keepFree === 0) return false;
    const { storage, folder } = this.#options;
    const free = await storage.free(folder);
    return free !== undefined && free < keepFree;
  }

  async #remove(file: RecordedFile, why: string): Promise<void> {
    const { catalog, log } = this.#options;
    try {
      await catalog.remove(file);
      log.info(`deleted ${file.path}: ${why}`);
    } catch (error) {
      this.#stuck.add(file.path);
      log.warn(`cannot delete a recording: ${errorText(error)}`);
    }
  }
}
