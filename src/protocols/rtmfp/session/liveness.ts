import type { Clock } from "../../../base/mod.ts";
import { IDLE_LIMIT, KEEPALIVE_MINIMUM, RETRANSMIT_LIMIT } from "../params.ts";
import { Alarm } from "./alarm.ts";

export interface LivenessOptions {
  readonly clock: Clock;
  /** Milliseconds without an answer before a ping is sent; at least KEEPALIVE_MINIMUM. */
  readonly keepalive: number;
  readonly sendPing: () => void;
  /** Whether no flow is open in either direction. */
  readonly isIdle: () => boolean;
  /** No answer for RETRANSMIT_LIMIT, or no open flow for IDLE_LIMIT. */
  readonly onExpired: (reason: "timeout" | "idle") => void;
}

/** Keep-alive, retransmission limit and idle limit of a session (RFC 7016 §3.5.4). */
export class Liveness {
  readonly #options: LivenessOptions;
  readonly #keepalive: Alarm;
  readonly #idle: Alarm;
  readonly #period: number;
  /** When the oldest packet without an answer was sent. */
  #silentSince: number | undefined;
  #isPinging = false;
  #idleSince: number;

  constructor(options: LivenessOptions) {
    const { clock, keepalive } = options;
    this.#options = options;
    this.#period = Math.max(keepalive, KEEPALIVE_MINIMUM);
    this.#idleSince = clock.now();
    this.#keepalive = new Alarm(clock, () => this.#ping());
    this.#idle = new Alarm(clock, () => this.#onIdle());
    this.#keepalive.set(this.#idleSince + this.#period);
    this.#idle.set(this.#idleSince + IDLE_LIMIT);
  }

  /** True while a keep-alive ping waits for its reply. */
  get isPinging(): boolean {
    return this.#isPinging;
  }

  /** A packet that the peer must answer was sent. */
  onQuestion(): void {
    this.#silentSince ??= this.#options.clock.now();
  }

  /** The peer acknowledged data or answered a ping. */
  onAnswer(): void {
    this.#silentSince = undefined;
    this.#isPinging = false;
    this.#keepalive.set(this.#options.clock.now() + this.#period);
  }

  onFlowClosed(): void {
    this.#idleSince = this.#options.clock.now();
  }

  /** The retransmission timeout passed; false when the session has been closed for it. */
  onTimeout(): boolean {
    const now = this.#options.clock.now();
    if (this.#silentSince !== undefined && now - this.#silentSince >= RETRANSMIT_LIMIT) {
      this.#options.onExpired("timeout");
      return false;
    }
    if (this.#isPinging) this.#options.sendPing();
    return true;
  }

  stop(): void {
    this.#keepalive.cancel();
    this.#idle.cancel();
  }

  #ping(): void {
    this.#isPinging = true;
    this.onQuestion();
    this.#options.sendPing();
  }

  #onIdle(): void {
    const now = this.#options.clock.now();
    if (!this.#options.isIdle()) this.#idleSince = now;
    else if (now - this.#idleSince >= IDLE_LIMIT) return this.#options.onExpired("idle");
    this.#idle.set(this.#idleSince + IDLE_LIMIT);
  }
}
