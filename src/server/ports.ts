import {
  by,
  type Clock,
  errorText,
  gauge,
  type Metered,
  type Metric,
  type Timer,
} from "../base/mod.ts";
import { portFallback, portFault, type PortReason } from "../config/mod.ts";
import type { Log } from "../logs/mod.ts";
import type { TlsKeys } from "../net/mod.ts";
import { Certificate } from "./certificate.ts";

/** What Deno says of a name that is none; it has no class for that. */
const NO_SUCH_NAME = /^failed to lookup address/;

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
  /** Resolves when connections are accepted, where that takes a while. */
  readonly ready?: Promise<void>;
  /** How many are open, where it tells. */
  readonly connections?: number;
  close(): void | Promise<void>;
  /** Uses another certificate for connections from now on. */
  renew?(tls: TlsKeys): Promise<void>;
}

/** What all ports of a server have in common. */
export interface PortsOptions {
  readonly log: Log;
  /** The log of a protocol, by its name. */
  readonly logger: (name: string) => Log;
  readonly clock: Clock;
  /** The address that all ports are opened at. */
  readonly bind: string;
  /** Folder that names of certificates are relative to. */
  readonly folder: string;
  /** What becomes of a port that cannot be opened: one that is taken is tried again, or all end. */
  readonly onFault: "retry" | "exit";
  /** A port is open, at once or later. */
  readonly onOpen: (section: string, port: number) => void;
}

/** Milliseconds after which a port that was taken is tried again. */
const RETRY_INTERVAL = 1_000;

/**
 * The ports of the server. One that cannot be opened is reported, with the key to change, and
 * keeps none of the others from opening; whether they go on without it is a setting.
 */
export class Ports implements Metered {
  readonly #options: PortsOptions;
  readonly #open: { readonly section: string; readonly listening: Listening }[] = [];
  readonly #watches: Timer[] = [];
  readonly #numbers = new Map<string, number>();
  #refused = 0;

  constructor(options: PortsOptions) {
    this.#options = options;
  }

  /** The ports that are open, by section. */
  get numbers(): ReadonlyMap<string, number> {
    return this.#numbers;
  }

  /** Whether every port that was wanted is open. */
  get isComplete(): boolean {
    return this.#refused === 0;
  }

  *metrics(): Generator<Metric> {
    const open = this.#open.flatMap(({ section, listening: { connections } }) =>
      connections === undefined ? [] : [[section.toLowerCase(), connections] as const]
    );
    yield gauge("connections", "Connections that are open, by port.", by("port", open));
  }

  /** Whether the server should not go on: no port that was wanted is open, or not each as it must. */
  get isFatal(): boolean {
    return this.#refused > 0 && (this.#numbers.size === 0 || this.#options.onFault === "exit");
  }

  /** Opens a port, unless it is off. */
  open(wanted: WantedPort, listen: (given: GivenPort) => Listening): void {
    const { section, transport, port, fallback } = wanted;
    if (port === 0) return;
    const { log } = this.#options;
    const first = this.#attempt(wanted, port, listen);
    if (first === undefined) return log.note(`${section} on ${transport} port ${port}`);
    const refusal = { section, transport, port, bind: this.#options.bind, reason: first };
    if (fallback !== undefined && this.#attempt(wanted, fallback, listen) === undefined) {
      return log.warn(portFallback(refusal, fallback));
    }
    this.#refused++;
    const isRetried = first === "taken" && this.#options.onFault === "retry";
    log.error(portFault(refusal, isRetried));
    if (isRetried) this.#retry(wanted, listen);
  }

  /** Tries a port that is in use again and again, until it opens. */
  #retry(wanted: WantedPort, listen: (given: GivenPort) => Listening): void {
    const { log, clock } = this.#options;
    const { section, transport, port } = wanted;
    const timer = clock.every(RETRY_INTERVAL, () => {
      if (this.#attempt(wanted, port, listen) !== undefined) return;
      timer.cancel();
      this.#refused--;
      log.note(`${section} on ${transport} port ${port}, which is free now`);
    });
    this.#watches.push(timer);
  }

  /** Resolves when every open port takes connections. */
  async ready(): Promise<void> {
    await Promise.all(this.#open.map(({ listening }) => listening.ready));
  }

  /** Closes all ports; resolves when their clients are gone. */
  async close(): Promise<void> {
    for (const watch of this.#watches) watch.cancel();
    await Promise.all(this.#open.map(async ({ section, listening }) => {
      try {
        await listening.close();
      } catch (error) {
        this.#options.log.error(`${section} did not close in order: ${errorText(error)}`);
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
      const keys = certificate === ""
        ? undefined
        : new Certificate({ ...this.#options, certificate, key, log });
      const listening = listen({ port, log, ...keys && { tls: keys.read() } });
      this.#open.push({ section, listening });
      this.#numbers.set(section, port);
      this.#options.onOpen(section, port);
      if (keys) this.#watches.push(keys.watch(async (tls) => await listening.renew?.(tls)));
      return undefined;
    } catch (error) {
      return reason(error);
    }
  }
}

function reason(error: unknown): PortReason {
  if (error instanceof Deno.errors.AddrInUse) return "taken";
  if (error instanceof Deno.errors.PermissionDenied) return "forbidden";
  const text = errorText(error);
  if (error instanceof Deno.errors.AddrNotAvailable || NO_SUCH_NAME.test(text)) return "elsewhere";
  return { message: text };
}
