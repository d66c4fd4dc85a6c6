import { andThen, type Later, orElse } from "../../base/mod.ts";
import { encodeText } from "../../bytes/mod.ts";
import { QueryReader } from "../../codecs/mod.ts";
import type { SharedObjects } from "../../flash/mod.ts";
import { type Client, type Hub } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import { CONTAINERS } from "../../media/mod.ts";
import type {
  ByteOutput,
  PausableInput,
  TunnelledFactory,
  TunnelledPeer,
  Turns,
} from "../../net/mod.ts";
import type { WebSocketSettings } from "./params.ts";
import { RefusedSocket, type SocketRefusal } from "./refused_socket.ts";
import { FrameTunnel } from "./frame_tunnel.ts";
import { WebSocketSession } from "./session.ts";

/** What serves the sockets: the hub, and RTMP for those that ask for it. */
export interface WebSocketsOptions {
  readonly hub: Hub;
  readonly log: Log;
  readonly settings: WebSocketSettings;
  /** Makes RTMP sessions for sockets that carry them; without it none do. */
  readonly rtmp?: TunnelledFactory;
  /** When input is worked off that had to wait. */
  readonly turns?: Turns;
  readonly objects?: SharedObjects;
}

/** A request for a socket that may carry RTMP. */
export interface SocketOffer {
  readonly path: string;
  /** Subprotocols that the client offers. */
  readonly protocols: readonly string[];
  readonly peer: TunnelledPeer;
  readonly outbox: ByteOutput;
  readonly input?: PausableInput;
}

/** Name of the subprotocol, and of the path below which every socket carries RTMP. */
const RTMP = "rtmp";

/** What becomes of requests for a WebSocket: the HTTP listeners hand them over. */
export class WebSockets {
  readonly #hub: Hub;
  readonly #log: Log;
  readonly #settings: WebSocketSettings;
  readonly #rtmp: TunnelledFactory | undefined;
  readonly #turns: Turns | undefined;
  readonly #objects: SharedObjects | undefined;

  constructor(options: WebSocketsOptions) {
    this.#hub = options.hub;
    this.#log = options.log;
    this.#settings = options.settings;
    this.#rtmp = options.rtmp;
    this.#turns = options.turns;
    this.#objects = options.objects;
  }

  /**
   * A socket that carries RTMP, by its subprotocol or its path (`/rtmp` and all below): the session
   * in it has a client of its own. Undefined for any other.
   */
  carry(
    { path, protocols, peer, outbox, input }: SocketOffer,
  ): { readonly tunnel: FrameTunnel; readonly protocol?: string } | undefined {
    const isOffered = protocols.includes(RTMP);
    const isBelow = path === `/${RTMP}` || path.startsWith(`/${RTMP}/`);
    if (this.#rtmp === undefined || !(isOffered || isBelow)) return undefined;
    const { maxMessage } = this.#settings;
    const tunnel = new FrameTunnel({
      clock: this.#hub.clock,
      outbox,
      peer,
      maxMessage,
      held: this.#hub.inputs.open(peer.address),
      make: this.#rtmp,
      input,
      turns: this.#turns,
    });
    return { tunnel, ...(isOffered && { protocol: RTMP }) };
  }

  /** A socket that only tells its client why it is refused. */
  refuse(refusal: SocketRefusal, outbox: ByteOutput): { readonly tunnel: RefusedSocket } {
    return { tunnel: new RefusedSocket(outbox, this.#hub.clock, refusal) };
  }

  /**
   * Accepts a client of an application: for `name.flv` it plays that publication, else it calls.
   * @throws Refusal, or rejects with it
   */
  upgrade(
    client: Client,
    name: string,
    outbox: ByteOutput,
    input?: PausableInput,
  ): Later<{ readonly tunnel: WebSocketSession }> {
    const tunnel = new WebSocketSession({
      hub: this.#hub,
      client,
      outbox,
      settings: this.#settings,
      log: this.#log,
      input,
      turns: this.#turns,
      objects: this.#objects,
    });
    const accepted = this.#hub.connect(client, new QueryReader(encodeText(client.query)));
    return andThen(accepted, (added) => {
      const timeout = added.get("timeout");
      if (timeout !== undefined) tunnel.timeout = Number(timeout) * 1000;
      const dot = name.lastIndexOf(".");
      const container = dot > 0 ? CONTAINERS.get(name.slice(dot + 1).toLowerCase()) : undefined;
      if (container === undefined) return { tunnel };
      const played = orElse(() => tunnel.playLive(name.slice(0, dot), container), (error) => {
        this.#hub.disconnect(client);
        throw error;
      });
      return andThen(played, () => ({ tunnel }));
    });
  }
}
