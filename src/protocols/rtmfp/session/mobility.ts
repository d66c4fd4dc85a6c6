import type { Clock } from "../../../base/mod.ts";
import { ByteReader, ByteWriter, encodeText } from "../../../bytes/mod.ts";
import { hmacSha256, sameSecret } from "../../../crypto/mod.ts";
import { MOBILITY_INTERVAL, MOBILITY_LIFETIME, MOBILITY_REPEATS } from "../params.ts";
import { type Address, addressText } from "../wire/address.ts";
import { Alarm } from "./alarm.ts";
import type { RoundTrip } from "./round_trip.ts";

/** First byte of a ping that checks an address, so that its reply is known as such. */
const MARK = 0x4d;

/** What the session does to find out where its peer is. */
export interface MobilityOwner {
  readonly clock: Clock;
  readonly roundTrip: RoundTrip;
  /** Sends a ping to an address that nothing is known of. */
  sendChallenge(message: Uint8Array, to: Address): void;
}

/**
 * Proof that a session's peer has moved (RFC 7016 §3.5.4.2): a ping to the new address whose
 * content only we can make, and its reply from there. It is repeated, since a peer that gets
 * nothing any more may have nothing to say either.
 */
export class Mobility {
  readonly #owner: MobilityOwner;
  readonly #secret: Uint8Array;
  readonly #alarm: Alarm;
  #asked: Address | undefined;
  #repeats = 0;
  #askedAt = -Infinity;
  /** Older proofs than the one that moved us last are void. */
  #provenAt = -1;

  constructor(owner: MobilityOwner, secret: Uint8Array) {
    this.#owner = owner;
    this.#secret = secret;
    this.#alarm = new Alarm(owner.clock, () => this.#repeat());
  }

  /** Asks an address that a packet of the session came from, unless one was asked just now. */
  ask(address: Address): void {
    if (this.#owner.clock.now() - this.#askedAt < MOBILITY_INTERVAL) return;
    this.#asked = address;
    this.#repeats = MOBILITY_REPEATS;
    this.#challenge(address);
  }

  stop(): void {
    this.#alarm.cancel();
    this.#asked = undefined;
  }

  /** True when a ping's reply from `address` proves that the peer is there. */
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

  #challenge(address: Address): void {
    const { clock, roundTrip } = this.#owner;
    const now = clock.now();
    this.#askedAt = now;
    const output = new ByteWriter(64).u8(MARK).vlu(Math.floor(now));
    output.bytes(this.#proof(output.view(), address));
    this.#owner.sendChallenge(output.take(), address);
    if (this.#repeats > 0) this.#alarm.set(now + roundTrip.timeout);
  }

  #repeat(): void {
    this.#repeats--;
    if (this.#asked) this.#challenge(this.#asked);
  }

  #proof(head: Uint8Array, address: Address): Uint8Array {
    return hmacSha256(this.#secret, head, encodeText(addressText(address)));
  }
}
