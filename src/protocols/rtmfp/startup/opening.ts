import type { Clock } from "../../../base/mod.ts";
import { ByteReader, equalBytes, ProtocolError } from "../../../bytes/mod.ts";
import { randomBytes } from "../../../crypto/mod.ts";
import {
  HELLO_LENGTH,
  HELLO_RESEND,
  KEYING_RESEND,
  MAX_CANDIDATES,
  MAX_EARLY_PACKETS,
  OPENING_LIMIT,
  RESEND_GROWTH,
  TAG_LENGTH,
} from "../params.ts";
import { Alarm } from "../session/alarm.ts";
import { type Address, addressText } from "../wire/address.ts";
import { Chunk, nextChunk } from "../wire/chunk.ts";
import {
  readCookieChange,
  readResponderKeying,
  type ResponderHello,
  writeInitiatorHello,
  writeInitiatorKeying,
} from "../wire/startup_chunks.ts";
import { type Certificate, type Identity, readCertificate } from "./certificate.ts";
import {
  type EndpointDiscriminator,
  isSelected,
  writeDiscriminator,
} from "./endpoint_discriminator.ts";
import { InitiatorKeyAgreement, type Protection } from "./key_agreement.ts";
import type { SessionKey } from "./session_key.ts";
import type { StartupChannel } from "./startup_channel.ts";

const SIGNATURE = Uint8Array.of(0x58);

/** What a handshake agreed upon. */
export interface Opened {
  readonly farId: number;
  readonly address: Address;
  readonly certificate: Certificate;
  readonly key: SessionKey;
  /** Session packets that came before the responder's keying, oldest first. */
  readonly early: readonly Uint8Array[];
}

export interface OpeningOptions {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly protection: Protection;
  readonly startup: StartupChannel;
  /** The session's id on our side. */
  readonly id: number;
  readonly discriminator: EndpointDiscriminator;
  /** A peer answered: false when a session with it is open, or being opened by another attempt. */
  readonly onResponder: (certificate: Certificate) => boolean;
  readonly onOpened: (opened: Opened) => void;
  readonly onFailed: () => void;
}

interface Candidate {
  readonly address: Address;
  readonly alarm: Alarm;
}

interface Keying {
  readonly address: Address;
  readonly certificate: Certificate;
  readonly agreement: InitiatorKeyAgreement;
  readonly alarm: Alarm;
  cookie: Uint8Array;
  hasNewCookie: boolean;
}

/** The initiator's side of a handshake (RFC 7016 §3.5.1): hellos to every candidate, then keying. */
export class Opening {
  readonly id: number;
  readonly tag = randomBytes(TAG_LENGTH);
  readonly discriminator: EndpointDiscriminator;
  readonly #options: OpeningOptions;
  readonly #discriminatorBytes: Uint8Array;
  readonly #candidates = new Map<string, Candidate>();
  readonly #limit: Alarm;
  readonly #early: Uint8Array[] = [];
  #keying: Keying | undefined;
  #isClosed = false;

  constructor(options: OpeningOptions) {
    const { clock, id, discriminator } = options;
    this.#options = options;
    this.id = id;
    this.discriminator = discriminator;
    this.#discriminatorBytes = writeDiscriminator(discriminator);
    this.#limit = new Alarm(clock, () => this.#fail());
    this.#limit.set(clock.now() + OPENING_LIMIT);
  }

  /** The certificate of the peer that answered; undefined before. */
  get certificate(): Certificate | undefined {
    return this.#keying?.certificate;
  }

  isTo(address: Address): boolean {
    return this.#candidates.has(addressText(address));
  }

