import type { Clock } from "../../base/mod.ts";
import { ByteReader, equalBytes, ProtocolError } from "../../bytes/mod.ts";
import { defaults } from "../../config/mod.ts";
import { agree, PacketMemory, randomBytes } from "../../crypto/mod.ts";
import { DatagramInput, ENDLESS_TURN, type Turn, type Turns } from "../../net/mod.ts";
import { MAX_DATAGRAM, SAFE_DATAGRAM } from "./params.ts";
import { PacketSender } from "./session/packet_sender.ts";
import { ProbedHosts } from "./session/path_limit.ts";
import { Session, type SessionContext } from "./session/session.ts";
import type { CloseReason, SessionHandler } from "./session/session_handler.ts";
import { TimeCriticalRegistry } from "./session/time_critical.ts";
import { type Certificate, type Identity } from "./startup/certificate.ts";
import { type EndpointDiscriminator } from "./startup/endpoint_discriminator.ts";
import { PLAIN_PROTECTION, type Protection } from "./startup/key_agreement.ts";
import { type KeyAgreements } from "./startup/key_agreements.ts";
import { type Opened, Opening } from "./startup/opening.ts";
import {
  type Hello,
  type HelloAnswer,
  type Keyed,
  type RedirectAddress,
  Responder,
} from "./startup/responder.ts";
import { readSessionId } from "./startup/session_key.ts";
import { StartupChannel } from "./startup/startup_channel.ts";
import { TurnClock } from "./turn_clock.ts";
import { type Address, addressText } from "./wire/address.ts";
import { Chunk, nextChunk } from "./wire/chunk.ts";
import { Mode, type SessionMode } from "./wire/packet.ts";
import {
  type ForwardedHello,
  readResponderHello,
  readResponderRedirect,
} from "./wire/startup_chunks.ts";

export type { Address, CloseReason, Hello, HelloAnswer, RedirectAddress };

/** What an endpoint tells its user. */
export interface EndpointHandler {
  /** Decides how to answer a hello. */
  onHello(hello: Hello): HelloAnswer;
  /** A peer opened a session with us; returns the handler of its events. */
  onSession(session: Session): SessionHandler;
  /** A limit has begun to refuse handshakes: of a `host`, or of all. */
  onRefused?(text: string, host?: string): void;
}

/** Identity, limits, clock and socket of an endpoint. */
export interface EndpointOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly protection?: Protection;
  /** Milliseconds between keep-alive pings. */
  readonly keepalive: number;
  readonly maxSessions?: number;
  /** Handshakes answered a second, half of them of one host. */
  readonly handshakes?: number;
  /** How the keys of handshakes are agreed on; by default each at once. */
  readonly agreements?: Pick<KeyAgreements, "agree" | "isBusy">;
  /** Flows that a session accepts a second, after a burst of {@link MAX_FLOWS}. */
  readonly flows?: number;
  /**
   * Bytes of the longest datagram that sessions try on their paths when a message is long enough;
   * {@link SAFE_DATAGRAM} by default.
   */
  readonly longestDatagram?: number;
  /** When datagrams are worked off, each peer's in its turn; without them at once. */
  readonly turns?: Turns | undefined;
  /** Told of an error of ours that a datagram set off; without it {@link Endpoint.receive} throws. */
  readonly onError?: (error: unknown, from: Address) => void;
  /** Sends a datagram, valid only during the call; never throws. */
  send(datagram: Uint8Array, to: Address): void;
  /** Runs at the end of this turn; by default a microtask. */
  readonly defer?: (run: () => void) => void;
}

/** An attempt to open a session, as its caller sees it. */
export interface Attempt {
  readonly discriminator: EndpointDiscriminator;
  readonly addresses: readonly Address[];
  /** The session is open; returns the handler of its events. */
  onOpen(session: Session): SessionHandler;
  onFail?(): void;
}

type Entry = Session | Opening;

