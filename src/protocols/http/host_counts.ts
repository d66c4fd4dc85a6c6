/** How many of something each host has, and may have. */
export class HostCounts {
  readonly #limit: number;
  readonly #counts: Map<string, number> = new Map();
  readonly #onRefused: ((host: string) => void) | undefined;
  /** Hosts that were told of, until they have half of what they may have. */
  readonly #told = new Set<string>();

  /**
   * @param limit 0 for any number
   * @param onRefused a host has begun to ask for more
   */
  constructor(limit: number, onRefused?: (host: string) => void) {
    this.#limit = limit;
    this.#onRefused = onRefused;
  }

  /**
   * Takes one more for `host:port`.
   * @returns what gives it back; undefined when the host has all that it may have
   */
  countConnection(address: string): (() => void) | undefined {
    const host = address.slice(0, address.lastIndexOf(":"));
    const count = (this.#counts.get(host) ?? 0) + 1;
    if (this.#limit > 0 && count > this.#limit) {
      if (!this.#told.has(host)) this.#onRefused?.(host);
      this.#told.add(host);
      return undefined;
    }
    this.#counts.set(host, count);
    return () => {
      const left = (this.#counts.get(host) ?? 1) - 1;
      if (left <= this.#limit / 2) this.#told.delete(host);
      if (left === 0) this.#counts.delete(host);
      else this.#counts.set(host, left);
    };
  }
}
