import { ByteReader, ByteWriter, encodeText } from "../../../bytes/mod.ts";
import { hmacSha256, sameSecret } from "../../../crypto/mod.ts";
import { MOBILITY_INTERVAL, MOBILITY_LIFETIME } from "../params.ts";
import { type Address, addressText } from "../wire/address.ts";

/** First byte of a ping that checks an address, so that its reply is known as such. */
const MARK = 0x4d;

/**
 * Proof that a session's peer has moved (RFC 7016 §3.5.4.2): a ping to the new address whose
 * content only we can make, and its reply from there.
 */
export class Mobility {
  readonly #secret: Uint8Array;
  #askedAt = -Infinity;
  /** Older proofs than the one that moved us last are void. */
  #provenAt = -1;

  constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /** The ping to send to an address that a packet of the session came from; undefined: not again. */
  challenge(address: Address, now: number): Uint8Array<ArrayBuffer> | undefined {
    if (now - this.#askedAt < MOBILITY_INTERVAL) return undefined;
    this.#askedAt = now;
    const output = new ByteWriter(64).u8(MARK).vlu(Math.floor(now));
    output.bytes(this.#proof(output.view(), address));
    return output.take();
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
    return true;
  }

  #proof(head: Uint8Array, address: Address): Uint8Array {
    return hmacSha256(this.#secret, head, encodeText(addressText(address)));
  }
}
