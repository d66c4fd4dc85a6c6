/** So many may be in one place at a time; others wait, in order. */
export class Places {
  readonly #most: number;
  readonly #places = new Map<string, { inside: number; readonly waiting: (() => void)[] }>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves with what leaves again; rejects with the signal's reason. */
  async enter(name: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    let place = this.#places.get(name);
    if (place === undefined) this.#places.set(name, place = { inside: 0, waiting: [] });
    const entered = place;
    if (entered.inside >= this.#most) {
      await new Promise<void>((resolve, reject) => {
        const go = () => {
          signal.removeEventListener("abort", abort);
          resolve();
        };
        const abort = () => {
          entered.waiting.splice(entered.waiting.indexOf(go), 1);
          reject(signal.reason);
        };
        signal.addEventListener("abort", abort, { once: true });
        entered.waiting.push(go);
      });
    } else entered.inside++;
    return () => {
      // Whoever waits takes this place.
      const next = entered.waiting.shift();
      if (next !== undefined) return next();
      if (--entered.inside === 0) this.#places.delete(name);
    };
  }
}
