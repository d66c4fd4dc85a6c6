import { type Clock, HostRates } from "../../../base/mod.ts";
import { type ByteReader, ByteWriter, equalBytes } from "../../../bytes/mod.ts";
import { sha256 } from "../../../crypto/mod.ts";
import { GROUP_16_WEIGHT, MAX_UNCONFIRMED, UNCONFIRMED_LIMIT } from "../params.ts";
import type { Session } from "../session/session.ts";
import { type Address, addressText, type Origin } from "../wire/address.ts";
import { Chunk } from "../wire/chunk.ts";
import {
  type InitiatorHello,
  readInitiatorHello,
  readInitiatorKeying,
  writeCookieChange,
  writeResponderHello,
  writeResponderKeying,
  writeResponderRedirect,
} from "../wire/startup_chunks.ts";
import { type Certificate, type Identity, readCertificate } from "./certificate.ts";
import { CookieJar } from "./cookie_jar.ts";
import {
  type EndpointDiscriminator,
  isSelected,
  readDiscriminator,
} from "./endpoint_discriminator.ts";
import { type Protection, ResponderKeyAgreement, type Response } from "./key_agreement.ts";
import type { KeyAgreements } from "./key_agreements.ts";
import type { SessionKey } from "./session_key.ts";
import type { StartupChannel } from "./startup_channel.ts";

const SIGNATURE = Uint8Array.of(0x58);

/** An address of a redirection, and its origin. */
export interface RedirectAddress extends Address {
  readonly origin: Origin;
}

/** How a hello is answered. An empty list of addresses redirects to the sender of the answer. */
export type HelloAnswer = "accept" | "ignore" | { readonly redirect: readonly RedirectAddress[] };

/** A hello that arrived. */
export interface Hello {
  readonly discriminator: EndpointDiscriminator;
  readonly tag: Uint8Array;
  readonly from: Address;
  /** As it came, to be forwarded. */
  readonly discriminatorBytes: Uint8Array;
}

export interface ResponderOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly protection: Protection;
  readonly startup: StartupChannel;
  /** Diffie-Hellman computations a second, and in one burst; one host has half of them. */
  readonly handshakes: number;
  readonly agreements: Pick<KeyAgreements, "agree" | "isBusy">;
  /** Decides about a hello that asks for us or for a peer that we may know. */
  readonly onHello: (hello: Hello) => HelloAnswer;
  /** The session that is open with an address. */
  readonly sessionAt: (address: Address) => Session | undefined;
  /** False when we are opening a session with this peer ourselves and ours goes ahead. */
  readonly yieldsTo: (certificate: Certificate, address: Address) => boolean;
  /** Opens the responder's session; undefined when the endpoint has as many as it may. */
  readonly onKeyed: (keyed: Keyed) => Session | undefined;
  /** Runs what an agreement that comes later leads to, which may throw. */
  readonly resume: (run: () => void, from: Address) => void;
  /** A limit has begun to refuse handshakes: of a `host`, or of all. */
  readonly onRefused: (text: string, host?: string) => void;
}

/** A keying that is being answered. */
interface Asked {
  readonly from: Address;
  readonly sessionId: number;
  readonly certificate: Certificate;
  readonly digest: Uint8Array;
}

/** What a key agreement that we answered came to. */
export interface Keyed {
  readonly farId: number;
  readonly address: Address;
  readonly certificate: Certificate;
  readonly key: SessionKey;
}

interface Unconfirmed {
  readonly session: Session;
  readonly until: number;
}

/** The responder's side of handshakes: nothing is kept before the initiator's address is proven. */
export class Responder {
  readonly #options: ResponderOptions;
  readonly #cookies: CookieJar;
  readonly #keyings: HostRates;
  readonly #unconfirmed = new Map<number, Unconfirmed>();
  /** Addresses whose key agreement is being computed. */
  readonly #pending = new Set<string>();
  /** Digest of the keying that opened a session, to know repetitions, and the answer to repeat. */
  readonly #answers = new WeakMap<Session, { readonly digest: Uint8Array; answer?: Uint8Array }>();
  readonly #tellUnconfirmed: () => void;
  #isFull = false;
  /** Handshakes not answered because of a limit. */
  refused = 0;

