import { ByteReader, ByteWriter, encodeText, hex } from "../../src/bytes/mod.ts";
import { Chunk } from "../../src/protocols/rtmfp/wire/chunk.ts";
import { Part } from "../../src/protocols/rtmfp/wire/user_data.ts";

/**
 * Chunks as they are on the wire (RFC 7016 §2.3), in hexadecimal: what a test sends to a session,
 * and what it expects from it.
 */
export function chunk(type: number, payload = ""): string {
  return new ChunkWriter().byte(type).u16(payload.length / 2).text + payload;
}

/** What is in a User Data chunk (§2.3.11). */
export interface UserDataFields {
  readonly flow?: number;
  readonly sequence: number;
  /** Nothing up to here is sent again. */
  readonly forward?: number;
  readonly part?: Part;
  readonly isAbandoned?: boolean;
  readonly isFinal?: boolean;
  /** In hexadecimal; with it the chunk has options. */
  readonly metadata?: string;
  /** Id of the flow that this one is associated with. */
  readonly association?: number;
  readonly data?: string | Uint8Array;
}

/** Flow 1 and forward 1 unless said otherwise: a flow whose first fragment was acknowledged. */
export function userData(fields: UserDataFields): string {
  const { flow = 1, sequence, forward = 1, metadata, association } = fields;
  const output = new ChunkWriter().byte(flagsOf(fields)).vlu(flow).vlu(sequence);
  output.vlu(sequence - forward);
  if (metadata !== undefined) {
    output.vlu(1 + metadata.length / 2).byte(0x00).hex(metadata);
    if (association !== undefined) output.vlu(2).byte(0x0a).vlu(association);
    output.byte(0);
  }
  return chunk(Chunk.userData, output.data(fields.data).text);
}

/** The fragment after the one of the last User Data chunk (§2.3.12). */
export function nextUserData(fields: Omit<UserDataFields, "sequence"> = {}): string {
  const output = new ChunkWriter().byte(flagsOf(fields));
  return chunk(Chunk.nextUserData, output.data(fields.data).text);
}

/** What is in an acknowledgement (§2.3.13, §2.3.14). */
export interface AckFields {
  readonly flow?: number;
  /** In blocks of 1024 bytes. */
  readonly window?: number;
  readonly cumulative: number;
}

/** `ranges` of sequence numbers that arrived, both ends included. */
export function ack(
  { flow = 1, window = 64, cumulative, ranges = [] }: AckFields & {
    readonly ranges?: readonly (readonly [from: number, to: number])[];
  },
): string {
  const output = new ChunkWriter().vlu(flow).vlu(window).vlu(cumulative);
  let last = cumulative;
  for (const [from, to] of ranges) {
    output.vlu(from - last - 2).vlu(to - from);
    last = to;
  }
  return chunk(Chunk.ackRanges, output.text);
}

/** The lowest bit of `bits` stands for `cumulative` + 2. */
export function ackBitmap(
  { flow = 1, window = 64, cumulative, bits }: AckFields & { readonly bits: number },
): string {
  const output = new ChunkWriter().vlu(flow).vlu(window).vlu(cumulative).byte(bits);
  return chunk(Chunk.ackBitmap, output.text);
}

export function flowException({ flow, code = 0 }: { flow: number; code?: number }): string {
  return chunk(Chunk.flowException, new ChunkWriter().vlu(flow).vlu(code).text);
}

export function bufferProbe(flow: number): string {
  return chunk(Chunk.bufferProbe, new ChunkWriter().vlu(flow).text);
}

/** `message` in hexadecimal, as of a reply. */
export function ping(message = ""): string {
  return chunk(Chunk.ping, message);
}

export function pingReply(message = ""): string {
  return chunk(Chunk.pingReply, message);
}

export function sessionClose(): string {
  return chunk(Chunk.sessionClose);
}

export function sessionCloseAck(): string {
  return chunk(Chunk.sessionCloseAck);
}

/** `count` of packets that routers marked, modulo 256. */
export function ecnReport(count: number): string {
  return chunk(Chunk.ecnReport, new ChunkWriter().byte(count).text);
}

/** A part of a packet (§2.3.1); `plain` in hexadecimal, the packet's header included. */
export function packetFragment(
  { packet, number, isLast, plain }: {
    readonly packet: number;
    readonly number: number;
    readonly isLast: boolean;
    readonly plain: string;
  },
): string {
  const output = new ChunkWriter().byte(isLast ? 0 : 0x80).vlu(packet).vlu(number);
  return chunk(Chunk.fragment, output.text + plain);
}

/** Flow of a User Data or Next User Data chunk (0 there), the part of a message, whether given up. */
export function readUserData(
  chunk: string,
): { readonly flow: number; readonly part: Part; readonly isAbandoned: boolean } {
  const input = new ByteReader(Uint8Array.fromHex(payloadOf(chunk)));
  const flags = input.u8();
  const flow = typeOf(chunk) === Chunk.userData ? input.vlu() : 0;
  return { flow, part: (flags & 0x30) as Part, isAbandoned: (flags & 0x02) !== 0 };
}

export function payloadOf(chunk: string): string {
  return chunk.slice(6);
}

/** Whether a chunk carries user data. */
export function isData(chunk: string): boolean {
  return typeOf(chunk) === Chunk.userData || typeOf(chunk) === Chunk.nextUserData;
}

export function typeOf(chunk: string): number {
  return parseInt(chunk.slice(0, 2), 16);
}

function flagsOf({ part = Part.whole, isAbandoned, isFinal, metadata }: Partial<UserDataFields>) {
  return part | (isAbandoned ? 0x02 : 0) | (isFinal ? 0x01 : 0) |
    (metadata === undefined ? 0 : 0x80);
}

class ChunkWriter {
  readonly #output = new ByteWriter(64);

  get text(): string {
    return hex(this.#output.view());
  }

  byte(value: number): this {
    this.#output.u8(value);
    return this;
  }

  u16(value: number): this {
    this.#output.u16(value);
    return this;
  }

  vlu(value: number): this {
    this.#output.vlu(value);
    return this;
  }

  hex(text: string): this {
    this.#output.bytes(Uint8Array.fromHex(text));
    return this;
  }

  data(data: string | Uint8Array = ""): this {
    this.#output.bytes(typeof data === "string" ? encodeText(data) : data);
    return this;
  }
}
