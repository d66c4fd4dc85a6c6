import type { Modulus } from "./engine.ts";
import { PlainModulus } from "./modulus.ts";
import { openLibCrypto } from "./native/libcrypto.ts";
import { NativeModuli } from "./native/modulus.ts";

/** Asks for 2 and `base` to the power of an exponent; big-endian bytes. */
export interface PowerJob {
  readonly modulus: Uint8Array;
  readonly exponent: Uint8Array;
  readonly base: Uint8Array;
}

export type Powers = readonly [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];

/** The powers, or why there are none. */
export type PowersOrFault = Powers | string;

/** The thread's end of a {@link PowerWorker}. */
const scope = globalThis as unknown as {
  onmessage: (event: MessageEvent<boolean | readonly PowerJob[]>) => void;
  postMessage: (answers: readonly PowersOrFault[]) => void;
};

let make = (modulus: Uint8Array): Modulus => new PlainModulus(modulus);
/** By their hexadecimal digits. */
const moduli = new Map<string, Modulus>();

scope.onmessage = ({ data }) => {
  if (typeof data === "boolean") prepare(data);
  else scope.postMessage(data.map(answer));
};

/** The first message: whether OpenSSL may be used. */
function prepare(isNative: boolean): void {
  if (!isNative) return;
  try {
    const native = new NativeModuli(openLibCrypto());
    make = (modulus) => native.of(modulus);
  } catch {
    // Plain powers are the same, only slower.
  }
}

function answer({ modulus, exponent, base }: PowerJob): PowersOrFault {
  try {
    const name = modulus.toHex();
    const found = moduli.get(name) ?? make(modulus);
    moduli.set(name, found);
    return [found.powerOfTwo(exponent), found.power(base, exponent)];
  } catch (error) {
    return String(error);
  }
}
