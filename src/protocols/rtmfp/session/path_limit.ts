import type { Clock } from "../../../base/mod.ts";
import { equalBytes } from "../../../bytes/mod.ts";
import { randomBytes } from "../../../crypto/mod.ts";
import { FRAGMENT_OVERHEAD, MAX_PACKET, PATH_LOSSES, PATH_PROBES } from "../params.ts";
import { Alarm } from "./alarm.ts";
import type { RoundTrip } from "./round_trip.ts";

const PROBE_LENGTH = 16;

/** What the session does to find out what its path takes. */
export interface PathLimitOwner {
  readonly clock: Clock;
  readonly roundTrip: RoundTrip;
  /** Sends a ping in a packet as long as the longest that may ever be. */
  sendPathProbe(message: Uint8Array): void;
}

/**
 * How long the packets of a session may be: MAX_PACKET, which every path takes, or `longest` once a
 * ping in such a packet was answered (as RFC 8899 does it). Nobody is asked before there is something
 * for long packets to carry. When several of them in a row are lost the path may have changed: it is
 * asked again, and meanwhile the limit is the short one.
 */
export class PathLimit {
  readonly #owner: PathLimitOwner;
  readonly #longest: number;
  readonly #alarm: Alarm;
  #packet = MAX_PACKET;
  #probe: Uint8Array | undefined;
  #probes = 0;
  #lost = 0;

  constructor(owner: PathLimitOwner, longest: number) {
    this.#owner = owner;
    this.#longest = longest;
    this.#alarm = new Alarm(owner.clock, () => this.#ask());
  }

  /** Bytes before encryption. */
  get packet(): number {
    return this.#packet;
  }

  /** Bytes that a fragment of a message of `length` may have. */
  fragmentOf(length: number): number {
    const most = this.#packet - FRAGMENT_OVERHEAD;
    const isWanted = length > most && this.#packet < this.#longest;
    if (isWanted && this.#probes === 0) this.#alarm.set(this.#owner.clock.now());
    return most;
  }

  /** Whether a ping's reply is the one to our question. */
  verify(reply: Uint8Array): boolean {
    if (!this.#probe || !equalBytes(reply, this.#probe)) return false;
    this.stop();
    this.#packet = this.#longest;
    return true;
  }

  /** What became of a fragment of so many bytes. */
  onOutcome(fragment: number, arrived: boolean): void {
    if (fragment <= MAX_PACKET - FRAGMENT_OVERHEAD) return;
    this.#lost = arrived ? 0 : this.#lost + 1;
    if (this.#lost >= PATH_LOSSES) this.reset();
  }

  /** The path may be another one: nothing is known of it. */
  reset(): void {
    this.stop();
    this.#packet = MAX_PACKET;
    this.#probes = 0;
    this.#lost = 0;
  }

  stop(): void {
    this.#alarm.cancel();
    this.#probe = undefined;
  }

  #ask(): void {
    if (this.#probes === PATH_PROBES) return this.stop();
    this.#probes++;
    this.#probe = randomBytes(PROBE_LENGTH);
    this.#owner.sendPathProbe(this.#probe);
    this.#alarm.set(this.#owner.clock.now() + this.#owner.roundTrip.timeout);
  }
}
