import { andThen, type Later } from "../../../base/mod.ts";
import { ByteReader, ByteWriter, ProtocolError } from "../../../bytes/mod.ts";
import {
  type DiffieHellman,
  type DiffieHellmanGroup,
  hmacSha256,
  hmacSha256By,
  isDiffieHellmanGroup,
  randomBytes,
} from "../../../crypto/mod.ts";
import { SEND_HMAC_LENGTH } from "../params.ts";
import { readOptions, writeOption } from "../wire/option.ts";
import { type Certificate, type Identity } from "./certificate.ts";
import type { Agree } from "./key_agreements.ts";
import { SessionKey } from "./session_key.ts";

const KeyingOption = {
  ephemeralPublicKey: 0x0d,
  extraRandomness: 0x0e,
  hmacNegotiation: 0x1a,
  groupSelect: 0x1d,
  sequenceNegotiation: 0x1e,
} as const;

/** Flags of both negotiations (RFC 7425 §4.6.4, §4.6.5). */
const Negotiation = {
  request: 0x01,
  sendOnRequest: 0x02,
  sendAlways: 0x04,
} as const;

const UNUSABLE = "unusable Diffie-Hellman public key";
const RANDOMNESS = 64;
const HMAC_MINIMUM = 4;
const HMAC_MAXIMUM = 32;

/** The packet protection that one side offers and requires beyond the checksum. */
export interface Protection {
  /** Sends HMACs whether the peer requests them or not. */
  readonly sendHmac: boolean;
  /** Refuses a peer that cannot send HMACs. */
  readonly requireHmac: boolean;
  /** Bytes of each HMAC that we send, 4 to 32. */
  readonly hmacLength: number;
  readonly sendSequence: boolean;
  readonly requireSequence: boolean;
}

export const PLAIN_PROTECTION: Protection = {
  sendHmac: false,
  requireHmac: false,
  hmacLength: SEND_HMAC_LENGTH,
  sendSequence: false,
  requireSequence: false,
};

interface Keying {
  group: DiffieHellmanGroup | undefined;
  publicKey: Uint8Array | undefined;
  hmacFlags: number;
  hmacLength: number;
  sequenceFlags: number;
}

interface Negotiated {
  readonly send: boolean;
  readonly receive: boolean;
}

/** The initiator's side of one key agreement (RFC 7425 §4.6). */
export class InitiatorKeyAgreement {
  /** The session key initiator component. */
  readonly component: Uint8Array<ArrayBuffer>;
  readonly #group: DiffieHellmanGroup;
  readonly #keys: DiffieHellman;
  readonly #far: Certificate;
  readonly #protection: Protection;

  constructor(identity: Identity, far: Certificate, protection: Protection) {
    const group = identity.commonGroup(far);
    const keys = group && identity.keysFor(group);
    if (!group || !keys) throw new ProtocolError("no Diffie-Hellman group in common");
    this.#group = group;
    this.#keys = keys;
    this.#far = far;
    this.#protection = protection;
    const output = new ByteWriter(640);
    if (identity.isStatic) {
      writeOption(output, KeyingOption.groupSelect, new ByteWriter(2).vlu(group).take());
      writeOption(output, KeyingOption.extraRandomness, randomBytes(RANDOMNESS));
    } else writePublicKey(output, group, keys.publicKey);
    writeNegotiations(output, {
      hmac: flagsOf(protection.sendHmac, protection.requireHmac) | Negotiation.sendOnRequest,
      hmacLength: protection.hmacLength,
      sequence: flagsOf(protection.sendSequence, protection.requireSequence) |
        Negotiation.sendOnRequest,
    });
    this.component = output.take();
  }

