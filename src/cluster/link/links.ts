import { type Clock, errorText, type Timer } from "../../base/mod.ts";
import type { ByteReader } from "../../bytes/mod.ts";
import { hex } from "../../bytes/mod.ts";
import { hostOf } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import {
  connectTcp,
  listenTcp,
  type TcpConnection,
  type TcpHandler,
  type TcpServer,
  type TlsKeys,
  type WriteScheduler,
} from "../../net/mod.ts";
import { CONNECT_TIMEOUT, DEADLINE_INTERVAL, MAX_PENDING_LINKS } from "../params.ts";
import type { Introduction } from "./introduction.ts";
import { Pairing } from "./pairing.ts";
import { EndCode, type LinkEnd, type LinkEvents, LinkSession } from "./session.ts";
import { isNear } from "./trust.ts";

/** Who this server is, whom it links itself to, and what takes the links. */
export interface LinksOptions {
  /** 16 bytes of this server. */
  readonly id: Uint8Array;
  /** Empty: no proof, and only near addresses. */
  readonly secret: Uint8Array;
  /** Targets are reached by TLS: true, or PEM of the authorities of their certificates. */
  readonly secure?: true | string;
  readonly clock: Clock;
  readonly scheduler: WriteScheduler;
  readonly log: Log;
  /** What this server says of itself, with what a dial adds to it. */
  readonly introduction: (dial: Partial<Introduction>) => Introduction;
  /** True when the server of that id is connected in another way. */
  readonly isConnected: (id: string) => boolean;
  /** A link of two servers, or one for a stream, is up. Returns what takes its frames and its end. */
  readonly accept: (link: Link) => LinkUser;
}

/** A connection between two servers that is up. */
export interface Link {
  readonly id: string;
  /** `host:port` of the peer: the target's, or what its connection comes from. */
  readonly address: string;
  readonly isTarget: boolean;
  readonly peer: Introduction;
  readonly session: LinkSession;
  readonly connection: TcpConnection;
}

/** What takes the frames of a link that is up, and its end. */
export interface LinkUser {
  /** The bytes are valid only during the call. */
  frame(type: number, body: ByteReader): void;
  /** The frames that came together have been given. */
  batch?(): void;
  down(end: LinkEnd): void;
}

/** Where to connect to, and what for. */
export interface Dial {
  readonly hostname: string;
  readonly port: number;
  /** Name of the peer: `host:port`. */
  readonly address: string;
  readonly properties?: ReadonlyMap<string, string>;
  /** Publication to pull; absent for a link of two servers. */
  readonly stream?: string;
  /** For a stream: used instead of {@link LinksOptions.accept}. */
  readonly accept?: (link: Link) => LinkUser;
  /** The end, of the attempt or of the link; `peerId` is empty when the peer never said it. */
  readonly onEnded: (end: LinkEnd, peerId: string, wasUp: boolean) => void;
}

/** All connections to other servers, in both directions: one link per pair of servers. */
export class Links {
  readonly #options: LinksOptions;
  readonly #sessions = new Set<LinkSession>();
  readonly #pairing: Pairing;
  /** Lines that were logged and are not again. */
  readonly #warned = new Set<string>();
  readonly #giveUp = new AbortController();
  #listener: TcpServer | undefined;
  #timer: Timer | undefined;

  constructor(options: LinksOptions) {
    this.#options = options;
    this.#pairing = new Pairing(hex(options.id), options.clock, options.isConnected);
  }

  /** The port that is listened on; 0 when none is. */
  get port(): number {
    return this.#listener?.port ?? 0;
  }

  /**
   * Accepts other servers, by TLS when there are keys.
   * @throws Deno.errors.AddrInUse, Deno.errors.PermissionDenied
   */
  listen(hostname: string, port: number, tls?: TlsKeys): void {
    const { scheduler, clock, secret, log } = this.#options;
    const onAcceptFailed = (reason: string) => log.error(reason);
    const options = { hostname, port, scheduler, clock, onAcceptFailed, ...(tls && { tls }) };
    this.#listener = listenTcp(options, (connection) => this.#accept(connection));
    if (secret.length === 0) {
      log.warn(
        "servers.secret is not set: servers of private addresses are accepted without proof",
      );
    }
  }

  /** Resolves when other servers are accepted. */
  get ready(): Promise<void> | undefined {
    return this.#listener?.ready;
  }

  /** True while the server of that id is connected, by a link or otherwise. */
  has(id: string): boolean {
    return this.#pairing.has(id);
  }

  /** True while there is a link with the server of that id. */
  isLinked(id: string): boolean {
    return this.#pairing.isLinked(id);
  }

