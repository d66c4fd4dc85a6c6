import { WasmDecryption, WasmEncryption } from "./aes_packet.ts";
import type { CryptoEngine } from "./engine.ts";
import { modularPower } from "./modular_power.ts";
import { WasmHmac } from "./packet_hmac.ts";

/** WebAssembly and the runtime's integers: there on every machine, without any permission. */
export const plainEngine: CryptoEngine = {
  encryption: (key) => new WasmEncryption(key),
  decryption: (key) => new WasmDecryption(key),
  hmac: (key) => new WasmHmac(key),
  power: modularPower,
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
