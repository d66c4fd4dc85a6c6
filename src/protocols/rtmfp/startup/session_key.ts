import { briefBytes, ByteReader, ProtocolError, vluLength } from "../../../bytes/mod.ts";
import {
  cryptoEngine,
  HEADROOM,
  type PacketBuffer,
  type PacketDecryption,
  type PacketEncryption,
  type PacketHmac,
  type PacketSlice,
  sharedMemory,
} from "../../../crypto/mod.ts";
import { SESSION_ID_LENGTH } from "../params.ts";
import { ReplayWindow } from "./replay_window.ts";

const BLOCK = 16;
const CHECKSUM = 2;

/**
 * Bytes in front of a packet's header while it is written, where {@link SessionKey.seal} puts the
 * checksum, a sequence number and the session id.
 */
export const PACKET_HEADROOM = HEADROOM + 16;

/** A packet from its header on: bytes PACKET_HEADROOM to `end` of a buffer. */
export interface PlainPacket {
  readonly buffer: PacketBuffer;
  readonly end: number;
}

/** A packet, its receiver's session id, and the key it is sealed with. */
export interface PacketToSeal extends PlainPacket {
  readonly key: SessionKey;
  readonly sessionId: number;
}

/** Keys and packet protection that two keying components agree upon (RFC 7425 §4.6). */
export interface KeyMaterial {
  readonly encryptKey: Uint8Array;
  readonly decryptKey: Uint8Array;
  /** 0 for the checksum instead. */
  readonly sendHmacLength: number;
  readonly receiveHmacLength: number;
  readonly sendHmacKey: Uint8Array;
  readonly receiveHmacKey: Uint8Array;
  readonly sendSequence: boolean;
  readonly receiveSequence: boolean;
  readonly nearNonce: Uint8Array;
  readonly farNonce: Uint8Array;
}

/**
 * Packet protection of one session, both directions (RFC 7425 §4.5): AES-128-CBC over
 * [sequence number] [checksum] packet padding, then [HMAC].
 */
export class SessionKey {
  readonly nearNonce: Uint8Array;
  readonly farNonce: Uint8Array;
  readonly #encrypt: PacketEncryption;
  readonly #decrypt: PacketDecryption;
  readonly #sendHmac: PacketHmac | undefined;
  readonly #receiveHmac: PacketHmac | undefined;
  readonly #sendHmacLength: number;
  readonly #receiveHmacLength: number;
  readonly #sendSequence: boolean;
  readonly #received: ReplayWindow | undefined;
  #nextSequence = 0;

  constructor(material: KeyMaterial) {
    this.nearNonce = material.nearNonce;
    this.farNonce = material.farNonce;
    const engine = cryptoEngine();
    this.#encrypt = engine.encryption(material.encryptKey);
    this.#decrypt = engine.decryption(material.decryptKey);
    this.#sendHmacLength = material.sendHmacLength;
    this.#receiveHmacLength = material.receiveHmacLength;
    if (material.sendHmacLength > 0) this.#sendHmac = engine.hmac(material.sendHmacKey);
    if (material.receiveHmacLength > 0) this.#receiveHmac = engine.hmac(material.receiveHmacKey);
    this.#sendSequence = material.sendSequence;
    if (material.receiveSequence) this.#received = new ReplayWindow();
  }

  /** How packets are protected, for logs: `checksum` or `hmac`, with `+sequence`. */
  get protection(): string {
    const kind = this.#sendHmac || this.#receiveHmac ? "hmac" : "checksum";
    return this.#sendSequence || this.#received ? `${kind}+sequence` : kind;
  }

  /**
   * Makes a packet a datagram to the receiver's session id, in place. Returns the datagram, a view
   * of the buffer.
   */
  seal(packet: PlainPacket, sessionId: number): Uint8Array<ArrayBuffer> {
    const slice = this.#prepare(packet);
    this.#encrypt.apply(slice);
    return this.#finish(slice, sessionId);
  }

  /** Seals two packets of one memory, which takes less than twice the time of one. */
  static sealTwo(
    first: PacketToSeal,
    second: PacketToSeal,
  ): [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] {
    const slice = first.key.#prepare(first);
    const slice2 = second.key.#prepare(second);
    first.key.#encrypt.applyTwo(slice, second.key.#encrypt, slice2);
    return [
      first.key.#finish(slice, first.sessionId),
      second.key.#finish(slice2, second.sessionId),
    ];
  }

