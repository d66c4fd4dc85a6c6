/**
 * Payloads of RTMFP chunks, written out by hand from the figures of RFC 7016 §2.3 (and RFC 7425 §4
 * for the options inside).
 */
export interface ChunkVector {
  readonly name: string;
  readonly type: number;
  readonly hex: string;
}

export const chunkVectors: readonly ChunkVector[] = [
  {
    name: "initiator hello for a URL",
    type: 0x30,
    hex: "12" + "11" + "0a" + "72746d66703a2f2f686f73742f617070" + "000102030405060708090a0b0c0d0e0f",
  },
  {
    name: "initiator hello for a peer",
    type: 0x30,
    hex: "22" + "21" + "0f" + "ab".repeat(32) + "ff".repeat(16),
  },
  {
    name: "forwarded hello to an IPv4 address",
    type: 0x0f,
    hex: "03" + "020a61" + "02" + "cb007107" + "c350" + "0102",
  },
  {
    name: "forwarded hello to an IPv6 address",
    type: 0x0f,
    hex: "03" + "020a61" + "82" + "20010db8000000000000000000000001" + "078f" + "0102",
  },
  {
    name: "responder hello",
    type: 0x70,
    hex: "02" + "aabb" + "04" + "c00c1e00" + "010a" + "02150e",
  },
  { name: "responder redirect to nowhere else", type: 0x71, hex: "02" + "aabb" },
  {
    name: "responder redirect to two addresses",
    type: 0x71,
    hex: "02" + "aabb" + "01" + "c0a80002" + "078f" + "03" + "cb007101" + "0790",
  },
  { name: "cookie change", type: 0x79, hex: "03" + "010203" + "04050607" },
  {
    name: "initiator keying",
    type: 0x38,
    hex: "01020304" + "02" + "c00c" + "03" + "02150e" + "05" + "040d0e0102" + "58",
  },
  {
    name: "responder keying",
    type: 0x78,
    hex: "0a0b0c0d" + "0c" + "031a0000" + "021e00" + "040d0e0102" + "58",
  },
];
