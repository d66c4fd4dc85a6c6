import type { HubObserver } from "./observer.ts";

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

  [Symbol.iterator](): Iterator<HubObserver> {
    return this.#all[Symbol.iterator]();
  }
}
