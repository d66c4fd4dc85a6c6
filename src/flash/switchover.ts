import { andThen, type Later } from "../base/mod.ts";
import type { Client, Hub, Listener, ListenerSink } from "../hub/mod.ts";

/** A subscription that waits for the first key frame from now on, to take another one's place. */
export class Switchover {
  readonly #hub: Hub;
  readonly #sink: ListenerSink;
  readonly #onKey: (listener: Listener) => void;
  #listener: Listener | undefined;
  /** Bytes of the publication before this. */
  #since = 0;
  /** Told of the listener's media once it has taken the other one's place. */
  ready: (() => void) | undefined;
  #isOver = false;

  /**
   * @param sink what the listener is told, beside that there is something to take
   * @param onKey the listener begins with the key frame that has come
   */
  constructor(
    hub: Hub,
    sink: Omit<ListenerSink, "ready">,
    onKey: (listener: Listener) => void,
  ) {
    this.#hub = hub;
    this.#sink = { ...sink, ready: () => this.#look() };
    this.#onKey = onKey;
  }

  /** @throws Refusal, or rejects with it */
  open(client: Client, name: string, parameters: ReadonlyMap<string, string>): Later<void> {
    return andThen(this.#hub.subscribe(client, name, this.#sink, parameters), (listener) => {
      this.#listener = listener;
      this.#since = listener.publication.position;
      listener.isPaused = true;
      this.#skip(listener);
    });
  }

  /** The listener leaves, unless it has taken its place. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (this.#listener !== undefined) this.#hub.unsubscribe(this.#listener);
  }

  #look(): void {
    if (this.ready !== undefined) return this.ready();
    const listener = this.#listener;
    if (this.#isOver || listener === undefined) return;
    const { publication } = listener;
    const { lastKey } = publication;
    const hasStart = lastKey >= this.#since || (!publication.kinds.video && publication.isRunning);
    if (!hasStart) return this.#skip(listener);
    this.#isOver = true;
    const from = lastKey >= this.#since ? lastKey : this.#since;
    listener.beginAt(from);
    this.#onKey(listener);
  }

  #skip(listener: Listener): void {
    while (listener.next() !== undefined);
  }
}
