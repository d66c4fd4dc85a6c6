import { BoundedMap, type Clock, TokenBucket, trimmedEnd } from "../../../base/mod.ts";
import { decodeText, equalBytes, hex } from "../../../bytes/mod.ts";
import { placeOf } from "../../../flash/mod.ts";
import type { Hub, Redirection } from "../../../hub/mod.ts";
import type { Log } from "../../../logs/mod.ts";
import type { Hello, HelloAnswer, RedirectAddress } from "../endpoint.ts";
import { ATTEMPTS_REMEMBERED, HANDSHAKE_EVENTS_PER_SECOND, MAX_REDIRECTS } from "../params.ts";
import { type Address, addressText, Origin, parseAddress } from "../wire/address.ts";
import type { FlashSession } from "./flash_session.ts";

const DEFAULT_PORT = 1935;

/** A peer that is this server itself: the member of NetGroups. */
export interface OwnPeer {
  /** Undefined while there is none. */
  readonly peerId: Uint8Array | undefined;
  /** Where a peer at that address finds it. */
  addressesFor(peer: Address): readonly Address[];
}

export interface RendezvousOptions {
  readonly hub: Hub;
  readonly log: Log;
  readonly clock: Clock;
  /** Our own peer id. */
  readonly fingerprint: Uint8Array;
  /** `host:port` that clients reach us at, when configured. */
  readonly publicAddress?: string;
  readonly ownPeer?: OwnPeer | undefined;
}

/** Decides about hellos: accepts, introduces peers to each other, redirects to other servers. */
export class Rendezvous {
  readonly #options: RendezvousOptions;
  readonly #peers = new Map<string, FlashSession>();
  /** Number of hellos by tag. */
  readonly #attempts = new BoundedMap<string, number>(ATTEMPTS_REMEMBERED);
  readonly #events: TokenBucket;

  constructor(options: RendezvousOptions) {
    this.#options = options;
    const limit = HANDSHAKE_EVENTS_PER_SECOND;
    this.#events = new TokenBucket(limit, options.clock.now(), limit, () => {
      options.log.warn(`handshakes refused: scripts are asked about ${limit} a second at most`);
    });
  }

  /** Adds a client that its peers may ask for. */
  addPeer(peer: FlashSession): void {
    this.#peers.set(hex(peer.session.peerId), peer);
  }

  removePeer(peer: FlashSession): void {
    const id = hex(peer.session.peerId);
    if (this.#peers.get(id) === peer) this.#peers.delete(id);
  }

  answerHello(hello: Hello): HelloAnswer {
    const { fingerprint, ancillaryData } = hello.discriminator;
    if (fingerprint) return this.#onPeerHello(hello, fingerprint);
    return ancillaryData ? this.#onServerHello(hello, decodeText(ancillaryData)) : "accept";
  }

  /** Both peers are told of each other, so that both open their NAT (RFC 7016 §3.5.1.5, .6). */
  #onPeerHello(hello: Hello, peerId: Uint8Array): HelloAnswer {
    if (equalBytes(peerId, this.#options.fingerprint)) return "accept";
    const { ownPeer } = this.#options;
    if (ownPeer?.peerId !== undefined && equalBytes(peerId, ownPeer.peerId)) {
      const redirect = ownPeer.addressesFor(hello.from).slice(0, MAX_REDIRECTS);
      if (redirect.length === 0) return "ignore";
      return { redirect: redirect.map((each) => ({ ...each, origin: Origin.remote })) };
    }
    const peer = this.#peers.get(hex(peerId));
    if (peer?.isConnected) {
      const { seen, reported } = peer.addresses;
      peer.session.forwardHello({
        discriminator: hello.discriminatorBytes,
        replyTo: hello.from,
        tag: hello.tag,
      });
      return {
        redirect: [
          { ...seen, origin: Origin.remote },
          ...reported.slice(0, MAX_REDIRECTS).map((each) => ({ ...each, origin: Origin.local })),
        ],
      };
    }
    if (!this.#mayAsk()) return "ignore";
    const redirection = this.#options.hub.locate("RTMFP", peerId);
    return this.#redirect(redirection, undefined) ?? "ignore";
  }

  #onServerHello(hello: Hello, url: string): HelloAnswer {
    const parsed = URL.parse(url.replace(/^rtmfp:/i, "http:"));
    if (!parsed || !this.#mayAsk()) return parsed ? "ignore" : "accept";
    const { handler, hasInstances } = this.#options.hub;
    const { path } = placeOf(
      decodePath(parsed.pathname),
      { isTool: false, hasInstances },
      (path) => handler.hasApplication(path),
    );
    const redirection = handler.onHandshake({
      protocol: "RTMFP",
      address: addressText(hello.from),
      path,
      properties: new Map(parsed.searchParams),
      attempts: this.#countAttempt(hello.tag),
    });
    return this.#redirect(redirection, parsed.host) ?? "accept";
  }

  /** The addresses that an application redirects to; undefined when it gave none. */
  #redirect(
    redirection: Redirection | undefined,
    host: string | undefined,
  ): HelloAnswer | undefined {
    if (!redirection || redirection.length === 0) return undefined;
    const own = this.#options.publicAddress ?? host;
    const addresses: RedirectAddress[] = [];
    for (const text of redirection.slice(0, MAX_REDIRECTS)) {
      const address = parseAddress(text === "again" ? own ?? "" : text, DEFAULT_PORT);
      if (address) addresses.push({ ...address, origin: Origin.relay });
      else if (text === "again") return undefined;
      else this.#options.log.warn(`"${text}" is no address to redirect a client to`);
    }
    return addresses.length > 0 ? { redirect: addresses } : undefined;
  }

  #countAttempt(tag: Uint8Array): number {
    const name = hex(tag);
    const count = (this.#attempts.get(name) ?? 0) + 1;
    this.#attempts.set(name, count);
    return count;
  }

  /** Hellos cost their senders nothing: scripts see a limited number of them a second. */
  #mayAsk(): boolean {
    return this.#events.take(this.#options.clock.now());
  }
}

/** `/a/b` of a URL's path, "" for the root. */
function decodePath(path: string): string {
  const bare = trimmedEnd(path, "/");
  try {
    return decodeURIComponent(bare);
  } catch {
    return bare;
  }
}
