import { ByteReader, ByteWriter, ProtocolError } from "../../../bytes/mod.ts";
import {
  DiffieHellman,
  type DiffieHellmanGroup,
  isDiffieHellmanGroup,
  randomBytes,
  sha256,
} from "../../../crypto/mod.ts";
import { readOption, writeOption } from "../wire/option.ts";
import { type Selectable } from "./endpoint_discriminator.ts";

const CertificateOption = {
  hostname: 0x00,
  acceptsAncillaryData: 0x0a,
  extraRandomness: 0x0e,
  supportedGroup: 0x15,
  staticPublicKey: 0x1d,
} as const;

const RANDOMNESS = 64;

/** A certificate of the Flash profile (RFC 7425 §4.3): an unsigned list of options. */
export interface Certificate extends Selectable {
  readonly bytes: Uint8Array;
  /** SHA-256 of the options through the first marker: the peer id. */
  readonly fingerprint: Uint8Array;
  readonly groups: ReadonlySet<DiffieHellmanGroup>;
  /** Public keys by group; empty when the owner makes a new one for each session. */
  readonly staticKeys: ReadonlyMap<DiffieHellmanGroup, Uint8Array>;
}

/** Copies what it keeps. Throws ProtocolError when neither kind of key is offered, or both are. */
export function readCertificate(source: Uint8Array): Certificate {
  const bytes = source.slice();
  const input = new ByteReader(bytes);
  const groups = new Set<DiffieHellmanGroup>();
  const staticKeys = new Map<DiffieHellmanGroup, Uint8Array>();
  let hostname: Uint8Array | undefined;
  let acceptsAncillaryData = false;
  let isEphemeral = false;
  let isStatic = false;
  let canonicalEnd = 0;
  while (input.remaining > 0) {
    const option = readOption(input);
    canonicalEnd = input.offset;
    if (!option) break;
    switch (option.type) {
      case CertificateOption.hostname:
        hostname = option.value;
        break;
      case CertificateOption.acceptsAncillaryData:
        acceptsAncillaryData = true;
        break;
      case CertificateOption.supportedGroup: {
        isEphemeral = true;
        const group = new ByteReader(option.value).vlu();
        if (isDiffieHellmanGroup(group)) groups.add(group);
        break;
      }
      case CertificateOption.staticPublicKey: {
        isStatic = true;
        const value = new ByteReader(option.value);
        const group = value.vlu();
        if (isDiffieHellmanGroup(group)) staticKeys.set(group, value.rest());
        break;
      }
    }
  }
  if (isStatic === isEphemeral) {
    throw new ProtocolError("certificate with neither or both of static and ephemeral keys");
  }
  if (isStatic) { for (const group of staticKeys.keys()) groups.add(group); }
  const fingerprint = sha256(bytes.subarray(0, canonicalEnd));
  return { bytes, fingerprint, hostname, acceptsAncillaryData, groups, staticKeys };
}

/** Certificate and keys of an {@link Identity}. */
export interface IdentityOptions {
  /** Accept hellos that carry a URL, as servers do. */
  readonly acceptsAncillaryData: boolean;
  /** One key pair for all sessions, as Flash Player uses; otherwise a new one for each. */
  readonly staticKeys?: boolean;
  readonly hostname?: Uint8Array;
  /** Preferred first. */
  readonly groups?: readonly DiffieHellmanGroup[];
}

/** Our certificate and, when its keys are static, the key pairs. */
export class Identity {
  readonly certificate: Certificate;
  readonly groups: readonly DiffieHellmanGroup[];
  readonly #staticKeys = new Map<DiffieHellmanGroup, DiffieHellman>();

  constructor(
    { acceptsAncillaryData, staticKeys, hostname, groups = [14, 2, 16] }: IdentityOptions,
  ) {
    this.groups = groups;
    const output = new ByteWriter(256);
    if (hostname) writeOption(output, CertificateOption.hostname, hostname);
    if (acceptsAncillaryData) writeOption(output, CertificateOption.acceptsAncillaryData);
    if (staticKeys) {
      for (const group of groups) {
        const keys = new DiffieHellman(group);
        this.#staticKeys.set(group, keys);
        const value = new ByteWriter(520).vlu(group).bytes(keys.publicKey).take();
        writeOption(output, CertificateOption.staticPublicKey, value);
      }
    } else {
      writeOption(output, CertificateOption.extraRandomness, randomBytes(RANDOMNESS));
      for (const group of [...groups].sort((a, b) => a - b)) {
        const value = new ByteWriter(2).vlu(group).take();
        writeOption(output, CertificateOption.supportedGroup, value);
      }
    }
    this.certificate = readCertificate(output.take());
  }

  get isStatic(): boolean {
    return this.#staticKeys.size > 0;
  }

  /** The first of our groups that the other side supports. */
  commonGroup(far: Certificate): DiffieHellmanGroup | undefined {
    return this.groups.find((group) => far.groups.has(group));
  }

  /** The static key pair of a group, which we support. */
  staticKeys(group: DiffieHellmanGroup): DiffieHellman | undefined {
    return this.#staticKeys.get(group);
  }

  /** The static key pair of a group, or a new one; undefined when we do not support the group. */
  keysFor(group: DiffieHellmanGroup): DiffieHellman | undefined {
    if (!this.groups.includes(group)) return undefined;
    return this.#staticKeys.get(group) ?? new DiffieHellman(group);
  }
}
