import type { Clock, Timer } from "../base/mod.ts";
import type { Log } from "../logs/mod.ts";
import { ROOM_INTERVAL } from "./params.ts";
import type { Storage } from "./storage.ts";

export interface RoomOptions {
  readonly storage: Storage;
  readonly folder: string;
  /** Bytes that are left to others; 0 for none. */
  readonly minFree: number;
  readonly clock: Clock;
  readonly log: Log;
}

/** Looks, while it is watched, whether the disk has room for recordings. */
export class Room {
  readonly #options: RoomOptions;
  #timer: Timer | undefined;
  #isLooking = false;
  #hasRoom = true;

  constructor(options: RoomOptions) {
    this.#options = options;
  }

  /** False while nothing is to be recorded. */
  get hasRoom(): boolean {
    return this.#hasRoom;
  }

  /** @param isWatched something is, or would be, recorded */
  watch(isWatched: boolean): void {
    if (this.#options.minFree === 0 || isWatched === (this.#timer !== undefined)) return;
    this.#timer?.cancel();
    this.#timer = isWatched
      ? this.#options.clock.every(ROOM_INTERVAL, () => void this.#look())
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
    const hasRoom = this.#hasRoom ? free >= minFree : free >= minFree * 1.1;
    if (hasRoom === this.#hasRoom) return;
    this.#hasRoom = hasRoom;
    if (hasRoom) log.note(`${folder} has space again: recording resumes`);
    else {
      const [has, wanted] = [free, minFree].map((bytes) => Math.floor(bytes / 1_000_000));
      log.error(`recording pauses: ${folder} has ${has} MB left, record.minFree is ${wanted} MB`);
    }
  }
}
