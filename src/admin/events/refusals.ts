import { ownText } from "../../bytes/mod.ts";
import type { HubObserver, Refused } from "../../hub/mod.ts";
import type { Events } from "./events.ts";
import { shownPeer } from "./hub_events.ts";

/** Refusals that are kept, the newest of all. */
const KEPT = 200;

/** Characters that are kept of what a client named, and of what it was told. */
const LONGEST_NAME = 200;
const LONGEST_WHY = 500;

/** Something that a client asked for in vain, as lists and events have it. */
export type ShownRefusal = ReturnType<typeof shownRefusal>;

/** The newest refusals: what was asked for, by whom, who refused it and why. */
export class Refusals implements HubObserver {
  readonly #events: Events;
  readonly #now: () => number;
  #kept: ShownRefusal[] = [];

  /** @param now milliseconds since the Unix epoch */
  constructor(events: Events, now: () => number) {
    this.#events = events;
    this.#now = now;
  }

  onRefused(refused: Refused): void {
    const shown = shownRefusal(refused, this.#now());
    this.#kept.push(shown);
    if (this.#kept.length > 2 * KEPT) this.#kept = this.#kept.slice(-KEPT);
    this.#events.add("refusal", shown);
  }

  /** The newest first. */
  get newest(): ShownRefusal[] {
    return this.#kept.slice(-KEPT).reverse();
  }
}

function shownRefusal({ asked, name, client, refusal }: Refused, at: number) {
  const { by, place, message } = refusal;
  return {
    at,
    asked,
    name: ownText(name, LONGEST_NAME),
    client: shownPeer(client),
    application: ownText(client.path || "/", LONGEST_NAME),
    by,
    why: ownText(message, LONGEST_WHY),
    file: place?.file ?? null,
    line: place?.line ?? null,
  };
}
