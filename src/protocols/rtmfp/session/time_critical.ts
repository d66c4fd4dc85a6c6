import type { Clock } from "../../../base/mod.ts";
import { TIME_CRITICAL_PERIOD } from "../params.ts";

/**
 * Times of time-critical data, sent and received, over all sessions of one endpoint: bulk transfer
 * in other sessions slows down for it (RFC 7016 §3.5.2.1 and appendix A).
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

  /** True when another session received time-critical data within TIME_CRITICAL_PERIOD. */
  receivedElsewhere(session: object): boolean {
    const at = session === this.#receiver ? this.#receivedByOtherAt : this.#receivedAt;
    return this.clock.now() - at < TIME_CRITICAL_PERIOD;
  }
}

/** Times of one session's time-critical data. */
export class TimeCritical {
  readonly #registry: TimeCriticalRegistry;
  #sentAt = -Infinity;
  #reverseAt = -Infinity;

  constructor(registry: TimeCriticalRegistry) {
    this.#registry = registry;
  }

  get hasSentLately(): boolean {
    return this.#isRecent(this.#sentAt);
  }

  get fastGrowAllowed(): boolean {
    return !this.#isRecent(this.#reverseAt) && !this.#isRecent(this.#registry.sentAt);
  }

  /** Whether our packets ask the peer to slow down: the flag Time Critical Reverse Notification. */
  get isReverse(): boolean {
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

  #isRecent(at: number): boolean {
    return this.#registry.clock.now() - at < TIME_CRITICAL_PERIOD;
  }
}
