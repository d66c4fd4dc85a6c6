import type { Clock } from "../../../base/mod.ts";
import { FAR_CLOSE_LINGER, NEAR_CLOSE_PERIOD, NEAR_CLOSE_RESEND } from "../params.ts";
import { Alarm } from "./alarm.ts";
import type { CloseReason } from "./session_handler.ts";

/** Before the end, waiting for the peer's confirmation, confirming the peer's close, or over. */
export type SessionState = "open" | "near-close" | "far-close" | "closed";

export interface ClosingOptions {
  readonly clock: Clock;
  readonly sendClose: () => void;
  readonly sendCloseAck: () => void;
  /** The session is not open any more. */
  readonly onEnd: (reason: CloseReason) => void;
  /** No packet is exchanged any more. */
  readonly onClosed: () => void;
}

/** The end of a session (RFC 7016 §3.5.5): a close is repeated until the peer confirms it. */
export class Closing {
  readonly #options: ClosingOptions;
  readonly #alarm: Alarm;
  #state: SessionState = "open";
  /** Time at which the confirmation is waited for no longer. */
  #limit = Infinity;

  constructor(options: ClosingOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, () => this.#onAlarm());
  }

  get state(): SessionState {
    return this.#state;
  }

  close(reason: CloseReason): void {
    if (this.#state !== "open") return;
    const now = this.#options.clock.now();
    this.#limit = now + NEAR_CLOSE_PERIOD;
    this.#alarm.set(now + NEAR_CLOSE_RESEND);
    this.#options.sendClose();
    this.#end("near-close", reason);
  }

  /** Ends the session at once; the peer is told nothing. */
  abort(reason: CloseReason): void {
    if (this.#state === "closed") return;
    if (this.#state === "open") this.#end("closed", reason);
    this.#state = "closed";
    this.#alarm.cancel();
    this.#options.onClosed();
  }

  /** The peer closes the session: each of its requests is confirmed. */
  onRequest(): void {
    if (this.#state === "open") {
      this.#end("far-close", "far");
      this.#alarm.set(this.#options.clock.now() + FAR_CLOSE_LINGER);
    }
    this.#options.sendCloseAck();
  }

  onAck(): void {
    if (this.#state === "open") this.#options.sendCloseAck();
    this.abort("far");
  }

  #onAlarm(): void {
    const now = this.#options.clock.now();
    if (this.#state !== "near-close" || now >= this.#limit) return this.abort("near");
    this.#options.sendClose();
    this.#alarm.set(now + NEAR_CLOSE_RESEND);
  }

  #end(state: SessionState, reason: CloseReason): void {
    this.#state = state;
    this.#options.onEnd(reason);
  }
}
