import type { KeptValues } from "./value.ts";

/** What a client, a script or another server wants to happen to an object. */
export type Change =
  | { readonly kind: "set"; readonly name: string; readonly value: KeptValues }
  | { readonly kind: "remove"; readonly name: string }
  | { readonly kind: "clear" }
  /** A message to all who use the object; `args` are any number of values. */
  | { readonly kind: "send"; readonly name: string; readonly args: KeptValues };

/** Who changes objects, and how many bytes in them are theirs. */
export interface Author {
  bytes: number;
}

/** What has happened to an object. */
export type ObjectEvent = Change & {
  /** Who did it; undefined for the server itself. */
  readonly by: Author | undefined;
  /** Version of the object from then on. */
  readonly version: number;
  /** Its author is told the value too: it had not seen what others did before. */
  readonly isEchoed?: boolean;
  /** Something later in the turn has made it void: only its author hears of it, that it was done. */
  readonly isVoid?: boolean;
  /** What its author is told instead: it was not made after all. Then it is void. */
  readonly refusal?: readonly Notice[];
};

/** What one receiver is told. */
export type Notice =
  | { readonly kind: "used" }
  | { readonly kind: "clear" }
  | { readonly kind: "changed"; readonly name: string; readonly value: KeptValues }
  | { readonly kind: "accepted"; readonly name: string }
  | { readonly kind: "removed"; readonly name: string }
  | { readonly kind: "send"; readonly name: string; readonly args: KeptValues }
  | { readonly kind: "status"; readonly code: string };

/** Which object a message is about. */
export interface ObjectHead {
  readonly name: string;
  readonly version: number;
  readonly isPersistent: boolean;
}

/** The form in which receivers are told: what it makes is shared by all receivers of its key. */
export interface NoticeEncoder {
  readonly key: string;
  notice(notice: Notice): Uint8Array;
  message(head: ObjectHead, notices: readonly Uint8Array[]): Uint8Array;
}

/** What happened to an object in one turn, encoded once for each form. */
export class Update {
  readonly head: ObjectHead;
  readonly events: readonly ObjectEvent[];
  readonly #authors = new Set<Author>();
  readonly #encoded = new Map<string, Encoded>();

  constructor(head: ObjectHead, events: readonly ObjectEvent[]) {
    this.head = head;
    this.events = events;
    for (const { by } of events) if (by !== undefined) this.#authors.add(by);
  }

  /** The message for one receiver; empty when there is nothing to tell. */
  encode(encoder: NoticeEncoder, receiver: Author): Uint8Array {
    let encoded = this.#encoded.get(encoder.key);
    if (encoded === undefined) {
      const parts = this.events.map((event) =>
        event.isVoid ? undefined : encoder.notice(told(event))
      );
      encoded = { parts, whole: undefined };
      this.#encoded.set(encoder.key, encoded);
    }
    const { parts } = encoded;
    if (this.#authors.has(receiver)) {
      return encoder.message(this.head, this.#partsOf(encoder, receiver, parts));
    }
    if (encoded.whole !== undefined) return encoded.whole;
    const all = parts.filter((part) => part !== undefined);
    return encoded.whole = all.length === 0 ? NOTHING : encoder.message(this.head, all);
  }

  #partsOf(encoder: NoticeEncoder, author: Author, parts: Encoded["parts"]): Uint8Array[] {
    return this.events.flatMap((event, index) => {
      const part = parts[index];
      if (event.by !== author) return part === undefined ? [] : [part];
      if (event.refusal !== undefined) {
        return event.refusal.map((notice) => encoder.notice(notice));
      }
      if (event.kind !== "set") return [part ?? encoder.notice(told(event))];
      const accepted = encoder.notice({ kind: "accepted", name: event.name });
      return event.isEchoed && part !== undefined ? [part, accepted] : [accepted];
    });
  }
}

const NOTHING = new Uint8Array(0);

interface Encoded {
  /** Of each event; undefined for a void one. */
  readonly parts: readonly (Uint8Array | undefined)[];
  whole: Uint8Array | undefined;
}

/** What all others than its author are told of an event. */
function told(event: ObjectEvent): Notice {
  switch (event.kind) {
    case "set":
      return { kind: "changed", name: event.name, value: event.value };
    case "remove":
      return { kind: "removed", name: event.name };
    default:
      return event;
  }
}
