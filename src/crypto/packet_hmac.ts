import { hash } from "node:crypto";
import { BLOCK, DIGEST, Sha256Blocks } from "./sha256_blocks.ts";

const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;
/** From here on node:crypto's digest is faster than ours, with the objects that it makes. */
const LONG = 512;

/** Shared by all keys: used within one call. */
const sha256 = new Sha256Blocks();
const code = new Uint8Array(DIGEST);
/** Room for one block and a packet. */
let room = new Uint8Array(BLOCK + 2048);

/**
 * HMAC-SHA-256 (RFC 2104) of packets with one key. Both pads are digested once for all packets;
 * node:crypto is left with the inner digest of long packets, where its speed outweighs its objects.
 */
export class PacketHmac {
  readonly #pad: Uint8Array;
  readonly #inner = new Sha256Blocks();
  readonly #outer = new Sha256Blocks();

  /** `key` has at most 64 bytes. */
  constructor(key: Uint8Array) {
    if (key.length > BLOCK) throw new RangeError(`HMAC key of ${key.length} bytes, not 64 or less`);
    const padded = new Uint8Array(BLOCK);
    padded.set(key);
    this.#pad = padded.map((byte) => byte ^ INNER_PAD);
    this.#inner.update(this.#pad);
    this.#outer.update(padded.map((byte) => byte ^ OUTER_PAD));
  }

  /** 32 bytes, valid until the next call with any key. */
  of(packet: Uint8Array): Uint8Array<ArrayBuffer> {
    const length = BLOCK + packet.length;
    if (packet.length < LONG) {
      sha256.reset(this.#inner);
      sha256.finish(packet, sha256.update(packet), length, code);
    } else {
      if (room.length < length) room = new Uint8Array(length);
      room.set(this.#pad);
      room.set(packet, BLOCK);
      code.setFromHex(hash("sha256", room.subarray(0, length), "hex"));
    }
    sha256.reset(this.#outer);
    sha256.finish(code, 0, BLOCK + DIGEST, code);
    return code;
  }
}
