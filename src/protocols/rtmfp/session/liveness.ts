import type { Clock } from "../../../base/mod.ts";
import { IDLE_LIMIT, KEEPALIVE_MINIMUM, RETRANSMIT_LIMIT } from "../params.ts";
import { Alarm } from "./alarm.ts";

/** What the session does about silence. */
export interface LivenessOwner {
  readonly clock: Clock;
  sendPing(): void;
  /** True while no flow is open in either direction. */
  readonly isIdle: boolean;
  /** Nothing was heard for the retransmission limit, or nothing was to do for the idle limit. */
  close(reason: "timeout" | "idle"): void;
}

/** Keep-alive, retransmission limit and idle limit of a session (RFC 7016 §3.5.4). */
export class Liveness {
  readonly #owner: LivenessOwner;
  readonly #keepalive: Alarm;
  readonly #idle: Alarm;
  readonly #period: number;
  /** Since when an answer has been owed to us. */
  #silentSince: number | undefined;
  #pinged = false;
  #idleSince: number;

  constructor(owner: LivenessOwner, period: number) {
    this.#owner = owner;
    this.#period = Math.max(period, KEEPALIVE_MINIMUM);
    this.#idleSince = owner.clock.now();
    this.#keepalive = new Alarm(owner.clock, () => this.#ping());
    this.#idle = new Alarm(owner.clock, () => this.#onIdle());
    this.#keepalive.set(this.#idleSince + this.#period);
    this.#idle.set(this.#idleSince + IDLE_LIMIT);
  }

  /** True while a keep-alive ping waits for its reply. */
  get pinged(): boolean {
    return this.#pinged;
  }

  /** Something that wants an answer was sent. */
  onQuestion(): void {
    this.#silentSince ??= this.#owner.clock.now();
  }

  /** The peer showed that it is there. */
  onAnswer(): void {
    this.#silentSince = undefined;
    this.#pinged = false;
    this.#keepalive.set(this.#owner.clock.now() + this.#period);
  }

  onFlowClosed(): void {
    this.#idleSince = this.#owner.clock.now();
  }

  /** The retransmission timeout passed; false when the session has been closed for it. */
  onTimeout(): boolean {
    const now = this.#owner.clock.now();
    if (this.#silentSince !== undefined && now - this.#silentSince >= RETRANSMIT_LIMIT) {
      this.#owner.close("timeout");
      return false;
    }
    if (this.#pinged) this.#owner.sendPing();
    return true;
  }

  stop(): void {
    this.#keepalive.cancel();
    this.#idle.cancel();
  }

  #ping(): void {
    this.#pinged = true;
    this.onQuestion();
    this.#owner.sendPing();
  }

  #onIdle(): void {
    const now = this.#owner.clock.now();
    if (!this.#owner.isIdle) this.#idleSince = now;
    else if (now - this.#idleSince >= IDLE_LIMIT) return this.#owner.close("idle");
    this.#idle.set(this.#idleSince + IDLE_LIMIT);
  }
}
