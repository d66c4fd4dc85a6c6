import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv } from "node:crypto";

const BLOCK = 16;

/**
 * Encrypts packets by AES-128-CBC with a zero initialisation vector each (RFC 7425 §4.5). One cipher
 * object lives as long as the key: CBC chains from packet to packet, which corrections undo for less
 * than setting up a cipher for each packet costs.
 */
export class PacketEncryption {
  readonly #cipher: Cipheriv;
  /** The cipher block that the next one is chained to. */
  readonly #chain: Uint8Array;
  /** A block of zeros, encrypted. */
  readonly #zero: Uint8Array;
  #closed = false;

  /** `key` has 16 bytes. */
  constructor(key: Uint8Array) {
    const nothing = new Uint8Array(BLOCK);
    this.#cipher = createCipheriv("aes-128-cbc", key, nothing);
    this.#cipher.setAutoPadding(false);
    this.#zero = plain(this.#cipher.update(nothing));
    this.#chain = this.#zero.slice();
  }

  /**
   * Encrypts the packet behind the first 16 bytes of `room`; its length is a positive multiple of 16.
   * The result is a new buffer of the same shape, whose first 16 bytes are the caller's: a datagram's
   * header then needs no copy, nor does what follows the packet when the room has blocks for it that
   * the caller overwrites. Overwrites the room and the packet's first block.
   */
  apply(room: Uint8Array): Uint8Array<ArrayBuffer> {
    checkLength(room.length - BLOCK);
    const chain = this.#chain;
    const zero = this.#zero;
    // The room cancels the chain and so encrypts to a known block, which the packet then cancels.
    for (let i = 0; i < BLOCK; i++) {
      room[i] = chain[i]!;
      room[BLOCK + i]! ^= zero[i]!;
    }
    const encrypted = plain(this.#cipher.update(room));
    for (let i = 0, from = room.length - BLOCK; i < BLOCK; i++) chain[i] = encrypted[from + i]!;
    return encrypted;
  }

  /** Gives the cipher's native memory back; the object cannot be used afterwards. */
  close(): void {
    if (!this.#closed) this.#cipher.final();
    this.#closed = true;
  }
}

/** Decrypts packets that were encrypted as {@link PacketEncryption} does, in any order. */
export class PacketDecryption {
  readonly #cipher: Decipheriv;
  readonly #chain: Uint8Array = new Uint8Array(BLOCK);
  #closed = false;

  /** `key` has 16 bytes. */
  constructor(key: Uint8Array) {
    this.#cipher = createDecipheriv("aes-128-cbc", key, this.#chain);
    this.#cipher.setAutoPadding(false);
  }

  /** Decrypts a packet, whose length is a positive multiple of 16, into a new buffer. */
  apply(packet: Uint8Array): Uint8Array<ArrayBuffer> {
    checkLength(packet.length);
    const chain = this.#chain;
    const decrypted = plain(this.#cipher.update(packet));
    for (let i = 0, from = packet.length - BLOCK; i < BLOCK; i++) {
      decrypted[i]! ^= chain[i]!;
      chain[i] = packet[from + i]!;
    }
    return decrypted;
  }

  /** Gives the cipher's native memory back; the object cannot be used afterwards. */
  close(): void {
    if (!this.#closed) this.#cipher.final();
    this.#closed = true;
  }
}

function checkLength(length: number): void {
  if (length <= 0 || length % BLOCK !== 0) {
    throw new RangeError(`${length} bytes are not whole AES blocks`);
  }
}

/** Without Buffer's own methods, of which `slice` does not copy. */
function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, length);
}
