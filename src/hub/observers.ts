import type { Later } from "../base/mod.ts";
import type { HubObserver } from "./observer.ts";
import { Refusal } from "./refusal.ts";
import type { Refused } from "./refused.ts";

/** Who hears what happens in the hub, in order of coming. */
export class Observers implements Iterable<HubObserver> {
  /** Never changed, so that observers may come and go while others are told. */
  #all: readonly HubObserver[] = [];

  /** Returns what takes the observer away again. */
  add(observer: HubObserver): () => void {
    this.#all = [...this.#all, observer];
    return () => {
      this.#all = this.#all.filter((other) => other !== observer);
    };
  }

  /** Does what a client asks for; who observes the hub is told when it is refused. */
  telling<T>(what: Omit<Refused, "refusal">, run: () => Later<T>): Later<T> {
    try {
      const value = run();
      if (!(value instanceof Promise)) return value;
      return value.catch((error) => this.#refuse(what, error));
    } catch (error) {
      this.#refuse(what, error);
    }
  }

  #refuse(what: Omit<Refused, "refusal">, error: unknown): never {
    if (error instanceof Refusal && error.redirect === undefined) {
      for (const each of this.#all) each.onRefused?.({ ...what, refusal: error });
    }
    throw error;
  }

  [Symbol.iterator](): Iterator<HubObserver> {
    return this.#all[Symbol.iterator]();
  }
}
