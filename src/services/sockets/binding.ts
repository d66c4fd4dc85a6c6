import { type Clock, errorText, isAddress, type Timer } from "../../base/mod.ts";
import { formatAddress } from "../../net/mod.ts";
import type { Endpoint } from "./endpoint.ts";

/** Milliseconds within which an address is surely free after its socket was closed. */
const RELEASE_TIME = 1_000;

/** Milliseconds between attempts to bind to an address that is not free yet. */
const RETRY_DELAY = 5;

/**
 * When sockets of scripts left their address. The system has it back a turn or two later, but a
 * script that is edited closes its port and opens it again in one turn.
 */
const left: Map<string, number> = new Map();

/** A socket's hold of an address of this machine. */
export class Binding<S extends { close(): void }> {
  readonly #clock: Clock;
  #socket: S | undefined;
  #endpoint: Endpoint | undefined;
  #retry: Timer | undefined;
  #bound: PromiseWithResolvers<S | undefined> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True while it is bound or waits for an address that was left a moment ago. */
  get isActive(): boolean {
    return this.#endpoint !== undefined;
  }

  /** `host:port`; undefined when it is not bound. */
  get address(): string | undefined {
    return this.#endpoint && formatAddress(this.#endpoint.hostname, this.#endpoint.port);
  }

  get port(): number | undefined {
    return this.#endpoint?.port;
  }

  get socket(): S | undefined {
    return this.#socket;
  }

  /** The socket as soon as it is bound; undefined when it is closed before. */
  get bound(): Promise<S | undefined> {
    return this.#bound?.promise ?? Promise.resolve(this.#socket);
  }

  /**
   * Binds with `bind`, which returns the socket and its address.
   * @param onFailed told when binding that had to wait failed after all
   * @returns why it cannot, or undefined
   */
  open(
    at: Endpoint,
    bind: () => [S, Endpoint],
    onFailed: (reason: string) => void,
  ): string | undefined {
    if (this.isActive) return "the socket is bound already";
    try {
      [this.#socket, this.#endpoint] = bind();
    } catch (error) {
      if (!this.#isLeft(at, error)) return errorText(error);
      this.#endpoint = at;
      this.#bound = Promise.withResolvers();
      this.#openSoon(at, bind, onFailed);
    }
    return undefined;
  }

  close(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#bound?.resolve(undefined);
    this.#bound = undefined;
    if (this.#socket !== undefined) {
      for (const [address, time] of left) {
        if (this.#clock.now() - time > RELEASE_TIME) left.delete(address);
      }
      left.set(this.address ?? "", this.#clock.now());
      this.#socket.close();
    }
    this.#socket = undefined;
    this.#endpoint = undefined;
  }

  #openSoon(at: Endpoint, bind: () => [S, Endpoint], onFailed: (reason: string) => void): void {
    this.#retry = this.#clock.after(RETRY_DELAY, () => {
      try {
        [this.#socket, this.#endpoint] = bind();
        this.#bound?.resolve(this.#socket);
        this.#bound = undefined;
      } catch (error) {
        if (this.#isLeft(at, error)) return this.#openSoon(at, bind, onFailed);
        this.close();
        onFailed(errorText(error));
      }
    });
  }

  #isLeft({ hostname, port }: Endpoint, error: unknown): boolean {
    if (!(error instanceof Deno.errors.AddrInUse)) return false;
    const time = left.get(formatAddress(hostname, port));
    return time !== undefined && this.#clock.now() - time <= RELEASE_TIME;
  }
}

/** A socket of a script that is bound to an address of this machine, or was not bound yet. */
export abstract class BoundSocket<S extends { close(): void }> {
  protected readonly binding: Binding<S>;

  constructor({ clock }: { readonly clock: Clock }) {
    this.binding = new Binding(clock);
  }

  /** True while something can come. */
  get isActive(): boolean {
    return this.binding.isActive;
  }

  /** `host:port` of this side; undefined when it is not bound. */
  get address(): string | undefined {
    return this.binding.address;
  }
}

/** The address to bind to; undefined for a name that would have to be looked up. */
export function numericalHost(host: string): string | undefined {
  if (host === "localhost") return "127.0.0.1";
  return isAddress(host) ? host : undefined;
}
