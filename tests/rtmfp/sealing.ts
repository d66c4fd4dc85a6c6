import { PacketMemory } from "../../src/crypto/mod.ts";
import { FRONT_MARGIN, type SessionKey } from "../../src/protocols/rtmfp/startup/session_key.ts";

const [room] = new PacketMemory().rooms;

/** The datagram of a plain packet, as a peer sends it. */
export function sealed(key: SessionKey, plain: Uint8Array, sessionId: number): Uint8Array {
  room.bytes.set(plain, FRONT_MARGIN);
  return key.seal({ room, end: FRONT_MARGIN + plain.length }, sessionId).slice();
}
