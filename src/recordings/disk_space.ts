import type { Clock, Timer } from "../base/mod.ts";
import type { Log } from "../logs/mod.ts";
import { DISK_SPACE_INTERVAL } from "./params.ts";
import type { Storage } from "./storage.ts";

export interface DiskSpaceOptions {
  readonly storage: Storage;
  readonly folder: string;
  /** Bytes that are left to others; 0 for none. */
  readonly minFree: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Looks, while it is watched, whether the disk has space for recordings. */
export class DiskSpace {
  readonly #options: DiskSpaceOptions;
  #timer: Timer | undefined;
  #isLooking = false;
  #hasSpace = true;

  constructor(options: DiskSpaceOptions) {
    this.#options = options;
  }

  /** False while nothing is to be recorded. */
  get hasSpace(): boolean {
    return this.#hasSpace;
  }

  /** @param isWatched something is, or would be, recorded */
  watch(isWatched: boolean): void {
    if (this.#options.minFree === 0 || isWatched === (this.#timer !== undefined)) return;
    this.#timer?.cancel();
    this.#timer = isWatched
      ? this.#options.clock.every(DISK_SPACE_INTERVAL, () => void this.#look())
      : undefined;
    if (isWatched) void this.#look();
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { storage, folder, minFree, log } = this.#options;
    const free = await storage.free(folder);
    this.#isLooking = false;
    // A disk that says nothing may be gone: then writing fails, which is told elsewhere.
    if (free === undefined) return;
    const hasSpace = this.#hasSpace ? free >= minFree : free >= minFree * 1.1;
    if (hasSpace === this.#hasSpace) return;
    this.#hasSpace = hasSpace;
    if (hasSpace) log.note(`${folder} has space again: recording resumes`);
    else {
      const [has, wanted] = [free, minFree].map((bytes) => Math.floor(bytes / 1_000_000));
      log.error(`recording pauses: ${folder} has ${has} MB left, record.minFree is ${wanted} MB`);
    }
  }
}
