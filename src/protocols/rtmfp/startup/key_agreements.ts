import { type Clock, type Later, type Timer, TokenBucket } from "../../../base/mod.ts";
import {
  agree,
  agreeIn,
  type Agreement,
  cryptoEngine,
  type DiffieHellmanGroup,
  type PowerThread,
  PowerWorker,
} from "../../../crypto/mod.ts";
import { AGREEMENTS_AT_ONCE, MAX_PENDING_AGREEMENTS, THREAD_IDLE } from "../params.ts";

/** Agrees with the owner of a public key; undefined when that key gives the secret away. */
export type Agree = (
  group: DiffieHellmanGroup,
  publicKey: Uint8Array,
) => Later<Agreement | undefined>;

/** What an agreement takes, in those of group 2. */
const WORK: Readonly<Record<DiffieHellmanGroup, number>> = { 2: 1, 14: 4, 16: 20 };

/** What {@link KeyAgreements} needs. */
export interface KeyAgreementsOptions {
  readonly clock: Clock;
  /** Told when the thread has broken: from then on all are computed at once. */
  readonly onFault: (error: Error) => void;
  readonly start?: () => PowerThread;
}

/**
 * Key agreements of a responder. A few a second are computed at once; when there are more, a thread
 * of their own computes them, so that they do not delay media.
 */
export class KeyAgreements implements Disposable {
  readonly #options: KeyAgreementsOptions;
  readonly #atOnce: TokenBucket;
  #thread: PowerThread | undefined;
  #idle: Timer | undefined;
  #isBroken = false;

  constructor(options: KeyAgreementsOptions) {
    this.#options = options;
    this.#atOnce = new TokenBucket(AGREEMENTS_AT_ONCE, options.clock.now());
  }

  /** Whether the thread has as many to do as it may. */
  get isBusy(): boolean {
    return this.#thread !== undefined && this.#thread.pending >= MAX_PENDING_AGREEMENTS;
  }

  readonly agree: Agree = (group, publicKey) => {
    const { clock, onFault } = this.#options;
    const isFew = this.#thread === undefined && this.#atOnce.take(clock.now(), WORK[group]);
    if (isFew || this.#isBroken) return agree(group, publicKey);
    const thread = this.#started();
    return agreeIn(thread, group, publicKey).catch((error) => {
      if (thread !== this.#thread || thread.fault === undefined) throw error;
      if (!this.#isBroken) onFault(thread.fault);
      this.#isBroken = true;
      return agree(group, publicKey);
    });
  };

  [Symbol.dispose](): void {
    this.#idle?.cancel();
    const thread = this.#thread;
    this.#thread = undefined;
    thread?.[Symbol.dispose]();
  }

  #started(): PowerThread {
    const { clock, start = () => new PowerWorker(cryptoEngine().isNative) } = this.#options;
    this.#idle?.cancel();
    this.#idle = clock.after(THREAD_IDLE, () => this[Symbol.dispose]());
    return this.#thread ??= start();
  }
}
