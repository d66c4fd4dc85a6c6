import { NOTHING } from "../bytes/mod.ts";
import type { DataFormat, MediaKind, Role } from "../media/mod.ts";
import { ChainedMessage } from "./chained_message.ts";

/** What listeners have to be told of after {@link MessageChain.release}. */
export type News =
  | "none"
  /** Sound alone, which may wait for a picture. */
  | "sound"
  | "all";

/** The messages of a publication: its publisher appends them, each listener walks them. */
export class MessageChain {
  #last = new ChainedMessage("unpublished", "frame", 0, NOTHING, 0);
  #news: News = "none";
  #isHolding = false;
  /** The first message that listeners do not see yet, and the one before it. */
  #held: { readonly before: ChainedMessage; readonly first: ChainedMessage } | undefined;

  /** Bytes of all messages so far. */
  get position(): number {
    return this.#last.position + this.#last.size;
  }

  /** The newest message. */
  get last(): ChainedMessage {
    return this.#last;
  }

  /** The newest message that listeners see. */
  get lastSeen(): ChainedMessage {
    return this.#held?.before ?? this.#last;
  }

  append(
    kind: MediaKind,
    role: Role,
    time: number,
    payload: Uint8Array,
    name?: string,
    format?: DataFormat,
  ): ChainedMessage {
    const message = new ChainedMessage(kind, role, time, payload, this.position, name, format);
    if (this.#isHolding && this.#held === undefined) {
      this.#held = { before: this.#last, first: message };
    } else {
      this.#last.next = message;
    }
    this.#last = message;
    if (kind !== "audio") this.#news = "all";
    else if (this.#news === "none") this.#news = "sound";
    return message;
  }

  /** What is appended from now on is seen by no listener before the next {@link release}. */
  hold(): void {
    this.#isHolding = true;
  }

  /** Shows listeners everything; gives what was appended since the last time. */
  release(): News {
    const news = this.#news;
    if (news === "none") return news;
    this.#news = "none";
    if (this.#held !== undefined) this.#held.before.next = this.#held.first;
    this.#held = undefined;
    this.#isHolding = false;
    return news;
  }
}
