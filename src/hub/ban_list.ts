import { AddressRanges } from "../base/mod.ts";

export { hostOf } from "../base/mod.ts";

/** Addresses and ranges of addresses that no protocol talks to. */
export class BanList {
  readonly #banned = new AddressRanges();
  readonly #watchers: Set<() => void> = new Set();
  #isTelling = false;

  /** What is banned: addresses, then ranges such as `10.0.0.0/8`. */
  get entries(): string[] {
    return this.#banned.entries;
  }

  /**
   * Bans an IPv4 or IPv6 address, one with a port (which is ignored), or a range in CIDR form.
   * @returns how {@link entries} has it
   * @throws TypeError when it is none of them
   */
  ban(text: string): string {
    const entry = this.#banned.add(text);
    this.#tell();
    return entry;
  }

  /**
   * Lifts the ban of exactly this address or range.
   * @returns how {@link entries} had it; undefined when it was not there
   * @throws TypeError when it is neither
   */
  unban(text: string): string | undefined {
    return this.#banned.delete(text);
  }

  /** Whether a peer is refused; `host` is its numerical address, without a port. */
  isBanned(host: string): boolean {
    return this.#banned.has(host);
  }

  /**
   * Calls `cut` after something was banned, for those that hold connections to look through them.
   * It runs after the event that banned, which may be one of the peer's own.
   * @returns what ends it
   */
  watch(cut: () => void): () => void {
    const watcher = () => cut();
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(() => {
      this.#isTelling = false;
      for (const watcher of [...this.#watchers]) watcher();
    });
  }
}
