import type { Log } from "../../logs/mod.ts";
import { isCompressed } from "./body.ts";
import type { SentFields } from "./wire/fields.ts";

/** What a connection's tunnelled RTMP comes in, which is dumped as RTMP. */
const TUNNELLED = "application/x-fcs";

/** Dumps the requests of one connection, and the heads of its responses. */
export class WireDump {
  readonly #log: Log;

  private constructor(log: Log) {
    this.#log = log;
  }

  /** Undefined when nothing is dumped. A log of its own knows what secret goes on in the next bytes. */
  static of(log: Log, remote: string): WireDump | undefined {
    return log.dumps ? new WireDump(log.child(remote)) : undefined;
  }

  head(way: "received" | "sent", bytes: Uint8Array): void {
    this.#log.dump(`head ${way}`, bytes);
  }

  /** A piece of a request's body; secrets cannot be found in one that is compressed. */
  body(fields: SentFields, bytes: Uint8Array): void {
    if (isCompressed(fields) || fields.get("content-type")?.startsWith(TUNNELLED)) return;
    this.#log.dump("body received", bytes);
  }
}