/**
 * One UDP address that opens and accepts sessions (RFC 7016 §3.5.1): finds the session of each
 * datagram and does the handshakes. Datagrams in, datagrams out; no socket of its own.
 */
export class Endpoint {
  readonly identity: Identity;
  readonly responder: Responder;
  readonly probedHosts = new ProbedHosts();
  /** Datagrams that could not be read. */
  dropped = 0;
  /** The turn that a datagram is worked off in. */
  turn: Turn = ENDLESS_TURN;
  /** Of each session, by its id; what belongs to none shares one. */
  readonly #inputs = new Map<number, DatagramInput<Address>>();
  readonly #startupInput: DatagramInput<Address> | undefined;
  readonly #clock: TurnClock;
  readonly #protection: Protection;
  readonly #startup: StartupChannel;
  readonly #packets: PacketSender;
  readonly #context: SessionContext;
  readonly #options: EndpointOptions;
  readonly #handler: EndpointHandler;
  readonly #entries = new Map<number, Entry>();
  readonly #byAddress = new Map<string, Session>();
  readonly #attempts = new Map<Opening, Attempt>();
  /** Sessions to flush at the end of this turn. */
  readonly #ready = new Set<Session>();
  readonly #defer: (run: () => void) => void;
  #isFlushing = false;
  #isClosed = false;