  /** Sends hellos to one more address until a peer answers. */
  addCandidate(address: Address): void {
    const name = addressText(address);
    if (this.#isClosed || this.#keying || this.#candidates.has(name)) return;
    if (this.#candidates.size >= MAX_CANDIDATES) return;
    const alarm = this.#repeat(HELLO_RESEND, () => this.#sendHello(address));
    this.#candidates.set(name, { address, alarm });
  }

  onRedirect(addresses: readonly Address[], from: Address): void {
    for (const address of addresses) this.addCandidate(address);
    if (addresses.length === 0) this.addCandidate(from);
  }

  /** The session is opened with the first peer whose answer is acceptable. */
  onResponderHello(hello: ResponderHello, from: Address): void {
    if (this.#isClosed || this.#keying) return;
    const certificate = readCertificate(hello.certificate);
    if (!isSelected(certificate, this.discriminator)) return;
    if (!this.#options.onResponder(certificate)) return this.#fail();
    const { identity, protection } = this.#options;
    const agreement = new InitiatorKeyAgreement(identity, certificate, protection);
    for (const { alarm } of this.#candidates.values()) alarm.cancel();
    this.#candidates.set(addressText(from), { address: from, alarm: this.#limit });
    const alarm = this.#repeat(KEYING_RESEND, () => this.#sendKeying());
    const cookie = hello.cookie.slice();
    this.#keying = { address: from, certificate, agreement, alarm, cookie, hasNewCookie: false };
    this.#sendKeying();
  }

  /** A datagram for our session number: the responder's keying, a new cookie, or early data. */
  receive(datagram: Uint8Array, from: Address): void {
    const keying = this.#keying;
    if (this.#isClosed || !keying) return;
    let input: ByteReader | undefined;
    try {
      input = this.#options.startup.receive(datagram, this.id, from);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#early.push(datagram.slice());
      if (this.#early.length > MAX_EARLY_PACKETS) this.#early.shift();
      return;
    }
    const chunk = { type: 0, end: 0 };
    while (input && !this.#isClosed && nextChunk(input, chunk)) {
      const payload = new ByteReader(input.bytes, input.offset, chunk.end);
      input.offset = chunk.end;
      if (chunk.type === Chunk.responderKeying) {
        const { sessionId, component } = readResponderKeying(payload);
        const key = keying.agreement.complete(component);
        const { address, certificate } = keying;
        this.close();
        this.#options.onOpened({
          farId: sessionId,
          address,
          certificate,
          key,
          early: this.#early,
        });
      } else if (chunk.type === Chunk.cookieChange) {
        const { oldCookie, newCookie } = readCookieChange(payload);
        if (keying.hasNewCookie || !equalBytes(oldCookie, keying.cookie)) continue;
        keying.hasNewCookie = true;
        keying.cookie = newCookie.slice();
        this.#sendKeying();
      }
    }
  }

  /** Stops; the peer is told nothing. */
  close(): void {
    this.#isClosed = true;
    this.#limit.cancel();
    this.#keying?.alarm.cancel();
    for (const { alarm } of this.#candidates.values()) alarm.cancel();
  }

  #fail(): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.onFailed();
  }

  #sendHello(address: Address): void {
    const { startup } = this.#options;
    const hello = { discriminator: this.#discriminatorBytes, tag: this.tag };
    startup.send(address, 0, (output) => {
      writeInitiatorHello(output, hello);
      while (output.length < HELLO_LENGTH) output.u8(0xff);
    });
  }

  #sendKeying(): void {
    const keying = this.#keying;
    if (!keying) return;
    this.#options.startup.send(keying.address, 0, (output) => {
      writeInitiatorKeying(output, {
        sessionId: this.id,
        cookie: keying.cookie,
        certificate: this.#options.identity.certificate.bytes,
        component: keying.agreement.component,
        signature: SIGNATURE,
      });
    });
  }

  /** Sends at once (hellos only), after `first`, and then at intervals that grow by RESEND_GROWTH. */
  #repeat(first: number, send: () => void): Alarm {
    let interval = first;
    const alarm = new Alarm(this.#options.clock, () => {
      send();
      alarm.set(this.#options.clock.now() + interval);
      interval += RESEND_GROWTH;
    });
    if (first === HELLO_RESEND && !this.#keying) send();
    alarm.set(this.#options.clock.now() + interval);
    interval += RESEND_GROWTH;
    return alarm;
  }
}
