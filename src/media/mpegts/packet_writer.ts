import type { ByteWriter } from "../../bytes/mod.ts";
import { PACKET_CAPACITY, PACKET_SIZE, SYNC, WRAP } from "./params.ts";

/** What the adaptation field of a unit's first packet tells. */
export interface Adaptation {
  /** Program clock reference in ticks of 90 kHz; undefined for none. */
  readonly clock: number | undefined;
  /** The clock reference does not follow from the one before. */
  readonly isJump: boolean;
  /** Decoding can begin here. */
  readonly isAccess: boolean;
}

const UNIT_START = 0x40;
const HAS_FIELD = 0x20;
const HAS_PAYLOAD = 0x10;
const FIELD_JUMP = 0x80;
const FIELD_ACCESS = 0x40;
const FIELD_CLOCK = 0x10;
const STUFFING = 0xff;

/** Cuts tables and PES packets of one listener into transport packets, §2.4.3. */
export class PacketWriter {
  /** By PID, the continuity counter of its next packet with a payload. */
  readonly #counters: Map<number, number> = new Map();

  /** A section, alone in its packet. */
  section(out: ByteWriter, pid: number, section: Uint8Array): void {
    const at = this.#header(out, pid, UNIT_START, HAS_PAYLOAD);
    const buffer = out.buffer;
    // The section begins right after the pointer to it.
    buffer[at] = 0;
    buffer.set(section, at + 1);
    buffer.fill(STUFFING, at + 1 + section.length, at + PACKET_CAPACITY);
  }

  /** A packet that has nothing but the clock reference. */
  clock(out: ByteWriter, pid: number, adaptation: Adaptation): void {
    const at = this.#header(out, pid, 0, HAS_FIELD);
    writeField(out.buffer, at, PACKET_CAPACITY, adaptation);
  }

  /** A PES packet, in as many packets as it takes. */
  pes(out: ByteWriter, pid: number, pes: Uint8Array, adaptation: Adaptation): void {
    let isFirst = true;
    for (let sent = 0; sent < pes.length;) {
      const wanted = isFirst ? fieldSize(adaptation) : 0;
      const field = Math.max(wanted, PACKET_CAPACITY - (pes.length - sent));
      const flags = field > 0 ? HAS_FIELD | HAS_PAYLOAD : HAS_PAYLOAD;
      const at = this.#header(out, pid, isFirst ? UNIT_START : 0, flags);
      writeField(out.buffer, at, field, wanted > 0 ? adaptation : undefined);
      const size = PACKET_CAPACITY - field;
      out.buffer.set(pes.subarray(sent, sent + size), at + field);
      sent += size;
      isFirst = false;
    }
  }

  /** Reserves a packet and returns where its header ends. */
  #header(out: ByteWriter, pid: number, start: number, flags: number): number {
    let counter = this.#counters.get(pid) ?? 0;
    if ((flags & HAS_PAYLOAD) !== 0) this.#counters.set(pid, (counter + 1) & 0x0f);
    else counter = (counter - 1) & 0x0f;
    const at = out.reserve(PACKET_SIZE);
    const buffer = out.buffer;
    buffer[at] = SYNC;
    buffer[at + 1] = start | (pid >> 8);
    buffer[at + 2] = pid;
    buffer[at + 3] = flags | counter;
    return at + 4;
  }
}

function fieldSize({ clock, isJump, isAccess }: Adaptation): number {
  return clock !== undefined ? 8 : isJump || isAccess ? 2 : 0;
}

/** An adaptation field of `size` bytes, its length included: stuffing where it says nothing. */
function writeField(buffer: Uint8Array, at: number, size: number, adaptation?: Adaptation): void {
  if (size === 0) return;
  buffer[at] = size - 1;
  if (size === 1) return;
  const clock = adaptation?.clock;
  buffer[at + 1] = (adaptation?.isJump ? FIELD_JUMP : 0) |
    (adaptation?.isAccess ? FIELD_ACCESS : 0) | (clock === undefined ? 0 : FIELD_CLOCK);
  let end = at + 2;
  if (clock !== undefined) {
    writeClock(buffer, end, clock);
    end += 6;
  }
  buffer.fill(STUFFING, end, at + size);
}

/** A clock reference of 33 bits, six reserved ones and an extension of zero. */
function writeClock(buffer: Uint8Array, at: number, clock: number): void {
  const ticks = wrapped(clock);
  const high = Math.floor(ticks / 2);
  buffer[at] = high >>> 24;
  buffer[at + 1] = high >>> 16;
  buffer[at + 2] = high >>> 8;
  buffer[at + 3] = high;
  buffer[at + 4] = ((ticks % 2) << 7) | 0x7e;
  buffer[at + 5] = 0;
}

/** Ticks modulo 2^33. */
export function wrapped(ticks: number): number {
  return ((ticks % WRAP) + WRAP) % WRAP;
}
