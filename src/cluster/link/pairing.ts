import type { Clock } from "../../base/mod.ts";
import { PING_INTERVAL } from "../params.ts";
import { EndCode, type LinkSession } from "./session.ts";

/** Keeps one link per pair of servers, whichever of them connected, or both at once. */
export class Pairing {
  /** This server: 32 hexadecimal characters. */
  readonly #id: string;
  readonly #clock: Clock;
  /** The link of each server, from the moment it proved itself. */
  readonly #claims = new Map<string, LinkSession>();
  /** Attempts of ours whose peer is known but has not proved itself. */
  readonly #meetings = new Map<string, LinkSession>();
  readonly #isConnected: (id: string) => boolean;

  /** @param isConnected tells whether a server is connected in another way */
  constructor(id: string, clock: Clock, isConnected: (id: string) => boolean) {
    this.#id = id;
    this.#clock = clock;
    this.#isConnected = isConnected;
  }

  /** True while the server of that id is connected. */
  has(id: string): boolean {
    return this.#claims.has(id) || this.#isConnected(id);
  }

  /** True while there is a link with the server of that id. */
  isLinked(id: string): boolean {
    return this.#claims.has(id);
  }

  /** An attempt of ours knows who answers. Returns why it is to end, or undefined. */
  meet(session: LinkSession): string | undefined {
    if (this.#mayKeep(session.peerId)) return "there is a link already";
    this.#meetings.set(session.peerId, session);
    return undefined;
  }

  /**
   * A peer has proved itself. Returns why its session is to end, or undefined. When both servers
   * connect to each other at once, the connection that the one with the larger id began is kept:
   * both sides see the same two, and decide alike.
   */
  claim(session: LinkSession): string | undefined {
    const { peerId } = session;
    if (this.#mayKeep(peerId)) return "there is a link already";
    const mine = this.#meetings.get(peerId);
    if (mine !== undefined && mine !== session) {
      if (this.#id > peerId) return "the link in the other direction is kept";
      mine.end(EndCode.duplicate, "the link in the other direction is kept");
    }
    this.#meetings.delete(peerId);
    this.#claims.set(peerId, session);
    return undefined;
  }

  /** A session is over. */
  forget(session: LinkSession): void {
    for (const map of [this.#claims, this.#meetings]) {
      if (map.get(session.peerId) === session) map.delete(session.peerId);
    }
  }

  /** A link that has gone silent gives way: the peer would not come again without a reason. */
  #mayKeep(peerId: string): boolean {
    const link = this.#claims.get(peerId);
    if (link === undefined) return this.#isConnected(peerId);
    if (this.#clock.now() - link.lastInput <= 2 * PING_INTERVAL) return true;
    link.end(EndCode.duplicate, "a new link takes the place of a silent one");
    return false;
  }
}
