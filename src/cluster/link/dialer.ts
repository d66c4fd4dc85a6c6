import type { Clock, Timer } from "../../base/mod.ts";
import type { Log } from "../../logs/mod.ts";
import { RETRY_INTERVAL, RETRY_JITTER } from "../params.ts";
import type { Links } from "./links.ts";
import { EndCode, type LinkEnd } from "./session.ts";
import type { Target } from "./target.ts";

/** What a {@link Dialer} connects by. */
export interface DialerOptions {
  readonly links: Pick<Links, "dial" | "has">;
  readonly clock: Clock;
  readonly log: Log;
  /** From 0 to 1, for the jitter. */
  readonly random?: () => number;
}

/** Keeps one target connected: tries again, some time after the end of each attempt or link. */
export class Dialer {
  readonly #target: Target;
  readonly #links: Pick<Links, "dial" | "has">;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #random: () => number;
  #timer: Timer | undefined;
  #isClosed = false;
  /** The last failure that was logged: the same one again is no news. */
  #reason = "";
  /** The server that a link exists to in the other direction. */
  #twin = "";

  constructor(target: Target, { links, clock, log, random = Math.random }: DialerOptions) {
    this.#target = target;
    this.#links = links;
    this.#clock = clock;
    this.#log = log;
    this.#random = random;
  }

  start(): void {
    this.#attempt();
  }

  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
  }

  #attempt(): void {
    if (this.#twin !== "" && this.#links.has(this.#twin)) return this.#later();
    const { hostname, port, address, properties } = this.#target;
    this.#twin = "";
    this.#links.dial({
      hostname,
      port,
      address,
      properties,
      onEnded: (end, peerId, wasUp) => this.#ended(end, peerId, wasUp),
    });
  }

  #ended(end: LinkEnd, peerId: string, wasUp: boolean): void {
    if (this.#isClosed) return;
    const { address } = this.#target;
    if (end.code === EndCode.self) {
      return this.#log.warn(`${address} is this server itself: it is left out`);
    }
    if (wasUp) this.#reason = "";
    else if (end.code === EndCode.duplicate) {
      this.#twin = peerId;
      this.#log.debug(`${address}: ${end.reason}`);
    } else if (end.reason !== this.#reason) {
      this.#reason = end.reason;
      const seconds = Math.round(RETRY_INTERVAL / 1000);
      this.#log.warn(`${address}: no link: ${end.reason}; tried again every ${seconds} s`);
    }
    this.#later();
  }

  #later(): void {
    const jitter = 1 + RETRY_JITTER * (2 * this.#random() - 1);
    this.#timer = this.#clock.after(RETRY_INTERVAL * jitter, () => this.#attempt());
  }
}
