import type { Client, Hub, Listener, ListenerSink, ShapedStream } from "../../hub/mod.ts";
import type { Container } from "../../media/mod.ts";
import type { BodySource } from "./wire/response.ts";

/** A publication as the endless body of a response; a slow reader falls under the hub's rules. */
export class LiveStream implements BodySource, ListenerSink {
  /** Only the end of the connection ends it: every client understands that, chunks cost a copy. */
  readonly length = undefined;
  readonly #hub: Hub;
  readonly #listener: Listener;
  readonly #stream: ShapedStream;
  readonly #container: Container;
  #wake: () => void = () => {};
  #end: (failure?: string) => void = () => {};
  #isHeaded = false;
  /** Media that wait behind the head. */
  #first: Uint8Array | undefined;
  #isOver = false;

  /** @throws Refusal */
  constructor(
    hub: Hub,
    client: Client,
    name: string,
    parameters: ReadonlyMap<string, string>,
    container: Container,
  ) {
    this.#hub = hub;
    this.#container = container;
    this.#listener = hub.subscribe(client, name, this, parameters);
    this.#stream = this.#listener.publication.stream(this.#listener, container.shape());
  }

  get more(): boolean {
    return this.#first !== undefined || this.#stream.more;
  }

  start(wake: () => void, end: (failure?: string) => void): void {
    this.#wake = wake;
    this.#end = end;
    wake();
  }

  /** The container's head comes with the first media, when it is known what kinds there are. */
  take(wanted: number): Uint8Array | undefined {
    const bytes = this.#first ?? this.#stream.take(wanted);
    this.#first = undefined;
    if (bytes === undefined || this.#isHeaded) return bytes;
    this.#isHeaded = true;
    const head = this.#container.head?.(this.#listener.publication.kinds);
    if (head === undefined) return bytes;
    this.#first = bytes;
    return head;
  }

  ready(): void {
    this.#wake();
  }

  overrun(): void {
    this.#over("the player does not keep up");
  }

  /** Only an end can be told: the media stop. */
  status(code: string, description: string): void {
    if (/\.(Failed|Stop)$/.test(code)) this.#over(description);
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream.close();
    this.#hub.unsubscribe(this.#listener);
  }

  #over(reason: string): void {
    if (this.#isOver) return;
    this.close();
    this.#end(reason);
  }
}
