import type { ByteReader } from "../../bytes/mod.ts";
import type { Hub, Publication } from "../../hub/mod.ts";
import { FrameType } from "../link/frame.ts";
import type { Dial, Link, LinkUser } from "../link/links.ts";
import { EndCode } from "../link/session.ts";
import type { Server } from "../server.ts";
import { appendFrame } from "./encoder.ts";

/** Which publication is fetched, from where. */
export interface PullOptions {
  readonly hub: Hub;
  readonly name: string;
  readonly origin: Server;
  readonly dial: (dial: Dial) => void;
  /** Told once. */
  readonly onEnded: (reason: string) => void;
}

/** One publication that is fetched from the server that has it, by a link of its own. */
export class Pull {
  readonly #options: PullOptions;
  #publication: Publication | undefined;
  #link: Link | undefined;
  /** Why it is over; empty before. */
  #endReason = "";

  constructor(options: PullOptions) {
    this.#options = options;
    const { name, origin, dial } = options;
    const { linkHost: hostname, linkPort: port, address } = origin;
    dial({
      hostname,
      port,
      address: `${address} ${name}`,
      stream: name,
      accept: (link) => this.#accept(link),
      onEnded: ({ reason }) => this.#end(reason),
    });
  }

  /** It is not wanted any more, for a reason that the origin is told. */
  close(reason: string): void {
    this.#link?.session.end(EndCode.closed, reason);
    this.#end(reason);
  }

  #accept(link: Link): LinkUser {
    const { hub, name, origin } = this.#options;
    this.#link = link;
    if (this.#endReason !== "") link.session.end(EndCode.closed, this.#endReason);
    else {
      this.#publication = hub.publishFrom({ kind: "server", id: origin.id }, name);
      if (this.#publication === undefined) {
        link.session.end(EndCode.closed, `${name} is published here`);
      }
    }
    return {
      frame: (type, body) => this.#frame(type, body),
      batch: () => this.#publication?.flush(),
      down: () => this.#unpublish(),
    };
  }

  #frame(type: number, body: ByteReader): void {
    const publication = this.#publication;
    if (publication === undefined) return;
    if (type === FrameType.unpublished) {
      this.#link?.session.end(EndCode.closed, `${this.#options.name} has ended`);
    } else appendFrame(publication, type, body);
  }

  #end(reason: string): void {
    if (this.#endReason !== "") return;
    this.#endReason = reason;
    this.#unpublish();
    this.#options.onEnded(reason);
  }

  #unpublish(): void {
    const publication = this.#publication;
    this.#publication = undefined;
    if (publication?.isRunning) this.#options.hub.unpublish(publication);
  }
}
