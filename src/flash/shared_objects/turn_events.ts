import type { ObjectEvent } from "./update.ts";

const NOTHING = new Uint8Array(0);

/** What happened to an object in this turn, in order; of each slot the last event counts. */
export class TurnEvents {
  #events: ObjectEvent[] = [];
  /** Where in {@link #events} the last change of each slot is. */
  readonly #latest = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  add(event: ObjectEvent): void {
    this.#events.push(event);
  }

  /** Adds an event of a slot, which makes an earlier one void. */
  replace(name: string, event: ObjectEvent): void {
    this.#void(name);
    this.#latest.set(name, this.#events.push(event) - 1);
  }

  /** Adds an event that makes those of all slots void. */
  replaceAll(event: ObjectEvent): void {
    for (const name of [...this.#latest.keys()]) this.#void(name);
    this.#events.push(event);
  }

  /** Hands the events over. */
  take(): ObjectEvent[] {
    const events = this.#events;
    this.#events = [];
    this.#latest.clear();
    return events;
  }

  #void(name: string): void {
    const at = this.#latest.get(name);
    const event = at === undefined ? undefined : this.#events[at];
    if (at === undefined || event === undefined) return;
    this.#latest.delete(name);
    this.#events[at] = event.kind === "set"
      ? { ...event, value: NOTHING, isVoid: true }
      : { ...event, isVoid: true };
  }
}
