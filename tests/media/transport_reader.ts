import { equal, fail, ok } from "node:assert/strict";
import { ByteReader, hex } from "../../src/bytes/mod.ts";

/** One PES packet as it came out of its transport packets. */
export interface Pes {
  readonly pid: number;
  readonly pts: number;
  readonly dts: number;
  readonly data: Uint8Array;
  readonly isAccess: boolean;
}

export interface Pmt {
  readonly version: number;
  readonly clockPid: number;
  /** Stream type by PID. */
  readonly streams: ReadonlyMap<number, number>;
}

/** All of a transport stream, in order. */
export interface Transport {
  readonly items: readonly ({ pes: Pes } | { pmt: Pmt } | { pat: string } | { clock: number })[];
  readonly pes: readonly Pes[];
  readonly pmts: readonly Pmt[];
  readonly clocks: readonly number[];
}

/** Reads a transport stream by ISO/IEC 13818-1 and fails on whatever breaks it. */
export function readTransport(bytes: Uint8Array): Transport {
  equal(bytes.length % 188, 0);
  const items: Transport["items"][number][] = [];
  const counters = new Map<number, number>();
  const open = new Map<number, { isAccess: boolean; parts: number[] }>();
  const close = (pid: number) => {
    const unit = open.get(pid);
    open.delete(pid);
    if (unit) items.push({ pes: readPes(pid, unit) });
  };
  for (let at = 0; at < bytes.length; at += 188) {
    const packet = new ByteReader(bytes, at, at + 188);
    equal(packet.u8(), 0x47);
    const flags = packet.u16();
    const pid = flags & 0x1fff;
    const isStart = (flags & 0x4000) !== 0;
    equal(flags & 0xa000, 0);
    const control = packet.u8();
    const hasPayload = (control & 0x10) !== 0;
    const before = counters.get(pid);
    if (before !== undefined) equal(control & 0x0f, (before + (hasPayload ? 1 : 0)) & 0x0f);
    counters.set(pid, control & 0x0f);
    let isAccess = false;
    if ((control & 0x20) !== 0) {
      const size = packet.u8();
      const field = new ByteReader(packet.view(size));
      const told = size > 0 ? field.u8() : 0;
      isAccess = (told & 0x40) !== 0;
      if ((told & 0x10) !== 0) {
        const high = field.u32();
        items.push({ clock: high * 2 + (field.u16() >> 15) });
      }
      for (const byte of field.rest()) equal(byte, 0xff);
    }
    if (!hasPayload) continue;
    ok(packet.remaining > 0);
    if (pid === 0 || pid === 0x1000) {
      ok(isStart);
      packet.advance(packet.u8());
      const start = packet.offset;
      const size = 3 + ((packet.bytes[start + 1]! & 0x0f) << 8 | packet.bytes[start + 2]!);
      const section = packet.view(size);
      equal(crc(section), 0);
      for (const byte of packet.rest()) equal(byte, 0xff);
      items.push(pid === 0 ? { pat: hex(section) } : { pmt: readPmt(section) });
      continue;
    }
    if (isStart) {
      close(pid);
      open.set(pid, { isAccess, parts: [] });
    }
    (open.get(pid) ?? fail("a unit without start")).parts.push(...packet.rest());
    // What is complete ends here, so that the order stays that of the input.
    if (bytes[at + 189]! & 0x40 || at + 188 === bytes.length) close(pid);
  }
  for (const pid of [...open.keys()]) close(pid);
  return {
    items,
    pes: items.flatMap((item) => "pes" in item ? [item.pes] : []),
    pmts: items.flatMap((item) => "pmt" in item ? [item.pmt] : []),
    clocks: items.flatMap((item) => "clock" in item ? [item.clock] : []),
  };
}

function readPes(pid: number, unit: { isAccess: boolean; parts: number[] }): Pes {
  const reader = new ByteReader(Uint8Array.from(unit.parts));
  equal(reader.u24(), 1);
  const isVideo = pid % 2 === 0;
  equal(reader.u8(), isVideo ? 0xe0 : 0xc0);
  const length = reader.u16();
  if (length === 0) ok(isVideo && reader.remaining > 0xffff);
  else equal(length, reader.remaining);
  equal(reader.u8(), 0x84);
  const flags = reader.u8();
  equal(reader.u8(), flags === 0xc0 ? 10 : 5);
  const pts = readTime(reader, flags >> 6);
  const dts = flags === 0xc0 ? readTime(reader, 1) : pts;
  return { pid, pts, dts, data: reader.rest(), isAccess: unit.isAccess };
}

function readTime(reader: ByteReader, prefix: number): number {
  const [high, middle, low] = [reader.u8(), reader.u16(), reader.u16()];
  equal(high >> 4, prefix);
  equal(high & middle & low & 1, 1);
  return ((high >> 1) & 7) * 2 ** 30 + (middle >> 1) * 2 ** 15 + (low >> 1);
}

function readPmt(section: Uint8Array): Pmt {
  const reader = new ByteReader(section, 3, section.length - 4);
  equal(reader.u16(), 1);
  const version = (reader.u8() >> 1) & 0x1f;
  equal(reader.u16(), 0);
  const clockPid = reader.u16() & 0x1fff;
  equal(reader.u16() & 0xfff, 0);
  const streams = new Map<number, number>();
  while (reader.remaining > 0) {
    const type = reader.u8();
    streams.set(reader.u16() & 0x1fff, type);
    reader.advance(reader.u16() & 0xfff);
  }
  return { version, clockPid, streams };
}

/** Bit by bit, as annex A draws it; a section with its own CRC gives 0. */
function crc(bytes: Uint8Array): number {
  let register = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const isSet = ((register >>> 31) ^ (byte >> bit)) & 1;
      register = (register << 1) ^ (isSet ? 0x04c11db7 : 0);
    }
  }
  return register >>> 0;
}
