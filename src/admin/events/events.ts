import type { Clock, Timer } from "../../base/mod.ts";
import { type Conceal, type EventKind, PING, ServerEvent } from "./event.ts";
import { EventReader } from "./event_reader.ts";

/** Events that are kept for readers that come again. */
const KEPT = 500;

/** Readers at one time. */
export const MAX_READERS = 50;

/** Milliseconds between two signs of life. */
const PING_INTERVAL = 15_000;

/** The stream of events of the server, for its subscribers. */
export class Events {
  readonly #clock: Clock;
  readonly #conceal: Conceal;
  readonly #readers = new Set<EventReader>();
  readonly #timer: Timer;
  #kept: ServerEvent[] = [];
  #count = 0;

  /** @param conceal takes known secrets out of what is told */
  constructor(clock: Clock, conceal: Conceal = (text) => text) {
    this.#clock = clock;
    this.#conceal = conceal;
    this.#timer = clock.every(PING_INTERVAL, () => {
      for (const reader of this.#readers) reader.ping(PING);
    });
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** Tells all readers. */
  add(kind: EventKind, data: Readonly<Record<string, unknown>>): void {
    const told = { at: this.#clock.epoch(), ...data };
    const event = new ServerEvent(++this.#count, kind, told, this.#conceal);
    this.#kept.push(event);
    if (this.#kept.length > 2 * KEPT) this.#kept = this.#kept.slice(-KEPT);
    for (const reader of this.#readers) reader.add(event);
  }

  /**
   * A new reader; undefined when there are too many.
   * @param after id of the newest event that it has seen: what is kept of later ones comes first
   */
  read(wants: (event: ServerEvent) => boolean, after?: number): EventReader | undefined {
    if (this.#readers.size >= MAX_READERS) return undefined;
    const reader: EventReader = new EventReader(wants, () => this.#readers.delete(reader));
    this.#readers.add(reader);
    // A greater id is of a server before this one.
    const seen = after === undefined ? this.#count : after > this.#count ? 0 : after;
    for (const event of this.#kept.slice(-KEPT)) if (event.id > seen) reader.add(event);
    reader.ping(PING);
    return reader;
  }

  close(): void {
    this.#timer.cancel();
  }
}
