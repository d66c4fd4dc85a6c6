import type { Modulus } from "../engine.ts";
import { PlainModulus } from "../modulus.ts";
import { allocated, checked, type LibCrypto, type Pointer } from "./libcrypto.ts";

/** Bytes of the longest prime that a supported group has. */
const MAX_LENGTH = 512;

/** What of OpenSSL's numbers is made once: a context, and room for base, exponent and power. */
interface Shared {
  readonly library: LibCrypto;
  readonly context: Pointer;
  readonly base: Pointer;
  readonly exponent: Pointer;
  readonly power: Pointer;
}

/** Makes moduli of OpenSSL, until {@link close}. */
export class NativeModuli {
  readonly #shared: Shared;
  readonly #made: NativeModulus[] = [];

  constructor(library: LibCrypto) {
    const { symbols } = library;
    const number = () => allocated(symbols.BN_new());
    const context = allocated(symbols.BN_CTX_new());
    this.#shared = { library, context, base: number(), exponent: number(), power: number() };
  }

  /** @throws RangeError for an even number, or one longer than any group's */
  of(modulus: Uint8Array): Modulus {
    const made = new NativeModulus(this.#shared, modulus);
    this.#made.push(made);
    return made;
  }

  /** None of the moduli may be used any more. */
  close(): void {
    const { library: { symbols }, context, base, exponent, power } = this.#shared;
    for (const modulus of this.#made) modulus.close();
    for (const number of [base, exponent, power]) symbols.BN_clear_free(number);
    symbols.BN_CTX_free(context);
  }
}

class NativeModulus implements Modulus {
  readonly #shared: Shared;
  readonly #length: number;
  readonly #modulus: Pointer;
  readonly #plain: PlainModulus;
  /** What Montgomery's multiplication needs of the modulus. */
  readonly #montgomery: Pointer;

  constructor(shared: Shared, modulus: Uint8Array) {
    if (modulus.length > MAX_LENGTH || ((modulus.at(-1) ?? 0) & 1) === 0) {
      throw new RangeError("the modulus is no odd number of a known length");
    }
    const { library: { symbols }, context } = shared;
    this.#shared = shared;
    this.#length = modulus.length;
    this.#plain = new PlainModulus(modulus);
    this.#modulus = allocated(symbols.BN_bin2bn(new Uint8Array(modulus), modulus.length, null));
    this.#montgomery = allocated(symbols.BN_MONT_CTX_new());
    checked(symbols.BN_MONT_CTX_set(this.#montgomery, this.#modulus, context), "a modulus");
  }

  /** In a time that depends on lengths only. */
  power(base: Uint8Array, exponent: Uint8Array): Uint8Array<ArrayBuffer> {
    if (base.length > MAX_LENGTH || exponent.length > MAX_LENGTH) {
      throw new RangeError("a number longer than any modulus");
    }
    const { library: { symbols }, context, ...numbers } = this.#shared;
    const put = (bytes: Uint8Array, number: Pointer) =>
      allocated(symbols.BN_bin2bn(new Uint8Array(bytes), bytes.length, number));
    checked(
      symbols.BN_mod_exp_mont_consttime(
        numbers.power,
        put(base, numbers.base),
        put(exponent, numbers.exponent),
        this.#modulus,
        context,
        this.#montgomery,
      ),
      "a power",
    );
    const result = new Uint8Array(this.#length);
    const length = symbols.BN_bn2binpad(numbers.power, result, result.length);
    for (const secret of [numbers.exponent, numbers.power]) symbols.BN_clear(secret);
    if (length !== result.length) throw new Error("OpenSSL: a power is longer than its modulus");
    return result;
  }

  /** Tables of the powers of 2 take half the time of OpenSSL, which has none. */
  powerOfTwo(exponent: Uint8Array): Uint8Array<ArrayBuffer> {
    return this.#plain.powerOfTwo(exponent);
  }

  close(): void {
    const { symbols } = this.#shared.library;
    symbols.BN_MONT_CTX_free(this.#montgomery);
    symbols.BN_clear_free(this.#modulus);
  }
}
