import type { HubObserver, Listener, Publication, RecordedFile } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import { HOOK_EVENT_LANES, MAX_HOOK_EVENTS } from "../params.ts";
import type { Hook } from "./hook.ts";
import { type HookEvent, type Told, toldOf, toldOfOrigin } from "./told.ts";

/** Tells the hook of publications and plays that begin and end: those of one client in order. */
export class HookEvents implements HubObserver {
  readonly #hook: Hook;
  readonly #log: Log;
  readonly #lanes: Told[][] = Array.from({ length: HOOK_EVENT_LANES }, () => []);
  readonly #busy = new Set<number>();
  readonly #end = new AbortController();
  /** Who began a publication: at its end it has no publisher any more. */
  readonly #begun = new WeakMap<Publication, Told>();
  #size = 0;
  #isFull = false;

  constructor(hook: Hook, log: Log) {
    this.#hook = hook;
    this.#log = log;
  }

  /** Events that wait to be told. */
  get waiting(): number {
    return this.#size;
  }

  onPublished(publication: Publication): void {
    const { publisher, origin, localName: stream, parameters } = publication;
    // A stream of another server of the cluster was told by that one.
    if (origin === undefined || origin.kind === "server") return;
    const told = publisher === undefined
      ? toldOfOrigin(origin, "publish", publication)
      : toldOf(publisher, { action: "publish", isEvent: true, stream, parameters });
    this.#begun.set(publication, told);
    this.#add(told);
  }

  onUnpublished(publication: Publication): void {
    const begun = this.#begun.get(publication);
    if (begun === undefined) return;
    this.#begun.delete(publication);
    this.#add({ ...begun, action: "unpublish" });
  }

  onRecorded(publication: Publication, file: RecordedFile): void {
    const { origin, publisherId: client, localName } = publication;
    if (origin === undefined) return;
    const told = toldOfOrigin(origin, "recorded", { application: file.application, localName });
    this.#add({ ...told, client, file: file.path });
  }

  onSubscribed(listener: Listener): void {
    this.#tellOf(listener, "play");
  }

  onUnsubscribed(listener: Listener): void {
    this.#tellOf(listener, "stop");
  }

  /** What waits is not told any more. */
  close(): void {
    this.#end.abort(new Error("the server stops"));
    for (const lane of this.#lanes) lane.length = 0;
  }

  #tellOf(
    { client, publication: { localName: stream }, parameters }: Listener,
    action: HookEvent,
  ): void {
    this.#add(toldOf(client, { action, isEvent: true, stream, parameters }));
  }

  #add(told: Told): void {
    if (this.#end.signal.aborted) return;
    if (this.#size >= MAX_HOOK_EVENTS) {
      if (!this.#isFull) this.#log.warn("the hook is too slow for its events: some are left out");
      this.#isFull = true;
      return;
    }
    this.#size++;
    const index = laneOf(told.client);
    this.#lanes[index]?.push(told);
    if (!this.#busy.has(index)) void this.#drain(index);
  }

  async #drain(index: number): Promise<void> {
    this.#busy.add(index);
    const lane = this.#lanes[index] ?? [];
    for (let next = lane.shift(); next !== undefined; next = lane.shift()) {
      await this.#hook.tell(next, this.#end.signal);
      this.#size--;
    }
    this.#busy.delete(index);
    if (this.#size < MAX_HOOK_EVENTS / 2) this.#isFull = false;
  }
}

/** Ids are random: their first characters spread them evenly. */
function laneOf(client: string): number {
  const digits = parseInt(client.slice(0, 4), 16);
  return (Number.isNaN(digits) ? 0 : digits) % HOOK_EVENT_LANES;
}
