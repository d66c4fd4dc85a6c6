import type { Clock, Timer } from "../../base/mod.ts";
import type { BanList } from "../../hub/mod.ts";

/** A ban, and what is known of it. */
export interface Ban {
  /** The address, or the range. */
  readonly entry: string;
  /** When it ends, in milliseconds since the Unix epoch; null for the end of the server. */
  readonly until: number | null;
  /** Why, in the operator's words. */
  readonly words: string;
  readonly source: "control" | "script";
}

interface Timed extends Ban {
  readonly timer: Timer | undefined;
}

/** Bans that operators set, each for a time. They are kept in memory alone. */
export class TimedBans {
  readonly #list: BanList;
  readonly #clock: Clock;
  readonly #timed = new Map<string, Timed>();

  constructor(list: BanList, clock: Clock) {
    this.#list = list;
    this.#clock = clock;
  }

  /** Those of operators and those of scripts. */
  all(): Ban[] {
    return this.#list.entries.map((entry) => {
      const { until = null, words = "", source = "script" } = this.#timed.get(entry) ?? {};
      return { entry, until, words, source };
    });
  }

  /**
   * Bans an address or a range, and cuts its clients.
   * @param seconds 0 for as long as the server runs
   * @throws TypeError when it is neither
   */
  ban(address: string, seconds: number, words: string): Ban {
    const entry = this.#list.ban(address);
    this.#timed.get(entry)?.timer?.cancel();
    const until = seconds === 0 ? null : this.#clock.epoch() + seconds * 1000;
    const timer = seconds === 0
      ? undefined
      : this.#clock.after(seconds * 1000, () => this.unban(entry));
    const ban = { entry, until, words, source: "control" } as const;
    this.#timed.set(entry, { ...ban, timer });
    return ban;
  }

  /** False when it is not banned. @throws TypeError when it is no address and no range */
  unban(address: string): boolean {
    const entry = this.#list.unban(address);
    if (entry === undefined) return false;
    this.#timed.get(entry)?.timer?.cancel();
    this.#timed.delete(entry);
    return true;
  }

  close(): void {
    for (const { timer } of this.#timed.values()) timer?.cancel();
  }
}
