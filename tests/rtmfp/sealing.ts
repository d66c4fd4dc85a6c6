import { PacketMemory } from "../../src/crypto/mod.ts";
import { PLAIN_PROTECTION } from "../../src/protocols/rtmfp/startup/key_agreement.ts";
import {
  type KeyMaterial,
  PACKET_HEADROOM,
  type SessionKey,
} from "../../src/protocols/rtmfp/startup/session_key.ts";

/** HMAC and sequence numbers both ways, and nothing else. */
export const strict = {
  ...PLAIN_PROTECTION,
  sendHmac: true,
  requireHmac: true,
  sendSequence: true,
  requireSequence: true,
};

/** Keys of a session with the checksum, without sequence numbers. */
export const material: KeyMaterial = {
  encryptKey: new Uint8Array(16).fill(1),
  decryptKey: new Uint8Array(16).fill(2),
  sendHmacKey: new Uint8Array(32).fill(3),
  receiveHmacKey: new Uint8Array(32).fill(4),
  sendHmacLength: 0,
  receiveHmacLength: 0,
  sendSequence: false,
  receiveSequence: false,
  nearNonce: new Uint8Array(32),
  farNonce: new Uint8Array(32),
};

const [buffer] = new PacketMemory().buffers;

/** The datagram of a plain packet, as a peer sends it. */
export function sealed(key: SessionKey, plain: Uint8Array, sessionId: number): Uint8Array {
  buffer.bytes.set(plain, PACKET_HEADROOM);
  return key.seal({ buffer, end: PACKET_HEADROOM + plain.length }, sessionId).slice();
}
