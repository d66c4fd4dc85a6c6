import { ByteReader, ByteWriter, ProtocolError } from "../../../bytes/mod.ts";
import {
  type DiffieHellman,
  type DiffieHellmanGroup,
  hmacSha256,
  isDiffieHellmanGroup,
  randomBytes,
} from "../../../crypto/mod.ts";
import { SEND_HMAC_LENGTH } from "../params.ts";
import { readOptions, writeOption } from "../wire/option.ts";
import { type Certificate, type Identity } from "./certificate.ts";
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
    } else writePublicKey(output, keys);
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
    return deriveKey(this.#keys, publicKey, components, {
      sendHmacLength: hmac.send ? protection.hmacLength : 0,
      receiveHmacLength: hmac.receive ? checkHmacLength(far.hmacLength) : 0,
      sendSequence: sequence.send,
      receiveSequence: sequence.receive,
    });
  }
}

/** The responder's side: its component and the session's key. Throws ProtocolError. */
export function respondToKeying(
  identity: Identity,
  far: Certificate,
  initiatorComponent: Uint8Array,
  protection: Protection,
): { component: Uint8Array<ArrayBuffer>; key: SessionKey } {
  const keying = readKeying(initiatorComponent);
  const hmac = negotiate(keying.hmacFlags, protection.sendHmac, protection.requireHmac);
  const sequence = negotiate(
    keying.sequenceFlags,
    protection.sendSequence,
    protection.requireSequence,
  );
  const { group } = keying;
  const publicKey = far.staticKeys.size > 0 && group ? far.staticKeys.get(group) : keying.publicKey;
  const keys = group && identity.keysFor(group);
  if (!keys || !publicKey) throw new ProtocolError("no Diffie-Hellman key for the group chosen");
  const output = new ByteWriter(640);
  // Negotiations first, 7 bytes: one client reads the public key at a fixed offset.
  writeNegotiations(output, {
    hmac: flagsOf(hmac.send, protection.requireHmac),
    hmacLength: hmac.send ? protection.hmacLength : 0,
    sequence: flagsOf(sequence.send, protection.requireSequence),
  });
  if (identity.isStatic) {
    writeOption(output, KeyingOption.extraRandomness, randomBytes(RANDOMNESS));
  } else writePublicKey(output, keys);
  const component = output.take();
  const key = deriveKey(keys, publicKey, { near: component, far: initiatorComponent }, {
    sendHmacLength: hmac.send ? protection.hmacLength : 0,
    receiveHmacLength: hmac.receive ? checkHmacLength(keying.hmacLength) : 0,
    sendSequence: sequence.send,
    receiveSequence: sequence.receive,
  });
  return { component, key };
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

function writePublicKey(output: ByteWriter, keys: DiffieHellman): void {
  const value = new ByteWriter(520).vlu(keys.group).bytes(keys.publicKey).take();
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
  keys: DiffieHellman,
  publicKey: Uint8Array | undefined,
  { near, far }: { readonly near: Uint8Array; readonly far: Uint8Array },
  protection: {
    sendHmacLength: number;
    receiveHmacLength: number;
    sendSequence: boolean;
    receiveSequence: boolean;
  },
): SessionKey {
  const secret = publicKey && keys.sharedSecret(publicKey);
  if (!secret) throw new ProtocolError("unusable Diffie-Hellman public key");
  const encrypt = hmacSha256(secret, hmacSha256(far, near));
  const decrypt = hmacSha256(secret, hmacSha256(near, far));
  const key = new SessionKey({
    ...protection,
    encryptKey: encrypt.subarray(0, 16),
    decryptKey: decrypt.subarray(0, 16),
    sendHmacKey: hmacSha256(secret, encrypt),
    receiveHmacKey: hmacSha256(secret, decrypt),
    nearNonce: hmacSha256(secret, near),
    farNonce: hmacSha256(secret, far),
  });
  secret.fill(0);
  return key;
}
