import type { Clock } from "../base/mod.ts";
import type { PausableInput } from "./input.ts";
import type { ByteOutput } from "./outbox.ts";
import { ENDLESS_TURN, type Share, type Turn, type Turns } from "./turns.ts";

/** A session of one protocol that is tunnelled through another, such as RTMP in WebSocket frames. */
export interface TunnelledSession {
  /**
   * Input in order; the bytes are not kept. Returns how many were taken before the turn was over,
   * nothing for all. `now` in milliseconds, as below.
   */
  receive(bytes: Uint8Array, now: number, turn?: Turn): number | void;
  /** Called often enough for the session's timeouts. */
  onDeadline(now: number): void;
  /** The tunnel has ended; `reason` when it broke. */
  close(reason: string | undefined): void;
  /** The server stops. */
  shutdown(): void;
}

/** What carries a tunnelled session of RTMP: HTTP requests or a WebSocket, with TLS or without. */
export type TunnelName = "RTMPT" | "RTMPTS" | "RTMP/WS" | "RTMP/WSS";

/** Addresses of the ends of the connection, as `host:port`. */
export interface TunnelledPeer {
  readonly transport: TunnelName;
  readonly address: string;
  readonly serverAddress: string;
}

/** Makes the session of a tunnel. */
export type TunnelledFactory = (
  output: ByteOutput,
  peer: TunnelledPeer,
  input?: PausableInput,
) => TunnelledSession;

/** The clock and turns of a tunnel, and the connection that its bytes come by. */
export interface TunnelledInputOptions {
  readonly clock: Clock;
  readonly turns?: Turns | undefined;
  /** Kept waiting while bytes wait. */
  readonly input?: PausableInput | undefined;
}

/** Gives bytes to a tunnelled session, in as many turns as it takes. */
export class TunnelledInput {
  readonly #session: TunnelledSession;
  readonly #options: TunnelledInputOptions;
  #share: Share | undefined;
  #waiting: Uint8Array[] = [];
  #onTaken: (() => void) | undefined;

  constructor(session: TunnelledSession, options: TunnelledInputOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** True while bytes wait for their turn. */
  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Resolves when no bytes wait; undefined when none do now. */
  get taken(): Promise<void> | undefined {
    if (!this.isWaiting) return undefined;
    const before = this.#onTaken;
    return new Promise((resolve) => {
      this.#onTaken = () => {
        before?.();
        resolve();
      };
    });
  }

  /** Bytes in order; what waits is copied. */
  receive(bytes: Uint8Array, turn: Turn = ENDLESS_TURN): void {
    const rest = this.isWaiting ? bytes : this.#give(bytes, turn);
    if (rest === undefined) return;
    this.#waiting.push(rest.slice());
    if (this.#waiting.length > 1) return;
    this.#options.input?.pause();
    this.#share ??= this.#options.turns?.share((turn) => this.#work(turn));
    if (this.#share === undefined) this.#work(ENDLESS_TURN);
    else this.#share.ask();
  }

  /** Drops what waits. */
  close(): void {
    this.#share?.close();
    if (this.isWaiting) this.#end();
  }

  /** What was left over. */
  #give(bytes: Uint8Array, turn: Turn): Uint8Array | undefined {
    const taken = this.#session.receive(bytes, this.#options.clock.now(), turn) ?? bytes.length;
    return taken < bytes.length ? bytes.subarray(taken) : undefined;
  }

  /** True when there is more for the next turn. */
  #work(turn: Turn): boolean {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const rest = this.#give(first, turn);
      // Closed by what came.
      if (!this.isWaiting) return false;
      if (rest !== undefined) {
        this.#waiting[0] = rest;
        return true;
      }
      this.#waiting.shift();
    }
    this.#end();
    return false;
  }

  #end(): void {
    this.#waiting = [];
    this.#options.input?.resume();
    const tell = this.#onTaken;
    this.#onTaken = undefined;
    tell?.();
  }
}
