import type { Client, Hub, Listener } from "../hub/mod.ts";

/** A subscription that waits for the first key frame from now on, to take another one's place. */
export class Switchover {
  readonly listener: Listener;
  readonly #hub: Hub;
  readonly #onKey: (listener: Listener) => void;
  /** Bytes of the publication so far. */
  readonly #since: number;
  /** Who hears of the listener's media once it has taken the other one's place. */
  ready: (() => void) | undefined;
  #isOver = false;

  /**
   * @param onKey the listener begins with the key frame that has come
   * @param sink what the listener is told, beside that there is something to take
   * @throws Refusal
   */
  constructor(
    hub: Hub,
    client: Client,
    name: string,
    parameters: ReadonlyMap<string, string>,
    sink: { overrun(): void; status(code: string, description: string): void },
    onKey: (listener: Listener) => void,
  ) {
    this.#hub = hub;
    this.#onKey = onKey;
    this.listener = hub.subscribe(client, name, { ...sink, ready: () => this.#look() }, parameters);
    this.#since = this.listener.publication.position;
    this.listener.paused = true;
    this.#skip();
  }

  /** The listener leaves, unless it has taken its place. */
  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#hub.unsubscribe(this.listener);
  }

  #look(): void {
    if (this.ready !== undefined) return this.ready();
    if (this.#isOver) return;
    const { publication } = this.listener;
    const { lastKey } = publication;
    const hasStart = lastKey >= this.#since || (!publication.kinds.video && publication.running);
    if (!hasStart) return this.#skip();
    this.#isOver = true;
    const from = lastKey >= this.#since ? lastKey : this.#since;
    this.listener.beginAt(from);
    this.#onKey(this.listener);
  }

  #skip(): void {
    while (this.listener.next() !== undefined);
  }
}
