/** Names of OpenSSL's library, the newest first. */
const NAMES = ["libcrypto.so.3", "libcrypto.so.1.1"];

const symbols = {
  EVP_CIPHER_CTX_new: { parameters: [], result: "pointer" },
  EVP_CIPHER_CTX_free: { parameters: ["pointer"], result: "void" },
  EVP_CIPHER_CTX_set_padding: { parameters: ["pointer", "i32"], result: "i32" },
  EVP_aes_128_cbc: { parameters: [], result: "pointer" },
  EVP_CipherInit_ex: {
    parameters: ["pointer", "pointer", "pointer", "buffer", "buffer", "i32"],
    result: "i32",
  },
  EVP_CipherUpdate: {
    parameters: ["pointer", "buffer", "buffer", "buffer", "i32"],
    result: "i32",
  },
  SHA256_Init: { parameters: ["buffer"], result: "i32" },
  SHA256_Update: { parameters: ["buffer", "buffer", "usize"], result: "i32" },
  SHA256_Final: { parameters: ["buffer", "buffer"], result: "i32" },
  BN_CTX_new: { parameters: [], result: "pointer" },
  BN_CTX_free: { parameters: ["pointer"], result: "void" },
  BN_clear: { parameters: ["pointer"], result: "void" },
  BN_new: { parameters: [], result: "pointer" },
  BN_clear_free: { parameters: ["pointer"], result: "void" },
  BN_bin2bn: { parameters: ["buffer", "i32", "pointer"], result: "pointer" },
  BN_bn2binpad: { parameters: ["pointer", "buffer", "i32"], result: "i32" },
  BN_MONT_CTX_new: { parameters: [], result: "pointer" },
  BN_MONT_CTX_free: { parameters: ["pointer"], result: "void" },
  BN_MONT_CTX_set: { parameters: ["pointer", "pointer", "pointer"], result: "i32" },
  BN_mod_exp_mont_consttime: {
    parameters: ["pointer", "pointer", "pointer", "pointer", "pointer", "pointer"],
    result: "i32",
  },
} as const;

export type Pointer = NonNullable<Deno.PointerValue>;

/** Checks the result of a call of OpenSSL, 1 for success. @throws Error otherwise */
export function checked(result: number, what: string): void {
  if (result !== 1) throw new Error(`OpenSSL: ${what} failed`);
}

export function allocated(pointer: Deno.PointerValue): Pointer {
  if (pointer === null) throw new Error("OpenSSL: out of memory");
  return pointer;
}

type Library = Deno.DynamicLibrary<typeof symbols>;

/** The calls of OpenSSL that this room makes. */
export class LibCrypto {
  readonly #library: Library;
  #isClosed = false;

  constructor(library: Library) {
    this.#library = library;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** @throws Error once it is closed: what its pointers pointed to is gone */
  get symbols(): Library["symbols"] {
    if (this.#isClosed) throw new Error("OpenSSL is closed");
    return this.#library.symbols;
  }

  close(): void {
    this.#isClosed = true;
    this.#library.close();
  }
}

/** @throws Error when no library is there, or the permission is not */
export function openLibCrypto(): LibCrypto {
  let failure: unknown;
  for (const name of NAMES) {
    try {
      return new LibCrypto(Deno.dlopen(name, symbols));
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}
