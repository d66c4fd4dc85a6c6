import { type ByteReader, ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import { Amf3Reader, treeSize } from "../../codecs/mod.ts";
import type { Change, KeptValues } from "../../flash/mod.ts";
import { readName, writeName } from "../link/frame.ts";

/** Which object a frame is about: all begin with it. Another persistence is another object. */
export interface ObjectName {
  readonly scope: string;
  readonly name: string;
  readonly isPersistent: boolean;
}

/** A server says how much it knows of an object that has no owner. */
export interface Offer {
  readonly version: number;
  /** It uses the object, and may become its owner. */
  readonly isUser: boolean;
  /** It wants to hear what the others know. */
  readonly isQuestion: boolean;
}

/** A part of all that is in an object. */
export interface StatePart {
  readonly version: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly slots: readonly (readonly [name: string, value: KeptValues])[];
}

/** What happened to an object, as its owner tells it. */
export interface RemoteEvent {
  readonly change: Change;
  readonly version: number;
  /** Of the receiver's request that did it; 0 for what others did. */
  readonly request: number;
  readonly isVoid: boolean;
}

/** A change that a server asks the owner for; the number is its own. */
export interface Request {
  readonly id: number;
  readonly change: Change;
}

const USER = 1;
const QUESTION = 2;
const FIRST = 1;
const LAST = 2;
const VOID = 0x80;

const KINDS = ["set", "remove", "clear", "send"] as const;

/** The beginning of a frame's body: scope, name, 8 bits that are 1 for a persistent object. */
export function objectBody({ scope, name, isPersistent }: ObjectName): ByteWriter {
  const out = new ByteWriter(64);
  writeName(out, scope);
  writeName(out, name);
  return out.u8(isPersistent ? 1 : 0);
}

/** @throws ProtocolError */
export function readObjectName(body: ByteReader): ObjectName {
  return { scope: readName(body), name: readName(body), isPersistent: body.u8() !== 0 };
}

/** 8 bits of flags, 32 of the version. */
export function writeOffer(out: ByteWriter, offer: Offer): ByteWriter {
  const flags = (offer.isUser ? USER : 0) | (offer.isQuestion ? QUESTION : 0);
  return out.u8(flags).u32(offer.version);
}

export function readOffer(body: ByteReader): Offer {
  const flags = body.u8();
  return {
    isUser: (flags & USER) !== 0,
    isQuestion: (flags & QUESTION) !== 0,
    version: body.u32(),
  };
}

/** 8 bits of flags, 32 of the version, then names and values of slots. */
export function writeState(out: ByteWriter, part: StatePart): ByteWriter {
  const flags = (part.isFirst ? FIRST : 0) | (part.isLast ? LAST : 0);
  out.u8(flags).u32(part.version);
  for (const [name, value] of part.slots) {
    writeName(out, name);
    writeValues(out, value);
  }
  return out;
}

/** @throws ProtocolError */
export function readState(body: ByteReader): StatePart {
  const flags = body.u8();
  const version = body.u32();
  const slots: [string, KeptValues][] = [];
  while (body.remaining > 0) slots.push([readName(body), readValues(body)]);
  return {
    version,
    isFirst: (flags & FIRST) !== 0,
    isLast: (flags & LAST) !== 0,
    slots,
  };
}

/** 8 bits of kind, 32 of the request and of the version, then the change. */
export function writeEvent(out: ByteWriter, event: RemoteEvent): void {
  const { change, version, request, isVoid } = event;
  out.u8(KINDS.indexOf(change.kind) | (isVoid ? VOID : 0)).u32(request).u32(version);
  writeChange(out, change);
}

/** @throws ProtocolError */
export function* readEvents(body: ByteReader): Generator<RemoteEvent> {
  while (body.remaining > 0) {
    const kind = body.u8();
    const request = body.u32();
    const version = body.u32();
    yield { change: readChange(kind & ~VOID, body), version, request, isVoid: (kind & VOID) !== 0 };
  }
}

export function writeRequest(out: ByteWriter, { id, change }: Request): void {
  out.u8(KINDS.indexOf(change.kind)).u32(id);
  writeChange(out, change);
}

/** @throws ProtocolError */
export function* readRequests(body: ByteReader): Generator<Request> {
  while (body.remaining > 0) {
    const kind = body.u8();
    yield { id: body.u32(), change: readChange(kind, body) };
  }
}

function writeChange(out: ByteWriter, change: Change): void {
  if (change.kind === "clear") return;
  writeName(out, change.name);
  if (change.kind === "set") writeValues(out, change.value);
  else if (change.kind === "send") writeValues(out, change.args);
}

function readChange(code: number, body: ByteReader): Change {
  const kind = KINDS[code];
  if (kind === undefined) throw new ProtocolError(`changes of kind ${code} are unknown`);
  if (kind === "clear") return { kind };
  const name = readName(body);
  if (kind === "remove") return { kind, name };
  const values = readValues(body);
  return kind === "set" ? { kind, name, value: values } : { kind, name, args: values };
}

/** 32 bits of length, then AMF3. */
function writeValues(out: ByteWriter, values: KeptValues): void {
  out.u32(values.length).bytes(values);
}

function readValues(body: ByteReader): KeptValues {
  const values = body.view(body.u32()).slice();
  treeSize(new Amf3Reader(values), Infinity);
  return values;
}
