import type { Client } from "./client.ts";
import { type Origin, publisherId } from "./origin.ts";
import { Refusal } from "./refusal.ts";

/** What a protocol does for a publisher that is its client. */
export interface PublisherSink {
  /** Sends NetStream.`code` when there is one, and calls `close` on the publisher's NetStream. */
  close(code: string | undefined, description: string): void;
  /** Another wants the name: the protocol asks the client for a sign of life, where it can. */
  probe?(): void;
}

/** What feeds a publication, from the claim of its name to the end. */
export class Feed {
  /** The name is claimed, be it that the application has not decided yet. */
  isTaken = false;
  /** The publisher was accepted. */
  isBegun = false;
  /** What feeds it, or fed it last; undefined before the first. */
  origin: Origin | undefined;
  /** The client that publishes; undefined when the origin is none. */
  publisher: Client | undefined;
  /** Why an application does not want the publisher that it is asked about. */
  refusal: Refusal | undefined;
  #sink: PublisherSink | undefined;

  /** The origin as scripts see it; empty before the first. */
  get publisherId(): string {
    return this.origin === undefined ? "" : publisherId(this.origin);
  }

  reserve(origin: Origin, publisher: Client | undefined, sink: PublisherSink | undefined): void {
    this.isTaken = true;
    this.isBegun = false;
    this.origin = origin;
    this.publisher = publisher;
    this.#sink = sink;
    this.refusal = undefined;
  }

  end(): void {
    this.isTaken = this.isBegun = false;
    this.publisher = undefined;
    this.#sink = undefined;
  }

  probe(): void {
    this.#sink?.probe?.();
  }

  /** Closes the client's stream; one that is not accepted yet gets a refusal. */
  close(code: string | undefined, description: string): void {
    if (this.isBegun) this.#sink?.close(code, description);
    else this.refusal ??= new Refusal(code ?? "Publish.Failed", description);
  }
}