  constructor(options: EndpointOptions, handler: EndpointHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#startupInput = this.#newInput();
    const clock = this.#clock = new TurnClock(options.clock);
    this.identity = options.identity;
    this.#protection = options.protection ?? PLAIN_PROTECTION;
    const send = (datagram: Uint8Array, to: Address) => options.send(datagram, to);
    const [buffer, buffer2, startupBuffer] = new PacketMemory().buffers;
    this.#packets = new PacketSender([buffer, buffer2], send);
    this.#startup = new StartupChannel(clock, startupBuffer, send);
    this.responder = new Responder({
      clock,
      identity: this.identity,
      protection: this.#protection,
      startup: this.#startup,
      handshakes: options.handshakes ?? defaults.limits.handshakes,
      agreements: options.agreements ?? { agree, isBusy: false },
      onHello: (hello) => handler.onHello(hello),
      sessionAt: (address) => this.#byAddress.get(addressText(address)),
      yieldsTo: (certificate, address) => this.#yieldsTo(certificate, address),
      onKeyed: (keyed) => this.#onKeyed(keyed),
      resume: (run, from) => this.#run(run, from, ENDLESS_TURN),
      onRefused: (text, host) => handler.onRefused?.(text, host),
    });
    this.#context = {
      clock,
      packets: this.#packets,
      timeCritical: new TimeCriticalRegistry(clock),
      probedHosts: this.probedHosts,
      longestDatagram: options.longestDatagram ?? SAFE_DATAGRAM,
      ...(options.flows === undefined ? {} : { flows: options.flows }),
      secret: randomBytes(32),
      onReady: (session) => this.#flushSoon(session),
      onConfirmed: (session) => this.responder.onConfirmed(session),
      onMoved: (session, old) => this.#onMoved(session, old),
      onClosing: (session) => this.#forgetAddress(session, session.address),
      onClosed: (session) => this.#onClosed(session),
    };
    this.#defer = options.defer ?? queueMicrotask;
  }

  /** Sessions and attempts. */
  get size(): number {
    return this.#entries.size;
  }

  get sessions(): Session[] {
    return [...this.#entries.values()].filter((entry) => entry instanceof Session);
  }

  /** Takes a datagram, valid during the call. Never throws: what is malformed is counted. */
  receive(datagram: Uint8Array, from: Address): void {
    if (this.#isClosed) return;
    if (this.#startupInput === undefined) return this.#handle(datagram, from, ENDLESS_TURN);
    const id = datagram.length < 12 ? 0 : readSessionId(datagram);
    (this.#inputs.get(id) ?? this.#startupInput).receive(datagram, from);
  }

  /** Opens a session as initiator; the returned function cancels the attempt. */
  open(attempt: Attempt): () => void {
    const opening: Opening = new Opening({
      clock: this.#clock,
      identity: this.identity,
      protection: this.#protection,
      startup: this.#startup,
      id: this.#freeId(),
      discriminator: attempt.discriminator,
      onResponder: (certificate) => this.#isNew(certificate, opening),
      onOpened: (opened) => this.#onOpened(opening, opened),
      onFailed: () => {
        this.#giveUp(opening);
        attempt.onFail?.();
      },
    });
    this.#entries.set(opening.id, opening);
    this.#attempts.set(opening, attempt);
    for (const address of attempt.addresses) opening.addCandidate(address);
    return () => this.#giveUp(opening);
  }

  /** Answers a hello that a server forwarded to us. */
  onForwardedHello(hello: ForwardedHello): void {
    this.responder.answerHello(hello, hello.replyTo);
  }

  /** Ends every session, telling the peers, and stops. */
  close(): void {
    if (this.#isClosed) return;
    for (const entry of [...this.#entries.values()]) {
      if (entry instanceof Opening) this.#giveUp(entry);
      else {
        entry.close("shutdown");
        entry.abort("shutdown");
      }
    }
    this.#isClosed = true;
    this.#startupInput?.close();
    for (const input of this.#inputs.values()) input.close();
    this.#inputs.clear();
  }

  #newInput(): DatagramInput<Address> | undefined {
    const { turns } = this.#options;
    return turns && new DatagramInput(turns, (datagram, from, turn) => {
      this.#handle(datagram, from, turn);
    });
  }

  #handle(datagram: Uint8Array, from: Address, turn: Turn): void {
    this.#run(() => this.#receive(datagram, from), from, turn);
  }

  /** Runs what a datagram sets off. */
  #run(run: () => void, from: Address, turn: Turn): void {
    if (this.#isClosed) return;
    this.turn = turn;
    try {
      this.#clock.hold(run);
    } catch (error) {
      if (error instanceof ProtocolError) this.dropped++;
      else if (this.#options.onError) this.#options.onError(error, from);
      else throw error;
    } finally {
      this.turn = ENDLESS_TURN;
    }
  }

  #flushSoon(session: Session): void {
    this.#ready.add(session);
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    this.#defer(() => {
      this.#isFlushing = false;
      const ready = [...this.#ready];
      this.#ready.clear();
      this.#clock.hold(() => {
        for (const each of ready) each.write();
        this.#packets.flush();
      });
    });
  }

  #onMoved(session: Session, old: Address): void {
    this.#forgetAddress(session, old);
    this.#byAddress.set(addressText(session.address), session);
  }

  #onClosed(session: Session): void {
    this.#entries.delete(session.id);
    this.#inputs.get(session.id)?.close();
    this.#inputs.delete(session.id);
    this.#ready.delete(session);
    this.responder.onClosed(session);
  }

  #yieldsTo(certificate: Certificate, address: Address): boolean {
    for (const opening of [...this.#attempts.keys()]) {
      const glare = opening.isTo(address) ||
        (opening.certificate && equalBytes(opening.certificate.bytes, certificate.bytes));
      if (glare && precedes(this.identity.certificate.bytes, certificate.bytes)) return false;
    }
    return true;
  }

  #onOpened(opening: Opening, opened: Opened): void {
    const attempt = this.#attempts.get(opening);
    this.#attempts.delete(opening);
    this.#entries.delete(opening.id);
    if (!attempt) return;
    const session = this.#establish(opening.id, Mode.initiator, opened);
    session.handler = attempt.onOpen(session);
    for (const datagram of opened.early) this.receive(datagram, opened.address);
    session.flush();
  }

  /** Whether no session with the certificate's owner is open, or being opened by another attempt. */
  #isNew(certificate: Certificate, opening: Opening): boolean {
    for (const other of this.#attempts.keys()) {
      if (other !== opening && other.certificate && isSame(other.certificate, certificate)) {
        return false;
      }
    }
    return !this.sessions.some((session) =>
      session.isOpen && isSame(session.certificate, certificate)
    );
  }

  #onKeyed(keyed: Keyed): Session | undefined {
    if (this.#entries.size >= (this.#options.maxSessions ?? Infinity)) return undefined;
    const { certificate } = keyed;
    const session = this.#establish(this.#freeId(), Mode.responder, keyed);
    for (const [opening, attempt] of [...this.#attempts]) {
      if (!opening.certificate || !isSame(opening.certificate, certificate)) continue;
      // Both sides opened a session at the same time and the peer's won: our attempt gets it too.
      this.#giveUp(opening);
      session.handler = attempt.onOpen(session);
      return session;
    }
    session.handler = this.#handler.onSession(session);
    return session;
  }

  #receive(datagram: Uint8Array, from: Address): void {
    if (datagram.length < 12 || datagram.length > MAX_DATAGRAM) {
      throw new ProtocolError(`datagram of ${datagram.length} bytes`);
    }
    const id = readSessionId(datagram);
    if (id === 0) return this.#onStartup(datagram, from);
    const entry = this.#entries.get(id);
    if (!entry) throw new ProtocolError("datagram for no session");
    entry.receive(datagram, from);
  }

  #establish(
    id: number,
    mode: SessionMode,
    { farId, address, certificate, key }: Keyed,
  ): Session {
    const session = new Session(this.#context, {
      id,
      farId,
      mode,
      address,
      certificate,
      key,
      keepalive: this.#options.keepalive,
    });
    this.#entries.set(id, session);
    const input = this.#newInput();
    if (input !== undefined) this.#inputs.set(id, input);
    this.#byAddress.set(addressText(session.address), session);
    return session;
  }

  #onStartup(datagram: Uint8Array, from: Address): void {
    const input = this.#startup.receive(datagram, 0, from);
    const chunk = { type: 0, end: 0 };
    let hellos = 0;
    while (input && nextChunk(input, chunk)) {
      const payload = new ByteReader(input.bytes, input.offset, chunk.end);
      input.offset = chunk.end;
      if (chunk.type === Chunk.responderHello) {
        const hello = readResponderHello(payload);
        this.#openingOf(hello.tag)?.onResponderHello(hello, from);
      } else if (chunk.type === Chunk.responderRedirect) {
        const { tag, addresses } = readResponderRedirect(payload);
        this.#openingOf(tag)?.onRedirect(addresses, from);
      } else if (++hellos === 1) {
        // One hello or keying a packet: several answers would exceed the amplification limit.
        this.responder.onChunk(chunk.type, payload, from, datagram.length);
      }
    }
  }

  #openingOf(tag: Uint8Array): Opening | undefined {
    for (const opening of this.#attempts.keys()) {
      if (equalBytes(opening.tag, tag)) return opening;
    }
    return undefined;
  }

  #giveUp(opening: Opening): void {
    opening.close();
    this.#attempts.delete(opening);
    if (this.#entries.get(opening.id) === opening) this.#entries.delete(opening.id);
  }

  #forgetAddress(session: Session, address: Address): void {
    const name = addressText(address);
    if (this.#byAddress.get(name) === session) this.#byAddress.delete(name);
  }

  /** Random, so that an attacker cannot guess the ids of sessions. */
  #freeId(): number {
    for (;;) {
      const bytes = randomBytes(4);
      const id = new DataView(bytes.buffer).getUint32(0);
      if (id !== 0 && !this.#entries.has(id)) return id;
    }
  }
}

function isSame(a: Certificate, b: Certificate): boolean {
  return equalBytes(a.bytes, b.bytes);
}

/** Lexicographic order decides whose attempt goes ahead (RFC 7425 §4.3.6). */
function precedes(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return a.length <= b.length;
}