  /** Connects once; `ended` tells how it went, in the end. */
  async dial(dial: Dial): Promise<void> {
    const { hostname, port } = dial;
    const { scheduler, clock, secure } = this.#options;
    const tls = typeof secure === "string" ? { caCerts: [secure] } : secure;
    const giveUp = new AbortController();
    const timer = clock.after(CONNECT_TIMEOUT, () => giveUp.abort(new Error("no answer")));
    const signal = AbortSignal.any([giveUp.signal, this.#giveUp.signal]);
    try {
      await connectTcp(
        { hostname, port, scheduler, clock, signal, ...(tls === undefined ? {} : { tls }) },
        (connection) => this.#open(connection, dial),
      );
    } catch (error) {
      const reason = errorText(error);
      dial.onEnded({ code: EndCode.closed, reason }, "", false);
    } finally {
      timer.cancel();
    }
  }

  /** Uses another certificate for connections from now on. */
  async renew(tls: TlsKeys): Promise<void> {
    await this.#listener?.renew(tls);
  }

  /** Ends all links and listens no more. */
  close(): void {
    this.#listener?.close();
    this.#listener = undefined;
    this.#giveUp.abort();
    for (const session of [...this.#sessions]) session.end(EndCode.closed, "the server stops");
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #accept(connection: TcpConnection): TcpHandler | undefined {
    const { remote } = connection;
    if (!this.#trusts(remote)) return undefined;
    this.#makeRoom();
    return this.#run(connection, { address: remote, onEnded: () => {} }, false);
  }

  #open(connection: TcpConnection, dial: Dial): TcpHandler | undefined {
    if (this.#giveUp.signal.aborted) return undefined;
    if (!this.#trusts(connection.remote)) {
      const reason = `${connection.remote} is no private address, and servers.secret is not set`;
      dial.onEnded({ code: EndCode.closed, reason }, "", false);
      return undefined;
    }
    return this.#run(connection, dial, true);
  }

  #run(
    connection: TcpConnection,
    dial: Pick<Dial, "address" | "onEnded"> & Partial<Dial>,
    isTarget: boolean,
  ): TcpHandler {
    const { id, secret, clock, introduction } = this.#options;
    let user: LinkUser | undefined;
    let ended: LinkEnd | undefined;
    const events: LinkEvents = {
      meet: (session) => this.#pairing.meet(session),
      claim: (session) => this.#pairing.claim(session),
      up: (session, peer) => {
        const link = {
          id: session.peerId,
          address: dial.address,
          isTarget,
          peer: isTarget ? { ...peer, properties: dial.properties ?? new Map() } : peer,
          session,
          connection,
        };
        user = (dial.accept ?? this.#options.accept)(link);
        if (ended !== undefined) user.down(ended);
      },
      frame: (_session, type, body) => user?.frame(type, body),
      down: (session, end) => {
        ended = end;
        this.#forget(session);
        if (user === undefined && !isTarget) this.#refused(dial.address, session, end);
        user?.down(end);
        dial.onEnded(end, session.peerId, user !== undefined);
      },
    };
    const session = new LinkSession({
      role: isTarget ? "initiator" : "acceptor",
      id,
      secret,
      stream: dial.stream !== undefined,
      introduction: () => introduction(dial),
      output: connection.outbox,
      events,
      now: clock.now(),
    });
    this.#sessions.add(session);
    this.#timer ??= clock.every(DEADLINE_INTERVAL, () => this.#checkDeadlines());
    return {
      onData: (bytes, turn) => {
        const taken = session.receive(bytes, clock.now(), turn);
        user?.batch?.();
        return taken;
      },
      onClosed: (reason) => session.closed(reason),
    };
  }

  #forget(session: LinkSession): void {
    this.#sessions.delete(session);
    this.#pairing.forget(session);
    if (this.#sessions.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Of too many connections that are no link yet the oldest goes: servers say what they are at once. */
  #makeRoom(): void {
    let count = 0;
    let oldest: LinkSession | undefined;
    for (const session of this.#sessions) {
      if (session.isUp || session.role === "initiator") continue;
      oldest ??= session;
      count++;
    }
    if (count < MAX_PENDING_LINKS) return;
    this.#warnOnce(
      `${MAX_PENDING_LINKS} connections to the port of [servers] do not say who they are: the ` +
        "oldest are dropped; let only your own servers reach it",
    );
    oldest?.end(EndCode.closed, "it says nothing, and others come");
  }

  /** A server of ours that does not fit is logged once, strangers and duplicates are no news. */
  #refused(address: string, { peerId }: LinkSession, { code, reason }: LinkEnd): void {
    const host = hostOf(address);
    if (peerId !== "" && code === EndCode.protocol) this.#warnOnce(`${host}: no link: ${reason}`);
    else this.#options.log.debug(`${address}: no link: ${reason}`);
  }

  #warnOnce(line: string): void {
    if (this.#warned.has(line) || this.#warned.size >= MAX_PENDING_LINKS) return;
    this.#warned.add(line);
    this.#options.log.warn(line);
  }

  /** Without a secret only near servers are trusted; a far one is logged once. */
  #trusts(remote: string): boolean {
    if (this.#options.secret.length > 0 || isNear(remote)) return true;
    this.#warnOnce(`${hostOf(remote)} is no private address: set servers.secret to accept it`);
    return false;
  }

  #checkDeadlines(): void {
    const now = this.#options.clock.now();
    for (const session of [...this.#sessions]) session.onDeadline(now);
  }
}
