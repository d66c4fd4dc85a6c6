import type { Clock } from "../../../base/mod.ts";
import { TIME_CRITICAL_PERIOD } from "../params.ts";

/**
 * Who sends or receives time-critical data, over all sessions of one endpoint: bulk transfer to
 * others gives way to it (RFC 7016 §3.5.2.1 and appendix A).
 */
export class TimeCriticalRegistry {
  readonly clock: Clock;
  sentAt = -Infinity;
  #receiver: object | undefined;
  #receivedAt = -Infinity;
  #receivedByOtherAt = -Infinity;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  onReceived(session: object): void {
    if (session !== this.#receiver) {
      this.#receivedByOtherAt = this.#receivedAt;
      this.#receiver = session;
    }
    this.#receivedAt = this.clock.now();
  }

  /** True when another session than this one received such data lately. */
  receivedElsewhere(session: object): boolean {
    const at = session === this.#receiver ? this.#receivedByOtherAt : this.#receivedAt;
    return this.clock.now() - at < TIME_CRITICAL_PERIOD;
  }
}

/** One session's part in it. */
export class TimeCritical {
  readonly #registry: TimeCriticalRegistry;
  #sentAt = -Infinity;
  #reverseAt = -Infinity;

  constructor(registry: TimeCriticalRegistry) {
    this.#registry = registry;
  }

  get sentLately(): boolean {
    return this.#lately(this.#sentAt);
  }

  get fastGrowAllowed(): boolean {
    return !this.#lately(this.#reverseAt) && !this.#lately(this.#registry.sentAt);
  }

  /** Whether our packets tell the peer to hold back. */
  get reverse(): boolean {
    return this.#registry.receivedElsewhere(this);
  }

  onSent(): void {
    this.#sentAt = this.#registry.sentAt = this.#registry.clock.now();
  }

  onReceived(): void {
    this.#registry.onReceived(this);
  }

  onReverse(): void {
    this.#reverseAt = this.#registry.clock.now();
  }

  #lately(at: number): boolean {
    return this.#registry.clock.now() - at < TIME_CRITICAL_PERIOD;
  }
}
