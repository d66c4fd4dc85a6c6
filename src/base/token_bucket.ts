/** A rate limit that lets a burst through: one second's worth unless told otherwise. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #filledAt: number;
  readonly #onRefused: (() => void) | undefined;
  #isTold = false;

  /** @param onRefused told of the first refusal, and of the first one after each time of rest */
  constructor(
    perSecond: number,
    now: number,
    burst = perSecond,
    onRefused: (() => void) | undefined = undefined,
  ) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#filledAt = now;
    this.#onRefused = onRefused;
  }

  /**
   * True when one more may be done at `now` (milliseconds).
   * @param weight how many it counts for; above a burst, as much as that
   */
  take(now: number, weight = 1): boolean {
    this.#fill(now);
    const taken = Math.min(weight, Math.max(1, this.#burst));
    if (this.#tokens < taken) {
      if (!this.#isTold) this.#onRefused?.();
      this.#isTold = true;
      return false;
    }
    if (this.#tokens === this.#burst) this.#isTold = false;
    this.#tokens -= taken;
    return true;
  }

  /** True when nothing was done lately: a new bucket would be no different. */
  isFull(now: number): boolean {
    this.#fill(now);
    return this.#tokens === this.#burst;
  }

  #fill(now: number): void {
    const refill = (now - this.#filledAt) * this.#perSecond / 1000;
    this.#tokens = Math.min(this.#burst, this.#tokens + refill);
    this.#filledAt = now;
  }
}

/** Number of keys above which idle ones are removed. */
const MANY_KEYS = 1_024;

/** The same rate limit for each of many, such as addresses. */
export class TokenBuckets {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #onRefused: ((key: string) => void) | undefined;
  readonly #buckets = new Map<string, TokenBucket>();
  #sweepAt = MANY_KEYS;

  /**
   * @param perSecond 0 for no limit
   * @param onRefused told of a key's first refusal, and of the first one after each time of rest
   */
  constructor(perSecond: number, burst: number, onRefused?: (key: string) => void) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#onRefused = onRefused;
  }

  /** Those remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** True when `key` may do one more at `now` (milliseconds), which counts for `weight`. */
  take(key: string, now: number, weight = 1): boolean {
    if (this.#perSecond === 0) return true;
    let bucket = this.#buckets.get(key);
    if (bucket === undefined) {
      if (this.#buckets.size >= this.#sweepAt) this.#sweep(now);
      const onRefused = this.#onRefused;
      const told = onRefused && (() => onRefused(key));
      bucket = new TokenBucket(this.#perSecond, now, this.#burst, told);
      this.#buckets.set(key, bucket);
    }
    return bucket.take(now, weight);
  }

  /** The next look is when there are twice as many as are left: each key is looked at twice at most. */
  #sweep(now: number): void {
    for (const [key, bucket] of this.#buckets) if (bucket.isFull(now)) this.#buckets.delete(key);
    this.#sweepAt = Math.max(MANY_KEYS, 2 * this.#buckets.size);
  }
}
