/** Limits the requests to each host at one time; others wait, in order. */
export class HostSlots {
  readonly #most: number;
  readonly #hosts = new Map<string, { inside: number; readonly waiting: (() => void)[] }>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves with what leaves again; rejects with the signal's reason. */
  async enter(name: string, signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    let host = this.#hosts.get(name);
    if (host === undefined) this.#hosts.set(name, host = { inside: 0, waiting: [] });
    const entered = host;
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
      // The first that waits takes this slot.
      const next = entered.waiting.shift();
      if (next !== undefined) return next();
      if (--entered.inside === 0) this.#hosts.delete(name);
    };
  }
}
