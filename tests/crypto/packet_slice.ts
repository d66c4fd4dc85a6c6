import { PacketMemory, type PacketSlice } from "../../src/crypto/mod.ts";

const { buffers } = new PacketMemory();
/** Not where words of 4 or 16 bytes begin. */
const START = 77;

/** A packet in a buffer that holds nines besides. */
export function placed(packet: Uint8Array, number: 0 | 1 | 2 = 0): PacketSlice {
  const buffer = buffers[number];
  buffer.bytes.fill(9);
  buffer.bytes.set(packet, START);
  return { buffer, start: START, end: START + packet.length };
}
