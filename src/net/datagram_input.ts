import type { Share, Turn, Turns } from "./turns.ts";

/** More datagrams of one peer that wait for its turn are lost, as in any full queue of a network. */
const MAX_WAITING = 64;

/** Datagrams of one peer, each in a turn that its share of the time allows. */
export class DatagramInput<From> {
  readonly #handle: (datagram: Uint8Array, from: From, turn: Turn) => void;
  readonly #share: Share;
  #waiting: { readonly datagram: Uint8Array; readonly from: From }[] = [];

  /** @param handle takes a datagram, valid during the call */
  constructor(turns: Turns, handle: (datagram: Uint8Array, from: From, turn: Turn) => void) {
    this.#handle = handle;
    this.#share = turns.share((turn) => this.#work(turn));
  }

  /** Handles a datagram, valid during the call: now, or a copy of it later. */
  receive(datagram: Uint8Array, from: From): void {
    const waiting = this.#waiting;
    if (waiting.length >= MAX_WAITING) return;
    const isFirst = waiting.push({ datagram, from }) === 1;
    if (isFirst) this.#share.ask();
    // Not handled within this call.
    if (waiting.length > 0) waiting[waiting.length - 1] = { datagram: datagram.slice(), from };
  }

  /** The peer is gone: what waits is dropped. */
  close(): void {
    this.#share.close();
    this.#waiting.length = 0;
  }

  /** True when there is more for the next turn. */
  #work(turn: Turn): boolean {
    const waiting = this.#waiting;
    let done = 0;
    try {
      while (done < waiting.length) {
        const { datagram, from } = waiting[done++]!;
        this.#handle(datagram, from, turn);
        if (turn.spend(DATAGRAM_WEIGHT)) break;
      }
    } finally {
      waiting.splice(0, done);
    }
    return waiting.length > 0;
  }
}

/** A datagram is decrypted, acknowledged and answered: about as dear as a command. */
const DATAGRAM_WEIGHT = 8;
