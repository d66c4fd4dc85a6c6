import type { PausableInput } from "../../net/mod.ts";
import type { BodySink } from "./resource.ts";
import type { HttpResponse } from "./wire/response.ts";

/**
 * Where a body goes that its application decides about later. Nothing more is read meanwhile; what
 * was read already waits.
 */
export class LateSink implements BodySink {
  /** Rejects when the body is refused, or broken as far as it came. */
  readonly opened: Promise<void>;
  readonly #decision: Promise<BodySink>;
  readonly #early: Uint8Array[] = [];
  #sink: BodySink | undefined;
  #isClosed = false;

  constructor(decision: Promise<BodySink>, input: PausableInput) {
    this.#decision = decision;
    input.pause();
    this.opened = decision.then((sink) => this.#open(sink)).finally(() => input.resume());
  }

  get isOpen(): boolean {
    return this.#sink !== undefined;
  }

  receivePart(bytes: Uint8Array): void {
    if (this.#sink === undefined) this.#early.push(bytes.slice());
    else this.#sink.receivePart(bytes);
  }

  end(): HttpResponse | Promise<HttpResponse> {
    const end = (sink: BodySink) => sink.end();
    if (this.#sink !== undefined) return end(this.#sink);
    return this.opened.then(() => this.#decision).then(end);
  }

  close(): void {
    this.#isClosed = true;
    this.#early.length = 0;
    this.#sink?.close();
  }

  #open(sink: BodySink): void {
    if (this.#isClosed) return sink.close();
    this.#sink = sink;
    for (const bytes of this.#early) sink.receivePart(bytes);
    this.#early.length = 0;
  }
}
