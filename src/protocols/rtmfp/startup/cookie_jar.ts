import { ByteWriter, encodeText } from "../../../bytes/mod.ts";
import { hmacSha256By, type KeyedHmac, randomBytes, sameSecret } from "../../../crypto/mod.ts";
import { COOKIE_LIFETIME } from "../params.ts";
import { type Address, addressText } from "../wire/address.ts";

const HEAD = 8;
const TIME_MAC = 24;
const ADDRESS_MAC = 32;
/** One widespread client accepts cookies of this length only. */
const COOKIE_LENGTH = HEAD + TIME_MAC + ADDRESS_MAC;

export type CookieVerdict = "good" | "moved" | "bad";

/**
 * Stateless cookies that prove a return address (RFC 7016 §3.5.1): a time, a MAC over it, and a MAC
 * over it and the address. Secrets change every COOKIE_LIFETIME; cookies of the secret before stay
 * valid.
 */
export class CookieJar {
  #secret = newSecret();
  #previous = newSecret();
  #number = 0;
  #since: number;

  constructor(now: number) {
    this.#since = now;
  }

  /** `now` in milliseconds of a monotonic clock. */
  bake(address: Address, now: number): Uint8Array<ArrayBuffer> {
    this.#rotate(now);
    const output = new ByteWriter(COOKIE_LENGTH);
    output.u32(Math.floor(now / 1000)).u32(this.#number);
    const head = output.view().slice();
    output.bytes(timeMac(this.#secret, head)).bytes(addressMac(this.#secret, head, address));
    return output.take();
  }

  /** "moved": ours and not expired, but made for another address. */
  check(cookie: Uint8Array, address: Address, now: number): CookieVerdict {
    this.#rotate(now);
    if (cookie.length !== COOKIE_LENGTH) return "bad";
    const view = new DataView(cookie.buffer, cookie.byteOffset, cookie.byteLength);
    const age = Math.floor(now / 1000) - view.getUint32(0);
    if (age < 0 || age > COOKIE_LIFETIME / 1000) return "bad";
    const secret = this.#secretOf(view.getUint32(4));
    const head = cookie.subarray(0, HEAD);
    if (!secret || !sameSecret(cookie.subarray(HEAD, HEAD + TIME_MAC), timeMac(secret, head))) {
      return "bad";
    }
    const proof = cookie.subarray(HEAD + TIME_MAC);
    return sameSecret(proof, addressMac(secret, head, address)) ? "good" : "moved";
  }

  #secretOf(number: number): KeyedHmac | undefined {
    if (number === this.#number) return this.#secret;
    return number === this.#number - 1 ? this.#previous : undefined;
  }

  #rotate(now: number): void {
    if (now - this.#since < COOKIE_LIFETIME) return;
    this.#previous = this.#secret;
    this.#secret = newSecret();
    this.#number++;
    this.#since = now;
  }
}

function newSecret(): KeyedHmac {
  return hmacSha256By(randomBytes(32));
}

function timeMac(secret: KeyedHmac, head: Uint8Array): Uint8Array {
  return secret(head).subarray(0, TIME_MAC);
}

function addressMac(secret: KeyedHmac, head: Uint8Array, address: Address): Uint8Array {
  return secret(head, encodeText(addressText(address)));
}
