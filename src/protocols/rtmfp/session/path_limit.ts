import type { Clock } from "../../../base/mod.ts";
import { equalBytes } from "../../../bytes/mod.ts";
import { randomBytes } from "../../../crypto/mod.ts";
import {
  FRAGMENT_OVERHEAD,
  IPV6_OVERHEAD,
  MAX_PACKET,
  packetOf,
  PATH_LOSSES,
  PATH_PROBES,
  TUNNEL_DATAGRAM,
} from "../params.ts";
import type { Address } from "../wire/address.ts";
import { Alarm } from "./alarm.ts";
import type { RoundTrip } from "./round_trip.ts";

const PROBE_LENGTH = 16;

/** What the session does to find out what its path takes. */
export interface PathLimitOwner {
  readonly clock: Clock;
  readonly roundTrip: RoundTrip;
  readonly address: Address;
  /** Bytes of the longest datagram that may ever be, over IPv4. */
  readonly longestDatagram: number;
  /** Sends a ping in a packet of so many bytes. */
  sendPathProbe(message: Uint8Array, packet: number): void;
}

/**
 * How long the packets of a session may be: MAX_PACKET, which every path takes, or as long as a ping's
 * that was answered (as RFC 8899 does it). Nobody is asked before there is something for long packets
 * to carry. When several of them in a row are lost the path may have changed: it is
 * asked again, and meanwhile the limit is the short one.
 */
export class PathLimit {
  readonly #owner: PathLimitOwner;
  readonly #alarm: Alarm;
  #packet = MAX_PACKET;
  #probe: { readonly message: Uint8Array; readonly packet: number } | undefined;
  #probes = 0;
  #lost = 0;

  constructor(owner: PathLimitOwner) {
    this.#owner = owner;
    this.#alarm = new Alarm(owner.clock, () => this.#ask());
  }

  /** Bytes before encryption. */
  get packet(): number {
    return this.#packet;
  }

  /** Bytes that a fragment of a message of `length` may have. */
  fragmentOf(length: number): number {
    const most = this.#packet - FRAGMENT_OVERHEAD;
    if (length > most && this.#probes === 0 && this.#longer.length > 0) {
      this.#alarm.set(this.#owner.clock.now());
    }
    return most;
  }

  /** Whether a ping's reply is the one to our question. */
  verify(reply: Uint8Array): boolean {
    const probe = this.#probe;
    if (!probe || !equalBytes(reply, probe.message)) return false;
    this.stop();
    this.#packet = probe.packet;
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

  /** What may be tried, the longest first. */
  get #longer(): number[] {
    const { longestDatagram, address } = this.#owner;
    const overhead = address.host.includes(":") ? IPV6_OVERHEAD : 0;
    return [longestDatagram, Math.min(longestDatagram, TUNNEL_DATAGRAM)]
      .map((datagram) => packetOf(datagram - overhead))
      .filter((packet, at, all) => packet > MAX_PACKET && all.indexOf(packet) === at);
  }

  #ask(): void {
    const packet = this.#longer[Math.floor(this.#probes / PATH_PROBES)];
    if (packet === undefined) return this.stop();
    this.#probes++;
    const message = randomBytes(PROBE_LENGTH);
    this.#probe = { message, packet };
    this.#owner.sendPathProbe(message, packet);
    this.#alarm.set(this.#owner.clock.now() + this.#owner.roundTrip.timeout);
  }
}
