import { errorText } from "../base/mod.ts";
import { NOTHING } from "../bytes/mod.ts";
import type { Conn } from "./conn.ts";
import type { Share, Turn, Turns } from "./turns.ts";

/** What takes a connection's input. */
export interface InputHandler {
  /**
   * Input in order; the bytes are valid only during the call. Returns how many were taken, nothing
   * for all: the rest comes again in the next turn, and nothing is read until it is taken.
   */
  onData(bytes: Uint8Array, turn: Turn): number | void;
  /**
   * The peer sends no more, but may still read. True when there is something to send: then the
   * connection lasts until it is ended from here, or writing fails. Without it the connection is over.
   */
  onInputEnd?(): boolean;
}

/** Input that a session may keep waiting. */
export interface PausableInput {
  /**
   * Hands over nothing more and reads nothing, until as many calls of {@link resume}. That the peer
   * is gone is noticed only then, or when something is written to it.
   */
  pause(): void;
  resume(): void;
}

/**
 * A connection's read buffer grows from the first to the second size while reads fill it, and is a
 * small one again when as many reads as this would have fitted in it.
 */
const READ_BUFFER_MIN = 1_024;
const READ_BUFFER_MAX = 65_536;
const SMALL_READS = 16;

/**
 * What a peer sends, in the turns that its share of the time allows. While some of it waits nothing
 * more is read, so that the peer's own network holds it back.
 */
export class Input implements PausableInput {
  readonly #conn: Conn;
  readonly #share: Share;
  #handler: InputHandler | undefined;
  readonly #onOver: (reason: string | undefined) => void;
  /** What was read and is not taken. */
  #rest: Uint8Array = NOTHING;
  #pauses = 0;
  #onTaken: (() => void) | undefined;
  #isClosed = false;
  #isEnded = false;

  /** @param onOver told when there is no more input, with a reason when it broke */
  constructor(
    conn: Conn,
    turns: Turns,
    onOver: (reason: string | undefined) => void,
  ) {
    this.#conn = conn;
    this.#onOver = onOver;
    this.#share = turns.share((turn) => this.#work(turn));
  }

  /** The peer sends no more. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  pause(): void {
    this.#pauses++;
  }

  resume(): void {
    if (--this.#pauses === 0 && this.#rest.length > 0) this.#share.ask();
  }

  /** Forgets what was read: the connection is being closed. */
  drop(): void {
    this.#rest = NOTHING;
    this.#onTaken?.();
  }

  /** The connection is over. */
  close(): void {
    this.#isClosed = true;
    this.#share.close();
    this.drop();
  }

  /** Reads until the connection is over. */
  async readUntilEnd(handler: InputHandler): Promise<void> {
    this.#handler = handler;
    const conn = this.#conn;
    let buffer = new Uint8Array(READ_BUFFER_MIN);
    let small = 0;
    try {
      for (;;) {
        const count = await conn.read(buffer);
        if (count === null) return this.#end();
        this.#rest = buffer.subarray(0, count);
        this.#share.ask();
        if (this.#rest.length > 0) {
          await new Promise<void>((resolve) => this.#onTaken = resolve);
          this.#onTaken = undefined;
        }
        if (this.#isClosed) return;
        small = count < READ_BUFFER_MIN ? small + 1 : 0;
        if (count === buffer.length && count < READ_BUFFER_MAX) {
          buffer = new Uint8Array(count * 4);
        } else if (small >= SMALL_READS && buffer.length > READ_BUFFER_MIN) {
          buffer = new Uint8Array(READ_BUFFER_MIN);
        }
      }
    } catch (error) {
      // Closing a connection interrupts its own pending read.
      const isOwn = error instanceof Deno.errors.BadResource ||
        error instanceof Deno.errors.Interrupted;
      this.#onOver(isOwn ? undefined : errorText(error));
    }
  }

  #end(): void {
    this.#isEnded = true;
    if (this.#handler?.onInputEnd?.() !== true) this.#onOver(undefined);
  }

  /** True when there is more for the next turn. */
  #work(turn: Turn): boolean {
    if (this.#pauses > 0) return false;
    const given = this.#rest;
    if (given.length === 0) return false;
    try {
      const taken = this.#handler?.onData(given, turn) ?? given.length;
      // Dropped meanwhile, or there is more.
      if (this.#rest === given && taken < given.length) {
        this.#rest = given.subarray(taken);
        return this.#pauses === 0;
      }
    } catch (error) {
      this.#onOver(errorText(error));
    }
    this.drop();
    return false;
  }
}
