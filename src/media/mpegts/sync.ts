import { PACKET_SIZE, SYNC } from "./params.ts";

/** Packets in a row that must begin as one, before bytes count as a transport stream. */
const ENOUGH = 5;

/** Whether bytes are a part of a transport stream, wherever its packets begin. */
export function isTransport(bytes: Uint8Array): boolean {
  for (let start = 0; start < PACKET_SIZE; start++) {
    if (start + (ENOUGH - 1) * PACKET_SIZE >= bytes.length) return false;
    let found = 0;
    while (found < ENOUGH && bytes[start + found * PACKET_SIZE] === SYNC) found++;
    if (found === ENOUGH) return true;
  }
  return false;
}
