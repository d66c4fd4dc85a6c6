import { type CryptoEngine, openNativeEngine, plainEngine } from "../../src/crypto/mod.ts";

/** Both are held to the same: WebAssembly and OpenSSL. */
export const engines: readonly (readonly [string, CryptoEngine])[] = [
  ["plain", plainEngine],
  ...(Deno.build.os === "linux" ? [["native", openNativeEngine()] as const] : []),
];
