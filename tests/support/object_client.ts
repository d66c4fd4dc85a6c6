import { ByteReader, ByteWriter, decodeText, encodeText } from "../../src/bytes/mod.ts";
import { Amf0Reader, Amf0Writer, readValues, writeValues } from "../../src/codecs/mod.ts";
import { plain } from "./flash_peer.ts";

/** An event of a shared object message as a client reads it: its type, then its texts and values. */
export type HeardEvent = [type: number, ...values: unknown[]];

/** A shared object message of the server. */
export interface HeardObject {
  readonly name: string;
  readonly version: number;
  readonly flags: number;
  readonly events: HeardEvent[];
}

/** An event to send: its type and body. */
export interface SentEvent {
  readonly type: number;
  readonly body: Uint8Array;
}

const EMPTY = new Uint8Array(0);

/** A name as shared object messages have it: 16 bits of length, then UTF-8. */
export function nameBytes(name: string): Uint8Array {
  const bytes = encodeText(name);
  return new ByteWriter().u16(bytes.length).bytes(bytes).take();
}

export const USE: SentEvent = { type: 1, body: EMPTY };
export const RELEASE: SentEvent = { type: 2, body: EMPTY };
export const CLEAR: SentEvent = { type: 14, body: EMPTY };

export function set(name: string, value: unknown, amf3 = false): SentEvent {
  const out = new ByteWriter().bytes(nameBytes(name));
  writeValues(new Amf0Writer(out, amf3 ? "preferred" : "never"), value);
  return { type: 3, body: out.take() };
}

export function remove(name: string): SentEvent {
  return { type: 10, body: nameBytes(name) };
}

export function send(name: string, ...args: unknown[]): SentEvent {
  const out = new ByteWriter();
  writeValues(new Amf0Writer(out, "never"), name, ...args);
  return { type: 6, body: out.take() };
}

/** The payload of a shared object message, written by hand from RTMP's specification (§7.1.3). */
export function objectMessage(
  head: { name: string; version?: number; persistent?: boolean; amf3?: boolean },
  ...events: readonly SentEvent[]
): { type: number; payload: Uint8Array } {
  const out = new ByteWriter();
  if (head.amf3) out.u8(0);
  out.bytes(nameBytes(head.name)).u32(head.version ?? 0).u32(head.persistent ? 2 : 0).u32(0);
  for (const { type, body } of events) out.u8(type).u32(body.length).bytes(body);
  return { type: head.amf3 ? 16 : 19, payload: out.take() };
}

/** What a client reads of a shared object message. */
export function heardObject(type: number, payload: Uint8Array): HeardObject {
  const input = new ByteReader(payload, type === 16 ? 1 : 0);
  const text = (from: ByteReader) => decodeText(from.view(from.u16()));
  const name = text(input);
  const [version, flags] = [input.u32(), input.u32()];
  input.u32();
  const events: HeardEvent[] = [];
  while (input.remaining > 0) {
    const event = input.u8();
    const length = input.u32();
    const start = input.advance(length);
    const body = new ByteReader(payload, start, start + length);
    if (event === 6) events.push([6, ...values(body)]);
    else if (event === 7) events.push([7, text(body), text(body)]);
    else if (body.remaining === 0) events.push([event]);
    else events.push([event, text(body), ...values(body)]);
  }
  return { name, version, flags, events };
}

function values(body: ByteReader): unknown[] {
  return plain(readValues(new Amf0Reader(body))) as unknown[];
}

/** A client's copy of one object, kept as Flash Player does: what it sets, it has at once. */
export class ObjectCopy {
  readonly data = new Map<string, unknown>();
  /** What was set or removed here and is not accepted yet; undefined for removed. */
  readonly #dirty = new Map<string, { count: number; value: unknown }>();
  version = 0;
  isUsed = false;
  readonly statuses: string[] = [];
  readonly messages: unknown[][] = [];

  set(name: string, value: unknown): void {
    if (value === undefined) this.data.delete(name);
    else this.data.set(name, value);
    const count = this.#dirty.get(name)?.count ?? 0;
    this.#dirty.set(name, { count: count + 1, value });
  }

  /** Names and values to send again after a connection was lost, as Flash does. */
  takeDirty(): [string, unknown][] {
    const all = [...this.#dirty].map(([name, { value }]): [string, unknown] => [name, value]);
    this.#dirty.clear();
    return all;
  }

  /** What is on its way to the server comes after the clear. */
  #clear(): void {
    this.data.clear();
    for (const [name, { value }] of this.#dirty) {
      if (value !== undefined) this.data.set(name, value);
    }
  }

  #accepted(name: string): void {
    const dirty = this.#dirty.get(name);
    if (dirty !== undefined && --dirty.count <= 0) this.#dirty.delete(name);
  }

  /** Takes a message of the server. */
  hear({ version, events }: HeardObject): void {
    if (events.some(([type]) => type !== 7)) this.version = version;
    for (const [type, name, ...values] of events) {
      if (type === 5 || type === 9) this.#accepted(String(name));
      if (type === 11) this.isUsed = true;
      else if (type === 8) this.#clear();
      else if (type === 4) this.data.set(String(name), values[0]);
      else if (type === 9) this.data.delete(String(name));
      else if (type === 6) this.messages.push([name, ...values]);
      else if (type === 7) this.statuses.push(String(name));
    }
  }

  /** The slots, in the order of their names. */
  get slots(): [string, unknown][] {
    return [...this.data].sort(([a], [b]) => a < b ? -1 : 1);
  }
}
