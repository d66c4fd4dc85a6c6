import type { Clock } from "../../../base/mod.ts";
import { equalBytes } from "../../../bytes/mod.ts";
import { randomBytes } from "../../../crypto/mod.ts";
import {
  FRAGMENT_OVERHEAD,
  IPV6_OVERHEAD,
  MAX_ASKED_PATHS,
  MAX_PACKET,
  packetOf,
  PATH_LOSSES,
  PATH_RETRY,
} from "../params.ts";
import type { Address } from "../wire/address.ts";
import { Alarm } from "./alarm.ts";

const PROBE_LENGTH = 16;

/** Hosts that were asked whether long packets reach them, and have not answered. */
export class AskedPaths {
  readonly #times = new Map<string, number>();

  /** False when the host was asked lately: it is not to be asked again. */
  ask(host: string, now: number): boolean {
    if (now - (this.#times.get(host) ?? -Infinity) < PATH_RETRY) return false;
    this.forget(host);
    this.#times.set(host, now);
    for (const [oldest] of this.#times) {
      if (this.#times.size <= MAX_ASKED_PATHS) break;
      this.#times.delete(oldest);
    }
    return true;
  }

  /** It answered. */
  forget(host: string): void {
    this.#times.delete(host);
  }
}

/** What a packet carried, and whether it left in parts. */
export interface SentFragment {
  readonly data: Uint8Array;
  readonly inParts: boolean;
}

/** What the session does to find out what its path takes. */
export interface PathLimitOwner {
  readonly clock: Clock;
  readonly address: Address;
  readonly askedPaths: AskedPaths;
  /** Bytes of the longest datagram that may ever be, over IPv4. */
  readonly longestDatagram: number;
  /** Sends a ping in a packet of so many bytes. */
  sendPathProbe(message: Uint8Array, packet: number): void;
}

/**
 * How long the packets of a session may be: MAX_PACKET, which every path takes, or as long as the one
 * of a ping that was answered (as RFC 8899 does it). Nobody is asked before there is something for
 * long packets to carry. When several of them in a row are lost the path may have changed: it is asked
 * again, and meanwhile the limit is the short one.
 */
export class PathLimit {
  readonly #owner: PathLimitOwner;
  readonly #alarm: Alarm;
  #packet = MAX_PACKET;
  #probe:
    | { readonly message: Uint8Array; readonly packet: number; readonly host: string }
    | undefined;
  #lost = 0;
  #cuts = false;

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
    if (length > most && this.#packet < this.#longest) this.#want();
    return most;
  }

  /** Whether a ping's reply is the one to our question. */
  verify(reply: Uint8Array): boolean {
    const probe = this.#probe;
    if (!probe || !equalBytes(reply, probe.message)) return false;
    this.#probe = undefined;
    this.#owner.askedPaths.forget(probe.host);
    this.#packet = probe.packet;
    return true;
  }

  /**
   * Whether a packet that was made for a longer limit leaves in parts: some peers read none, some
   * paths take nothing else. It leaves as the last one arrived, or not as the last one was lost.
   */
  cutsTooLong(): boolean {
    this.#want();
    return this.#cuts;
  }

  /** What became of a fragment. */
  onOutcome({ data, inParts }: SentFragment, arrived: boolean): void {
    if (data.length <= MAX_PACKET - FRAGMENT_OVERHEAD) return;
    this.#cuts = inParts === arrived;
    this.#lost = arrived ? 0 : this.#lost + 1;
    if (this.#lost >= PATH_LOSSES) this.reset();
  }

  /** The path may be another one: nothing is known of it. */
  reset(): void {
    this.stop();
    this.#packet = MAX_PACKET;
    this.#lost = 0;
  }

  stop(): void {
    this.#alarm.cancel();
    this.#probe = undefined;
  }

  get #longest(): number {
    const { longestDatagram, address } = this.#owner;
    return packetOf(longestDatagram - (address.host.includes(":") ? IPV6_OVERHEAD : 0));
  }

  /** The question leaves by itself, not in the midst of what wants it. */
  #want(): void {
    const { clock, address, askedPaths } = this.#owner;
    if (askedPaths.ask(address.host, clock.now())) this.#alarm.set(clock.now());
  }

  #ask(): void {
    const { host } = this.#owner.address;
    const message = randomBytes(PROBE_LENGTH);
    const packet = this.#longest;
    this.#probe = { message, packet, host };
    this.#owner.sendPathProbe(message, packet);
  }
}
