import { errorText } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { openNativeEngine, plainEngine, useCryptoEngine } from "../crypto/mod.ts";
import type { Log } from "../logs/mod.ts";
import { openNativeUdp, type SenderFactory } from "../net/mod.ts";

/**
 * Opens what `server.native` allows of the system's own calls, and says in one line which path
 * datagrams and ciphers take.
 */
export async function openNativePath(config: Config, log: Log): Promise<SenderFactory | undefined> {
  useCryptoEngine(plainEngine);
  if (config.server.native === "off") {
    log.info("datagrams and ciphers: the runtime's (server.native=off)");
    return undefined;
  }
  try {
    const senders = await openNativeUdp();
    useCryptoEngine(openNativeEngine());
    log.info("datagrams and ciphers: the system's");
    return senders;
  } catch (error) {
    log.info(`datagrams and ciphers: the runtime's (${errorText(error)})`);
    return undefined;
  }
}
