import type { Clock } from "../../../base/mod.ts";
import { ByteReader, ByteWriter, encodeText } from "../../../bytes/mod.ts";
import { hmacSha256, sameSecret } from "../../../crypto/mod.ts";
import { MOBILITY_INTERVAL, MOBILITY_LIFETIME, MOBILITY_REPEATS } from "../params.ts";
import { type Address, addressText } from "../wire/address.ts";
import { Alarm } from "./alarm.ts";
import type { RoundTrip } from "./round_trip.ts";

/** First byte of a ping that checks an address; tells its reply from others. */
const MARK = 0x4d;

export interface MobilityOptions {
  readonly clock: Clock;
  readonly roundTrip: RoundTrip;
  /** Key of the proofs. */
  readonly secret: Uint8Array;
  /** Sends a ping to an address that is not proven. */
  readonly sendChallenge: (message: Uint8Array, to: Address) => void;
}

/**
 * Proof that a session's peer has moved (RFC 7016 §3.5.4.2): a ping to the new address whose
 * content only we can make, and its reply from there. The ping is repeated: a peer that receives
 * nothing more may have nothing to send either.
 */
export class Mobility {
  readonly #options: MobilityOptions;
  readonly #alarm: Alarm;
  #asked: Address | undefined;
  #repeats = 0;
  #askedAt = -Infinity;
  /** Time of the proof accepted last: older ones are void. */
  #provenAt = -1;

  constructor(options: MobilityOptions) {
    this.#options = options;
    this.#alarm = new Alarm(options.clock, () => this.#repeat());
  }

  /** Sends a challenge to a new source address, at most one a MOBILITY_INTERVAL. */
  challenge(address: Address): void {
    if (this.#options.clock.now() - this.#askedAt < MOBILITY_INTERVAL) return;
    this.#asked = address;
    this.#repeats = MOBILITY_REPEATS;
    this.#sendChallenge(address);
  }

  stop(): void {
    this.#alarm.cancel();
    this.#asked = undefined;
  }

  /** True when a ping's reply proves that the peer is at `address`. */
  verify(reply: Uint8Array, address: Address, now: number): boolean {
    if (reply[0] !== MARK) return false;
    const input = new ByteReader(reply, 1);
    const at = input.vlu();
    if (at > now || now - at > MOBILITY_LIFETIME || at <= this.#provenAt) return false;
    const proof = this.#proof(reply.subarray(0, input.offset), address);
    if (!sameSecret(proof, input.rest())) return false;
    this.#provenAt = at;
    this.stop();
    return true;
  }

  #sendChallenge(address: Address): void {
    const { clock, roundTrip } = this.#options;
    const now = clock.now();
    this.#askedAt = now;
    const output = new ByteWriter(64).u8(MARK).vlu(Math.floor(now));
    output.bytes(this.#proof(output.view(), address));
    this.#options.sendChallenge(output.take(), address);
    if (this.#repeats > 0) this.#alarm.set(now + roundTrip.timeout);
  }

  #repeat(): void {
    this.#repeats--;
    if (this.#asked) this.#sendChallenge(this.#asked);
  }

  #proof(head: Uint8Array, address: Address): Uint8Array {
    return hmacSha256(this.#options.secret, head, encodeText(addressText(address)));
  }
}