  /** The session's key from the responder's component. Throws ProtocolError. */
  complete(responderComponent: Uint8Array): SessionKey {
    const far = readKeying(responderComponent);
    const protection = this.#protection;
    const hmac = negotiate(far.hmacFlags, protection.sendHmac, protection.requireHmac);
    const sequence = negotiate(
      far.sequenceFlags,
      protection.sendSequence,
      protection.requireSequence,
    );
    const publicKey = this.#far.staticKeys.get(this.#group) ??
      (far.group === this.#group ? far.publicKey : undefined);
    const components = { near: this.component, far: responderComponent };
    const secret = publicKey && this.#keys.sharedSecret(publicKey);
    if (!secret) throw new ProtocolError(UNUSABLE);
    return deriveKey(secret, components, {
      sendHmacLength: hmac.send ? protection.hmacLength : 0,
      receiveHmacLength: hmac.receive ? checkHmacLength(far.hmacLength) : 0,
      sendSequence: sequence.send,
      receiveSequence: sequence.receive,
    });
  }
}

/** What a responder's side of an agreement comes to. */
export interface Response {
  /** The session key responder component. */
  readonly component: Uint8Array<ArrayBuffer>;
  readonly key: SessionKey;
}

/** The responder's side. */
export class ResponderKeyAgreement {
  readonly group: DiffieHellmanGroup;
  readonly #identity: Identity;
  readonly #publicKey: Uint8Array;
  readonly #initiatorComponent: Uint8Array;
  readonly #protection: Protection;
  readonly #keying: Keying;
  readonly #hmac: Negotiated;
  readonly #sequence: Negotiated;

  /**
   * @param initiatorComponent valid during the call
   * @throws ProtocolError
   */
  constructor(
    identity: Identity,
    far: Certificate,
    initiatorComponent: Uint8Array,
    protection: Protection,
  ) {
    const component = initiatorComponent.slice();
    const keying = readKeying(component);
    this.#hmac = negotiate(keying.hmacFlags, protection.sendHmac, protection.requireHmac);
    this.#sequence = negotiate(
      keying.sequenceFlags,
      protection.sendSequence,
      protection.requireSequence,
    );
    if (this.#hmac.receive) checkHmacLength(keying.hmacLength);
    const { group } = keying;
    const isSupported = group !== undefined && identity.groups.includes(group);
    const publicKey = isSupported && far.staticKeys.size > 0
      ? far.staticKeys.get(group)
      : keying.publicKey;
    if (!isSupported || !publicKey) {
      throw new ProtocolError("no Diffie-Hellman key for the group chosen");
    }
    this.group = group;
    this.#identity = identity;
    this.#publicKey = publicKey;
    this.#initiatorComponent = component;
    this.#protection = protection;
    this.#keying = keying;
  }

  /**
   * The responder's component and the session's key.
   * @throws ProtocolError, or rejects with it
   */
  respond(agree: Agree): Later<Response> {
    const keys = this.#identity.staticKeys(this.group);
    if (keys === undefined) {
      return andThen(
        agree(this.group, this.#publicKey),
        (agreement) => this.#response(agreement?.secret, agreement?.publicKey),
      );
    }
    return this.#response(keys.sharedSecret(this.#publicKey));
  }

  /** @param publicKey of a pair that was made for this agreement */
  #response(secret: Uint8Array | undefined, publicKey?: Uint8Array): Response {
    if (!secret) throw new ProtocolError(UNUSABLE);
    const component = this.#component(publicKey);
    const key = deriveKey(secret, { near: component, far: this.#initiatorComponent }, {
      sendHmacLength: this.#hmac.send ? this.#protection.hmacLength : 0,
      receiveHmacLength: this.#hmac.receive ? this.#keying.hmacLength : 0,
      sendSequence: this.#sequence.send,
      receiveSequence: this.#sequence.receive,
    });
    return { component, key };
  }

