import { PacketMemory, type PacketPlace } from "../../src/crypto/mod.ts";

const { rooms } = new PacketMemory();
/** Not where words of 4 or 16 bytes begin. */
const START = 77;

/** A packet in a room that holds nines besides. */
export function placed(packet: Uint8Array, number: 0 | 1 | 2 = 0): PacketPlace {
  const room = rooms[number];
  room.bytes.fill(9);
  room.bytes.set(packet, START);
  return { room, start: START, end: START + packet.length };
}
