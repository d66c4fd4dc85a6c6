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
  BN_new: { parameters: [], result: "pointer" },
  BN_clear_free: { parameters: ["pointer"], result: "void" },
  BN_bin2bn: { parameters: ["buffer", "i32", "pointer"], result: "pointer" },
  BN_bn2binpad: { parameters: ["pointer", "buffer", "i32"], result: "i32" },
  BN_mod_exp_mont_consttime: {
    parameters: ["pointer", "pointer", "pointer", "pointer", "pointer", "pointer"],
    result: "i32",
  },
} as const;

/** The calls of OpenSSL that {@link NativeEngine} makes. */
export type LibCrypto = Deno.DynamicLibrary<typeof symbols>;

/** @throws Error when no library is there, or the permission is not */
export function openLibCrypto(): LibCrypto {
  let failure: unknown;
  for (const name of NAMES) {
    try {
      return Deno.dlopen(name, symbols);
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}
