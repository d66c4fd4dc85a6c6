import type { Clock, Timer } from "../base/mod.ts";
import { portFallback, portFault, type PortReason } from "../config/mod.ts";
import type { Log } from "../logs/mod.ts";
import type { TlsKeys } from "../net/mod.ts";
import { Certificate } from "./certificate.ts";

/** A port that a protocol wants. */
export interface WantedPort {
  /** Section of the ini, which is the protocol's name. */
  readonly section: string;
  readonly transport: "TCP" | "UDP";
  /** 0 for off. */
  readonly port: number;
  /** The port to take when the wanted one cannot be had. */
  readonly fallback?: number;
  /** Files in PEM: with them the port speaks TLS. */
  readonly certificate?: string;
  readonly key?: string;
}

/** What a listener is made with. */
export interface GivenPort {
  readonly port: number;
  readonly log: Log;
  readonly tls?: TlsKeys;
}

/** A protocol on its port. */
export interface Listening {
  close(): void | Promise<void>;
  /** Uses another certificate for connections from now on. */
  renew?(tls: TlsKeys): Promise<void>;
}

export interface PortsOptions {
  readonly log: Log;
  /** The log of a protocol, by its name. */
  readonly logger: (name: string) => Log;
  readonly clock: Clock;
  /** Folder that names of certificates are relative to. */
  readonly folder: string;
}

/**
 * The ports of the server. One that cannot be opened is reported, with the key to change, and
 * keeps none of the others from opening.
 */
export class Ports {
  readonly #options: PortsOptions;
  readonly #open: { readonly section: string; readonly listening: Listening }[] = [];
  readonly #watches: Timer[] = [];
  readonly #numbers = new Map<string, number>();

  constructor(options: PortsOptions) {
    this.#options = options;
  }

  /** The ports that are open, by section. */
  get numbers(): ReadonlyMap<string, number> {
    return this.#numbers;
  }

  /** Opens a port, unless it is off. */
  open(wanted: WantedPort, listen: (given: GivenPort) => Listening): void {
    const { section, transport, port, fallback } = wanted;
    if (port === 0) return;
    const { log } = this.#options;
    const first = this.#attempt(wanted, port, listen);
    if (first === undefined) return log.note(`${section} on ${transport} port ${port}`);
    const refusal = { section, transport, port, reason: first };
    if (fallback !== undefined && this.#attempt(wanted, fallback, listen) === undefined) {
      return log.warn(portFallback(refusal, fallback));
    }
    log.error(portFault(refusal));
  }

  /** Closes all ports; resolves when their clients are gone. */
  async close(): Promise<void> {
    for (const watch of this.#watches) watch.cancel();
    await Promise.all(this.#open.map(async ({ section, listening }) => {
      try {
        await listening.close();
      } catch (error) {
        this.#options.log.error(`${section} did not close in order: ${message(error)}`);
      }
    }));
  }

  /** Undefined when the port is open, else why it is not. */
  #attempt(
    wanted: WantedPort,
    port: number,
    listen: (given: GivenPort) => Listening,
  ): PortReason | undefined {
    const { section, certificate = "", key = "" } = wanted;
    const log = this.#options.logger(section.toLowerCase());
    try {
      if (certificate === "") {
        this.#open.push({ section, listening: listen({ port, log }) });
        this.#numbers.set(section, port);
        return undefined;
      }
      const keys = new Certificate({ ...this.#options, certificate, key, log });
      const listening = listen({ port, log, tls: keys.read() });
      this.#open.push({ section, listening });
      this.#numbers.set(section, port);
      this.#watches.push(keys.watch((tls) => listening.renew?.(tls) ?? Promise.resolve()));
      return undefined;
    } catch (error) {
      return reason(error);
    }
  }
}

function reason(error: unknown): PortReason {
  if (error instanceof Deno.errors.AddrInUse) return "taken";
  if (error instanceof Deno.errors.PermissionDenied) return "forbidden";
  return { message: message(error) };
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
