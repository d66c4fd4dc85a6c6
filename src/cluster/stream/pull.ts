import type { ByteReader } from "../../bytes/mod.ts";
import type { Hub, Publication } from "../../hub/mod.ts";
import { FrameType } from "../link/frame.ts";
import type { Dial, Link, LinkUser } from "../link/links.ts";
import { EndCode, type LinkEnd } from "../link/session.ts";
import type { Server } from "../server.ts";
import { appendFrame } from "./encoder.ts";

/** One publication that is fetched from the server that has it, by a link of its own. */
export class Pull {
  readonly name: string;
  readonly #hub: Hub;
  readonly #ended: (reason: string) => void;
  #publication: Publication | undefined;
  #link: Link | undefined;
  /** Why nobody wants it any more. */
  #closed = "";

  /** @param ended told once, unless {@link close} was called */
  constructor(
    hub: Hub,
    name: string,
    origin: Server,
    dial: (dial: Dial) => void,
    ended: (reason: string) => void,
  ) {
    this.#hub = hub;
    this.name = name;
    this.#ended = ended;
    const { linkHost: hostname, linkPort: port, address } = origin;
    dial({
      hostname,
      port,
      address: `${address} ${name}`,
      stream: name,
      accept: (link) => this.#accept(link, origin),
      ended: (end) => this.#end(end),
    });
  }

  /** It is not wanted any more, for a reason that the origin is told. */
  close(reason: string): void {
    this.#closed = reason;
    this.#link?.session.end(EndCode.closed, reason);
    this.#unpublish();
  }

  #accept(link: Link, origin: Server): LinkUser {
    this.#link = link;
    if (this.#closed !== "") link.session.end(EndCode.closed, this.#closed);
    else {
      this.#publication = this.#hub.publishFromScript(this.name, `server:${origin.id}`);
      if (this.#publication === undefined) {
        link.session.end(EndCode.closed, `${this.name} is published here`);
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
      this.#link?.session.end(EndCode.closed, `${this.name} has ended`);
    } else appendFrame(publication, type, body);
  }

  #end({ reason }: LinkEnd): void {
    this.#unpublish();
    if (this.#closed !== "") return;
    this.#closed = reason;
    this.#ended(reason);
  }

  #unpublish(): void {
    const publication = this.#publication;
    this.#publication = undefined;
    if (publication?.running) this.#hub.unpublish(publication);
  }
}
