import { type Later, orElse } from "../../base/mod.ts";
import { type Client, Refusal } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { Outbox, PausableInput, TunnelledPeer } from "../../net/mod.ts";
import { checkHandshake, offeredProtocols, wantsSocket } from "./handshake.ts";
import { logRefusal, statusOf } from "./refusals.ts";
import type { HttpRequest } from "./request.ts";
import type { Resource, Upgrade } from "./resource.ts";
import { HttpError } from "./wire/error.ts";

/** Why a client gets no socket. */
export interface SocketRefusal {
  /** What the same would be as an answer of HTTP. */
  readonly status: number;
  /** In full, such as `NetConnection.Connect.Rejected`. */
  readonly code: string;
  readonly description: string;
  readonly redirect?: string | undefined;
}

/** A request for a socket that may carry another protocol. */
export interface SocketOffer {
  readonly path: string;
  /** Subprotocols that the client offers. */
  readonly protocols: readonly string[];
  readonly peer: TunnelledPeer;
  readonly outbox: Outbox;
  readonly input: PausableInput;
}

/** What turns requests into WebSockets. */
export interface SocketUpgrade {
  /**
   * A socket that carries another protocol, whose sessions know their application by themselves;
   * undefined for any other.
   */
  carry(offer: SocketOffer): Upgrade | undefined;
  /**
   * Accepts a client that asks for a WebSocket.
   * @param name the last component of its path, such as `stream.flv`; "" for none
   * @throws Refusal, or rejects with it
   */
  upgrade(client: Client, name: string, outbox: Outbox, input: PausableInput): Later<Upgrade>;
  /** A socket that only tells its client why it is refused. */
  refuse(refusal: SocketRefusal, outbox: Outbox): Upgrade;
}

/** Requests for a WebSocket. Each socket is a client of its own. */
export class Sockets implements Resource {
  readonly #upgrade: SocketUpgrade;
  readonly #log: Log;

  constructor(upgrade: SocketUpgrade, log: Log) {
    this.#upgrade = upgrade;
    this.#log = log;
  }

  wants({ head }: HttpRequest): boolean {
    return wantsSocket(head);
  }

  respond(request: HttpRequest): Later<Upgrade> {
    const { head, url, connection, target } = request;
    checkHandshake(head);
    const { outbox, input, remote, local, isSecure } = connection;
    const carried = this.#upgrade.carry({
      path: `${url.application}/${url.name}`,
      protocols: offeredProtocols(head),
      peer: {
        address: remote,
        serverAddress: local,
        transport: isSecure ? "RTMP/WSS" : "RTMP/WS",
      },
      outbox,
      input,
    });
    if (carried !== undefined) return carried;
    return orElse<Upgrade>(
      () => this.#upgrade.upgrade(request.socketClient(), target.name, outbox, input),
      (error) => this.#upgrade.refuse(this.#refusal(remote, error), outbox),
    );
  }

  /** @throws what is no refusal */
  #refusal(remote: string, error: unknown): SocketRefusal {
    if (error instanceof HttpError) {
      const { status, message: description } = error;
      return { status, code: "NetConnection.Connect.InvalidApp", description };
    }
    if (!(error instanceof Refusal)) throw error;
    logRefusal(this.#log.child(remote), error);
    const { code, message: description, redirect } = error;
    const object = code.startsWith("Play.") ? "NetStream" : "NetConnection";
    return { status: statusOf(error), code: `${object}.${code}`, description, redirect };
  }
}
