import { encodeText } from "../../bytes/mod.ts";

/** What a reader of events can ask for. */
export const EVENT_KINDS = [
  "connect",
  "disconnect",
  "publish",
  "unpublish",
  "play",
  "stop",
  "refusal",
  "error",
  "log",
  "act",
] as const;

export type EventKind = typeof EVENT_KINDS[number];

/** Takes known secrets out of a text. */
export type Conceal = (text: string) => string;

/** A value as JSON, whose texts have no known secret. */
export function concealedJson(value: unknown, conceal: Conceal): string {
  return JSON.stringify(value, (_key, part) => typeof part === "string" ? conceal(part) : part);
}

/** Something that happened, and its place among all since the start. */
export class ServerEvent {
  readonly id: number;
  readonly kind: EventKind;
  readonly data: Readonly<Record<string, unknown>>;
  readonly #conceal: Conceal;
  #bytes: Uint8Array | undefined;

  constructor(
    id: number,
    kind: EventKind,
    data: Readonly<Record<string, unknown>>,
    conceal: Conceal,
  ) {
    this.#conceal = conceal;
    this.id = id;
    this.kind = kind;
    this.data = data;
  }

  /** As a reader gets it; made once for all, and only when there is one. */
  get bytes(): Uint8Array {
    return this.#bytes ??= encodeText(
      `event: ${this.kind}\nid: ${this.id}\ndata: ${concealedJson(this.data, this.#conceal)}\n\n`,
    );
  }
}

/** What a reader is told that was too slow for some events. */
export function lostEvents(count: number): Uint8Array {
  return encodeText(`event: lost\ndata: ${JSON.stringify({ count })}\n\n`);
}

/** Keeps a connection that has nothing to tell. */
export const PING: Uint8Array = encodeText(": ping\n\n");