  #component(publicKey: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
    const { requireHmac, requireSequence, hmacLength } = this.#protection;
    const output = new ByteWriter(640);
    // Negotiations first, 7 bytes: one client reads the public key at a fixed offset.
    writeNegotiations(output, {
      hmac: flagsOf(this.#hmac.send, requireHmac),
      hmacLength: this.#hmac.send ? hmacLength : 0,
      sequence: flagsOf(this.#sequence.send, requireSequence),
    });
    if (publicKey) writePublicKey(output, this.group, publicKey);
    else writeOption(output, KeyingOption.extraRandomness, randomBytes(RANDOMNESS));
    return output.take();
  }
}

function flagsOf(sendAlways: boolean, request: boolean): number {
  return (sendAlways ? Negotiation.sendAlways : 0) | (request ? Negotiation.request : 0);
}

function negotiate(farFlags: number, sendAlways: boolean, require: boolean): Negotiated {
  const farSends = (farFlags & Negotiation.sendAlways) !== 0;
  if (require && !farSends && (farFlags & Negotiation.sendOnRequest) === 0) {
    throw new ProtocolError("the peer lacks the packet protection that is required");
  }
  return {
    send: sendAlways || (farFlags & Negotiation.request) !== 0,
    receive: require || farSends,
  };
}

function checkHmacLength(length: number): number {
  if (length < HMAC_MINIMUM || length > HMAC_MAXIMUM) {
    throw new ProtocolError(`HMAC of ${length} bytes`);
  }
  return length;
}

function readKeying(component: Uint8Array): Keying {
  const keying: Keying = {
    group: undefined,
    publicKey: undefined,
    hmacFlags: 0,
    hmacLength: 0,
    sequenceFlags: 0,
  };
  for (const { type, value } of readOptions(new ByteReader(component))) {
    const input = new ByteReader(value);
    if (type === KeyingOption.hmacNegotiation) {
      keying.hmacFlags = input.u8();
      keying.hmacLength = input.vlu();
    } else if (type === KeyingOption.sequenceNegotiation) {
      keying.sequenceFlags = input.u8();
    } else if (type === KeyingOption.ephemeralPublicKey || type === KeyingOption.groupSelect) {
      const group = input.vlu();
      if (!isDiffieHellmanGroup(group)) throw new ProtocolError(`Diffie-Hellman group ${group}`);
      keying.group = group;
      if (type === KeyingOption.ephemeralPublicKey) keying.publicKey = input.rest();
    }
  }
  return keying;
}

function writePublicKey(
  output: ByteWriter,
  group: DiffieHellmanGroup,
  publicKey: Uint8Array,
): void {
  const value = new ByteWriter(520).vlu(group).bytes(publicKey).take();
  writeOption(output, KeyingOption.ephemeralPublicKey, value);
}

function writeNegotiations(
  output: ByteWriter,
  flags: { hmac: number; hmacLength: number; sequence: number },
): void {
  const hmac = new ByteWriter(2).u8(flags.hmac).vlu(flags.hmacLength).take();
  writeOption(output, KeyingOption.hmacNegotiation, hmac);
  writeOption(output, KeyingOption.sequenceNegotiation, Uint8Array.of(flags.sequence));
}

/** Keys and nonces (RFC 7425 §4.6.1): `near` and `far` are the components as sent. */
function deriveKey(
  secret: Uint8Array,
  { near, far }: { readonly near: Uint8Array; readonly far: Uint8Array },
  protection: {
    sendHmacLength: number;
    receiveHmacLength: number;
    sendSequence: boolean;
    receiveSequence: boolean;
  },
): SessionKey {
  const hmac = hmacSha256By(secret);
  const encrypt = hmac(hmacSha256(far, near));
  const decrypt = hmac(hmacSha256(near, far));
  const key = new SessionKey({
    ...protection,
    encryptKey: encrypt.subarray(0, 16),
    decryptKey: decrypt.subarray(0, 16),
    sendHmacKey: hmac(encrypt),
    receiveHmacKey: hmac(decrypt),
    nearNonce: hmac(near),
    farNonce: hmac(far),
  });
  secret.fill(0);
  return key;
}
