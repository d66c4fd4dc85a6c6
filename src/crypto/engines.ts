import { WasmDecryption, WasmEncryption } from "./aes_packet.ts";
import type { CryptoEngine } from "./engine.ts";
import { PlainModulus } from "./modulus.ts";
import { WasmHmac } from "./packet_hmac.ts";

/** WebAssembly and the runtime's integers: there on every machine, without any permission. */
export const plainEngine: CryptoEngine = {
  encryption: (key) => new WasmEncryption(key),
  decryption: (key) => new WasmDecryption(key),
  hmac: (key) => new WasmHmac(key),
  modulus: (modulus) => new PlainModulus(modulus),
  isNative: false,
};

let engine = plainEngine;

/** What new keys and key agreements use. */
export function cryptoEngine(): CryptoEngine {
  return engine;
}

/** Chooses what keys and key agreements made from now on use; once, when the server is wired. */
export function useCryptoEngine(chosen: CryptoEngine): void {
  engine = chosen;
}