  /** Writes the fields that are encrypted with the packet: padding, checksum, sequence number. */
  #prepare({ buffer, end }: PlainPacket): PacketSlice {
    const { bytes } = buffer;
    let start = PACKET_HEADROOM;
    if (!this.#sendHmac) start -= CHECKSUM;
    if (this.#sendSequence) start -= vluLength(this.#nextSequence);
    const padded = end + ((start - end) & (BLOCK - 1));
    bytes.fill(0xff, end, padded);
    if (!this.#sendHmac) {
      const sum = checksum(bytes, PACKET_HEADROOM, padded);
      bytes[PACKET_HEADROOM - 2] = sum >>> 8;
      bytes[PACKET_HEADROOM - 1] = sum;
    }
    if (this.#sendSequence) putVlu(bytes, start, this.#nextSequence++);
    return { buffer, start, end: padded };
  }

  /** Writes HMAC and session id around the encrypted packet. */
  #finish(slice: PacketSlice, sessionId: number): Uint8Array<ArrayBuffer> {
    const { buffer: { bytes }, start, end } = slice;
    const length = this.#sendHmacLength;
    if (this.#sendHmac) {
      const code = this.#sendHmac.of(slice);
      for (let i = 0; i < length; i++) bytes[end + i] = code[i]!;
    }
    const datagram = bytes.subarray(start - SESSION_ID_LENGTH, end + length);
    writeSessionId(datagram, sessionId);
    return datagram;
  }

  /**
   * A reader over the plain packet of a datagram (session id included), at its header. Throws
   * ProtocolError when it was damaged, forged or repeated.
   */
  open(datagram: Uint8Array): ByteReader {
    const end = datagram.length - this.#receiveHmacLength;
    const length = end - SESSION_ID_LENGTH;
    if (length < BLOCK || length % BLOCK !== 0) {
      throw new ProtocolError(`${length} bytes are not an encrypted packet`);
    }
    const [buffer] = sharedMemory().buffers;
    const slice = { buffer, start: HEADROOM, end: HEADROOM + length };
    buffer.bytes.set(datagram.subarray(SESSION_ID_LENGTH, end), HEADROOM);
    if (this.#receiveHmac) {
      const hmac = this.#receiveHmac.of(slice);
      let difference = 0;
      for (let i = 0; i < this.#receiveHmacLength; i++) difference |= hmac[i]! ^ datagram[end + i]!;
      if (difference !== 0) throw new ProtocolError("packet with a wrong HMAC");
    }
    this.#decrypt.apply(slice);
    const plain = briefBytes(length);
    plain.set(buffer.bytes.subarray(HEADROOM, slice.end));
    const input = new ByteReader(plain);
    const sequence = this.#received ? input.vlu() : 0;
    if (this.#received?.has(sequence)) throw new ProtocolError(`packet ${sequence} came twice`);
    if (!this.#receiveHmac && input.u16() !== checksum(input.bytes, input.offset, input.end)) {
      throw new ProtocolError("packet with a wrong checksum");
    }
    this.#received?.addSequence(sequence);
    return input;
  }
}

/** The protection of packets that belong to no session: the well-known default key. */
export function defaultKey(key: Uint8Array): SessionKey {
  const none = new Uint8Array(0);
  return new SessionKey({
    encryptKey: key,
    decryptKey: key,
    sendHmacLength: 0,
    receiveHmacLength: 0,
    sendHmacKey: none,
    receiveHmacKey: none,
    sendSequence: false,
    receiveSequence: false,
    nearNonce: none,
    farNonce: none,
  });
}

/** The session id of a datagram of at least 12 bytes, unscrambled (RFC 7016 §2.2.1). */
export function readSessionId(datagram: Uint8Array): number {
  return (word(datagram, 0) ^ word(datagram, 4) ^ word(datagram, 8)) >>> 0;
}

function writeSessionId(datagram: Uint8Array, sessionId: number): void {
  const scrambled = sessionId ^ word(datagram, 4) ^ word(datagram, 8);
  datagram[0] = scrambled >>> 24;
  datagram[1] = scrambled >>> 16;
  datagram[2] = scrambled >>> 8;
  datagram[3] = scrambled;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** The Internet checksum (RFC 1071); an odd last byte counts as the high half of a word. */
export function checksum(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  let at = start;
  for (const even = end - 1; at < even; at += 2) sum += (bytes[at]! << 8) | bytes[at + 1]!;
  if (at < end) sum += bytes[at]! << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

function putVlu(buffer: Uint8Array, start: number, value: number): void {
  let rest = value;
  let more = 0;
  let at = start + vluLength(value);
  do {
    buffer[--at] = (rest % 128) | more;
    rest = Math.floor(rest / 128);
    more = 0x80;
  } while (rest > 0);
}
