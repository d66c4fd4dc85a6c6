import { BoundedMap, type Clock } from "../../../base/mod.ts";
import { equalBytes } from "../../../bytes/mod.ts";
import { randomBytes } from "../../../crypto/mod.ts";
import {
  FRAGMENT_OVERHEAD,
  IPV6_OVERHEAD,
  MAX_PACKET,
  MAX_PROBED_HOSTS,
  packetOf,
  PATH_LOSSES,
  PATH_RETRY,
} from "../params.ts";
import { Alarm } from "./alarm.ts";

const PROBE_LENGTH = 16;

/** Hosts that were sent a long packet and have not answered it. */
export class ProbedHosts {
  readonly #times = new BoundedMap<string, number>(MAX_PROBED_HOSTS);

  /** Notes a probe of the host; false when one was sent less than PATH_RETRY ago. */
  tryProbe(host: string, now: number): boolean {
    if (now - (this.#times.get(host) ?? -Infinity) < PATH_RETRY) return false;
    this.#times.set(host, now);
    return true;
  }

  /** The host answered. */
  forget(host: string): void {
    this.#times.delete(host);
  }
}

/** What a packet carried, and whether it left in parts. */
export interface SentFragment {
  readonly data: Uint8Array;
  readonly isInParts: boolean;
}

export interface PathLimitOptions {
  readonly clock: Clock;
  /** The peer's IP address. */
  readonly host: string;
  readonly probedHosts: ProbedHosts;
  /** Bytes of the longest datagram that is tried, over IPv4. */
  readonly longestDatagram: number;
  /** Sends a ping in a packet of `packet` bytes. */
  readonly sendProbe: (message: Uint8Array, packet: number) => void;
}

/**
 * The longest packet of a session: MAX_PACKET, which every path takes, or the length of a ping that
 * was answered (as RFC 8899 does it). No probe is sent before a message is long enough to need one.
 * When PATH_LOSSES long packets in a row are lost the path may have changed: the limit is MAX_PACKET
 * until another probe is answered.
 */
export class PathLimit {
  readonly #options: PathLimitOptions;
  readonly #alarm: Alarm;
  #host: string;
  #packet = MAX_PACKET;
  #probe:
    | { readonly message: Uint8Array; readonly packet: number; readonly host: string }
    | undefined;
  #lost = 0;
  #sendsParts = false;

  constructor(options: PathLimitOptions) {
    this.#options = options;
    this.#host = options.host;
    this.#alarm = new Alarm(options.clock, () => this.#sendProbe());
  }

  /** Bytes before encryption. */
  get packet(): number {
    return this.#packet;
  }

  /** Bytes that a fragment of a message of `length` may have. */
  fragmentOf(length: number): number {
    const most = this.#packet - FRAGMENT_OVERHEAD;
    if (length > most && this.#packet < this.#longest) this.#wantProbe();
    return most;
  }

  /** Whether a ping's reply is the one to our probe, which then sets the limit. */
  verify(reply: Uint8Array): boolean {
    const probe = this.#probe;
    if (!probe || !equalBytes(reply, probe.message)) return false;
    this.#probe = undefined;
    this.#options.probedHosts.forget(probe.host);
    this.#packet = probe.packet;
    return true;
  }

  /**
   * Whether a packet that was written for a longer limit leaves in parts: some peers read no parts,
   * some paths take nothing else. The form that arrived last is used again, one that was lost is not.
   */
  sendsParts(): boolean {
    this.#wantProbe();
    return this.#sendsParts;
  }

  /** A fragment was acknowledged, or counts as lost. */
  onOutcome({ data, isInParts }: SentFragment, arrived: boolean): void {
    if (data.length <= MAX_PACKET - FRAGMENT_OVERHEAD) return;
    this.#sendsParts = isInParts === arrived;
    this.#lost = arrived ? 0 : this.#lost + 1;
    if (this.#lost >= PATH_LOSSES) this.reset();
  }

  /** The path has changed, to `host` when the peer has moved: nothing is known of it. */
  reset(host = this.#host): void {
    this.stop();
    this.#host = host;
    this.#packet = MAX_PACKET;
    this.#lost = 0;
  }

  stop(): void {
    this.#alarm.cancel();
    this.#probe = undefined;
  }

  get #longest(): number {
    const overhead = this.#host.includes(":") ? IPV6_OVERHEAD : 0;
    return packetOf(this.#options.longestDatagram - overhead);
  }

  /** The probe leaves by a timer: packets are being written while this is called. */
  #wantProbe(): void {
    const { clock, probedHosts } = this.#options;
    if (probedHosts.tryProbe(this.#host, clock.now())) this.#alarm.set(clock.now());
  }

  #sendProbe(): void {
    const message = randomBytes(PROBE_LENGTH);
    const packet = this.#longest;
    this.#probe = { message, packet, host: this.#host };
    this.#options.sendProbe(message, packet);
  }
}
