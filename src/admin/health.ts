import type { Clock } from "../base/mod.ts";

/** Tells whether one thing is as it must be. */
export type Check = () => boolean | Promise<boolean>;

/** Milliseconds for which an answer is cached, so that frequent checks cost nothing. */
const FRESHNESS = 1_000;

/** Whether the server is ready for clients, and what keeps it from that. */
export interface Readiness {
  readonly isReady: boolean;
  readonly checks: Readonly<Record<string, boolean>>;
}

/** What must be well before clients are sent to this server. */
export class Health {
  readonly #clock: Clock;
  readonly #checks: Readonly<Record<string, Check>>;
  #askedAt = -Infinity;
  #readiness: Promise<Readiness> | undefined;

  /** @param checks by the names that are shown; one that throws has failed */
  constructor(clock: Clock, checks: Readonly<Record<string, Check>>) {
    this.#clock = clock;
    this.#checks = checks;
  }

  readiness(): Promise<Readiness> {
    const now = this.#clock.now();
    if (this.#readiness === undefined || now - this.#askedAt >= FRESHNESS) {
      this.#askedAt = now;
      this.#readiness = this.#look();
    }
    return this.#readiness;
  }

  async #look(): Promise<Readiness> {
    const results = await Promise.all(
      Object.entries(this.#checks).map(async ([name, check]) =>
        [name, await passes(check)] as const
      ),
    );
    return {
      isReady: results.every(([, isWell]) => isWell),
      checks: Object.fromEntries(results),
    };
  }
}

async function passes(check: Check): Promise<boolean> {
  try {
    return await check();
  } catch {
    return false;
  }
}
