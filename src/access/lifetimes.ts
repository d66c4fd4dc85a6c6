import type { Clock, Timer } from "../base/mod.ts";
import { Client, type HubObserver, Listener, type Publication } from "../hub/mod.ts";

/** What a permission is for. */
export type Permitted = Client | Listener | Publication;

/** Permissions that end while what they are for may still be under way. */
export class Lifetimes implements HubObserver {
  readonly #clock: Clock;
  /** When they end, by the clock, of what has not begun yet. */
  readonly #ends = new WeakMap<Permitted, number>();
  readonly #timers = new Map<Permitted, Timer>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param lifetime seconds from now on; undefined for a permission without an end */
  grant(permitted: Permitted, lifetime: number | undefined): void {
    if (lifetime === undefined) this.#ends.delete(permitted);
    else this.#ends.set(permitted, this.#clock.now() + lifetime * 1000);
  }

  onConnected(client: Client): void {
    this.#begin(client);
  }

  onDisconnected(client: Client): void {
    this.#forget(client);
  }

  onPublished(publication: Publication): void {
    if (publication.publisher === undefined) this.#ends.delete(publication);
    else this.#begin(publication);
  }

  onUnpublished(publication: Publication): void {
    this.#forget(publication);
  }

  onSubscribed(listener: Listener): void {
    this.#begin(listener);
  }

  onUnsubscribed(listener: Listener): void {
    this.#forget(listener);
  }

  /** Nothing ends any more. */
  close(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }

  #begin(permitted: Permitted): void {
    const end = this.#ends.get(permitted);
    if (end === undefined) return;
    this.#ends.delete(permitted);
    this.#timers.set(
      permitted,
      this.#clock.after(end - this.#clock.now(), () => {
        this.#timers.delete(permitted);
        endOf(permitted);
      }),
    );
  }

  #forget(permitted: Permitted): void {
    this.#timers.get(permitted)?.cancel();
    this.#timers.delete(permitted);
  }
}

const OVER = "the permission is over";

function endOf(permitted: Permitted): void {
  if (permitted instanceof Client) permitted.writer.close();
  else if (permitted instanceof Listener) permitted.end("Play.Failed", OVER);
  else permitted.closePublisher("Publish.Failed", OVER);
}