  constructor(options: ResponderOptions) {
    const now = options.clock.now();
    this.#options = options;
    this.#cookies = new CookieJar(now);
    const tell = (text: string, host?: string) =>
      options.onRefused(`handshakes refused: more than ${text}`, host);
    const { handshakes } = options;
    this.#keyings = new HostRates(handshakes, now, (perSecond, host) => {
      const ofHost = host === undefined ? "" : " of one address";
      tell(`${perSecond} a second${ofHost}, [limits] handshakes`, host);
    });
    this.#tellUnconfirmed = () => tell(`${MAX_UNCONFIRMED} that were begun and left`);
  }

  /** Takes a chunk of a startup packet; `length` is that of its datagram. */
  onChunk(type: number, payload: ByteReader, from: Address, length: number): void {
    if (type === Chunk.initiatorHello) this.answerHello(readInitiatorHello(payload), from, length);
    else if (type === Chunk.initiatorKeying) this.#onKeying(payload, from);
  }

  /** Answers a hello; without `length` a session with a server vouches for the address. */
  answerHello(hello: InitiatorHello, from: Address, length?: number): void {
    const { startup, identity, clock } = this.#options;
    const discriminator = readDiscriminator(hello.discriminator);
    const { tag } = hello;
    const answer = this.#options.onHello({
      discriminator,
      tag,
      from,
      discriminatorBytes: hello.discriminator,
    });
    if (answer === "ignore") return;
    if (answer !== "accept") {
      this.#redirect(tag, answer.redirect, from, length);
      return;
    }
    if (!isSelected(identity.certificate, discriminator)) return;
    const cookie = this.#cookies.bake(from, clock.now());
    const certificate = identity.certificate.bytes;
    const sent = startup.send(
      from,
      0,
      (output) => writeResponderHello(output, { tag, cookie, certificate }),
      length,
    );
    if (!sent) this.refused++;
  }

  onConfirmed(session: Session): void {
    this.#unconfirmed.delete(session.id);
    const kept = this.#answers.get(session);
    if (kept) delete kept.answer;
  }

  onClosed(session: Session): void {
    this.#unconfirmed.delete(session.id);
  }

  /** Sends as many addresses as the amplification limit allows. */
  #redirect(
    tag: Uint8Array,
    addresses: readonly RedirectAddress[],
    from: Address,
    length: number | undefined,
  ): void {
    for (let count = addresses.length; count >= 0; count--) {
      const some = addresses.slice(0, count);
      const write = (output: ByteWriter) => writeResponderRedirect(output, tag, some);
      if (this.#options.startup.send(from, 0, write, length)) return;
      if (count === 1) break;
    }
    this.refused++;
  }

  #onKeying(payload: ByteReader, from: Address): void {
    const { clock, startup, identity, protection, agreements } = this.#options;
    const keying = readInitiatorKeying(payload);
    const now = clock.now();
    const verdict = this.#cookies.check(keying.cookie, from, now);
    if (verdict === "bad") return;
    if (verdict === "moved") {
      const change = { oldCookie: keying.cookie, newCookie: this.#cookies.bake(from, now) };
      startup.send(from, keying.sessionId, (output) => writeCookieChange(output, change));
      return;
    }
    const id = new ByteWriter(4).u32(keying.sessionId).take();
    const digest = sha256(id, keying.component);
    const existing = this.#options.sessionAt(from);
    const known = existing && this.#answers.get(existing);
    if (existing && known && equalBytes(known.digest, digest)) {
      if (known.answer) startup.resend(known.answer, from);
      return;
    }
    const name = addressText(from);
    if (this.#pending.has(name)) return;
    const certificate = readCertificate(keying.certificate);
    if (!this.#mayOpen(certificate, from)) return;
    const agreement = new ResponderKeyAgreement(
      identity,
      certificate,
      keying.component,
      protection,
    );
    const weight = agreement.group === 16 ? GROUP_16_WEIGHT : 1;
    const isAllowed = !agreements.isBusy && this.#mayAddUnconfirmed(now) &&
      this.#keyings.take(from.host, now, weight);
    if (!isAllowed) {
      this.refused++;
      return;
    }
    const asked = { from, sessionId: keying.sessionId, certificate, digest };
    const response = agreement.respond(agreements.agree);
    if (!(response instanceof Promise)) return this.#open(asked, response);
    this.#pending.add(name);
    const resume = (run: () => void) => {
      this.#pending.delete(name);
      this.#options.resume(run, from);
    };
    response.then(
      (response) => resume(() => this.#mayOpen(certificate, from) && this.#open(asked, response)),
      (error) =>
        resume(() => {
          throw error;
        }),
    );
  }

  /** One session per address, unless its own peer begins again (RFC 7016 §3.5.1.1.1). */
  #mayOpen(certificate: Certificate, from: Address): boolean {
    const existing = this.#options.sessionAt(from);
    if (existing && !equalBytes(existing.certificate.bytes, certificate.bytes)) return false;
    return this.#options.yieldsTo(certificate, from);
  }

  #open({ from, sessionId, certificate, digest }: Asked, { component, key }: Response): void {
    const { clock, startup, sessionAt, onKeyed } = this.#options;
    sessionAt(from)?.abort("replaced");
    const session = onKeyed({ farId: sessionId, address: from, certificate, key });
    if (!session) return;
    const answer = startup.seal(sessionId, (output) => {
      const signature = SIGNATURE;
      writeResponderKeying(output, { sessionId: session.id, component, signature });
    }).slice();
    this.#answers.set(session, { digest, answer });
    const until = clock.now() + UNCONFIRMED_LIMIT;
    this.#unconfirmed.set(session.id, { session, until });
    startup.resend(answer, from);
  }

  /** Ends unconfirmed sessions after UNCONFIRMED_LIMIT; whether one more may be opened. */
  #mayAddUnconfirmed(now: number): boolean {
    for (const { session, until } of this.#unconfirmed.values()) {
      if (until > now) break;
      session.abort("timeout");
    }
    const size = this.#unconfirmed.size + this.#pending.size;
    if (size < MAX_UNCONFIRMED) {
      if (size < MAX_UNCONFIRMED / 2) this.#isFull = false;
      return true;
    }
    if (!this.#isFull) this.#tellUnconfirmed();
    this.#isFull = true;
    return false;
  }
}
