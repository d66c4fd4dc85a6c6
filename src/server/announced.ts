import { formatAddress } from "../net/mod.ts";

/** What clients and other servers are told: `host`, or `host:port` where ports are mapped. */
export class Announced {
  /** Without brackets; empty when it is not set. */
  readonly host: string;
  readonly #port: number | undefined;

  constructor(text: string) {
    const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(text) ?? [];
    this.host = bracketed ?? plain ?? text;
    this.#port = port === undefined ? undefined : Number(port);
  }

  /** `host:port` of RTMFP, which is open here on `port`. */
  address(port: number): string {
    return formatAddress(this.host, this.#port ?? port);
  }

  /**
   * Ports as they are outside. The announced one is RTMFP's, as CumulusServer had no other, or that
   * of the first protocol; and RTMP's, where both have one number here.
   * @param ports those that are open here, by section
   */
  outside(ports: ReadonlyMap<string, number>): Map<string, number> {
    const outside = new Map(ports);
    if (this.#port === undefined) return outside;
    const mapped = ports.get("RTMFP") ?? [...ports.values()][0];
    for (const [section, port] of ports) {
      if (port === mapped && section !== "servers") outside.set(section, this.#port);
    }
    return outside;
  }
}
