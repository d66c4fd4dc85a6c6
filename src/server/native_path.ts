import { errorText } from "../base/mod.ts";
import type { Config } from "../config/mod.ts";
import { openNativeEngine, plainEngine, useCryptoEngine } from "../crypto/mod.ts";
import type { Log } from "../logs/mod.ts";
import {
  type DatagramCalls,
  openNativeUdp,
  openSocketControl,
  useSocketControl,
} from "../net/mod.ts";

/**
 * Opens what `server.native` allows of the system's own calls, and says in one line which path
 * datagrams, ciphers and TLS take.
 */
export async function openNativePath(config: Config, log: Log): Promise<DatagramCalls | undefined> {
  useCryptoEngine(plainEngine);
  useSocketControl(undefined);
  if (config.server.native === "off") {
    log.info("datagrams, ciphers and TLS: without native calls (server.native=off)");
    return undefined;
  }
  try {
    const datagramCalls = await openNativeUdp();
    const control = await openSocketControl();
    useCryptoEngine(openNativeEngine());
    useSocketControl(control);
    log.info("datagrams, ciphers and TLS: by native calls");
    return datagramCalls;
  } catch (error) {
    log.info(`datagrams, ciphers and TLS: without native calls (${errorText(error)})`);
    return undefined;
  }
}
