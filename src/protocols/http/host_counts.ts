/** How many of something each host has, and may have. */
export class HostCounts {
  readonly #limit: number;
  readonly #counts: Map<string, number> = new Map();

  /** @param limit 0 for any number */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Takes one more for `host:port`.
   * @returns what gives it back; undefined when the host has all that it may have
   */
  take(address: string): (() => void) | undefined {
    const host = address.slice(0, address.lastIndexOf(":"));
    const count = (this.#counts.get(host) ?? 0) + 1;
    if (this.#limit > 0 && count > this.#limit) return undefined;
    this.#counts.set(host, count);
    return () => {
      const left = (this.#counts.get(host) ?? 1) - 1;
      if (left === 0) this.#counts.delete(host);
      else this.#counts.set(host, left);
    };
  }
}
