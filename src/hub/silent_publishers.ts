import type { Clock, Timer } from "../base/mod.ts";
import { PUBLISHER_TIMEOUT } from "./params.ts";
import type { Publication } from "./publication.ts";

/** Publishers whose name another client wants: one that stays silent loses it. */
export class SilentPublishers {
  readonly #clock: Clock;
  readonly #timers: Map<Publication, Timer> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Another wants the name: a publisher that is not heard from until the timeout is gone, whatever
   * its protocol. Each one that can asks it for a sign.
   */
  probe(publication: Publication): void {
    const { publisher } = publication;
    if (publisher === undefined || this.#timers.has(publication)) return;
    const heard = publisher.lastReception;
    const timer = this.#clock.after(PUBLISHER_TIMEOUT, () => {
      this.#timers.delete(publication);
      if (publication.publisher !== publisher || publisher.lastReception !== heard) return;
      const { name } = publication;
      const reason = `${name} is wanted, and its publisher is silent`;
      publication.closePublisher(undefined, reason);
      publisher.end("silent", reason);
    });
    this.#timers.set(publication, timer);
    publication.probePublisher();
  }

  /** The publisher is gone. */
  forget(publication: Publication): void {
    this.#timers.get(publication)?.cancel();
    this.#timers.delete(publication);
  }
}
