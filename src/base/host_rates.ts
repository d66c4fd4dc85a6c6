import { TokenBucket, TokenBuckets } from "./token_bucket.ts";

/**
 * A rate limit for what any host may ask for, such as key agreements: one host that floods has half
 * of it, and leaves the other half to all others.
 */
export class HostRates {
  readonly #all: TokenBucket;
  readonly #hosts: TokenBuckets;

  /**
   * @param perSecond of all hosts, and in one burst
   * @param tell told of the first refusal after each time of rest: of a `host`, or of all
   */
  constructor(
    perSecond: number,
    now: number,
    tell: (perSecond: number, host?: string) => void,
  ) {
    const half = Math.ceil(perSecond / 2);
    this.#all = new TokenBucket(perSecond, now, undefined, () => tell(perSecond));
    this.#hosts = new TokenBuckets(half, half, (host) => tell(half, host));
  }

  /** True when `host` may have one more at `now` (milliseconds), which counts for `weight`. */
  take(host: string, now: number, weight = 1): boolean {
    return this.#hosts.take(host, now, weight) && this.#all.take(now, weight);
  }
}
