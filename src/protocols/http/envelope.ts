import { ByteReader, ByteWriter, decodeText, encodeText, ProtocolError } from "../../bytes/mod.ts";
import { Amf0Reader, Amf0Writer, readValues, type Value, ValueReader } from "../../codecs/mod.ts";

/** More calls than this in one packet are refused: each one runs a script. */
const MAX_MESSAGES = 256;
/** The same of headers, each of which may be a call. */
const MAX_HEADERS = 32;
/** Where Flash clients expect the answer of the first call. */
const FIRST_RESPONSE = encodeText("/1");
/** Length of a body that the sender did not know. */
const UNKNOWN_LENGTH = 0xffffffff;
/** What an answer adds to the response URI of its call. */
const SUFFIXES = { result: "/onResult", status: "/onStatus" } as const;
const LONGEST_RESPONSE = 0xffff - SUFFIXES.result.length;

/** One call of a packet. */
export interface EnvelopeMessage {
  /** The last part of the target URI: `service.method` and `app/method` call `method`. */
  readonly method: string;
  /** The response URI, such as `/1`, as UTF-8. */
  readonly response: Uint8Array;
  readonly args: readonly Value[];
}

/** A header of a packet: what `NetConnection.addHeader` says with each one. */
export interface EnvelopeHeader {
  readonly name: string;
  /** None of the packet's calls may run unless this is understood. */
  readonly mustUnderstand: boolean;
  /** Null for what cannot be read. */
  readonly value: Value;
}

/** An AMF packet (AMF0 specification §4.1), as a Flash client's NetConnection posts it. */
export interface Envelope {
  /** 3 when the client reads AMF3 values. */
  readonly version: 0 | 3;
  readonly headers: readonly EnvelopeHeader[];
  readonly messages: readonly EnvelopeMessage[];
}

/** A packet that cannot be read, or asks for what is not known: none of its calls runs. */
export class EnvelopeError extends ProtocolError {
  readonly version: 0 | 3;
  /** Response URIs of the calls that were seen; never empty. */
  readonly responses: readonly Uint8Array[];

  constructor({ message }: ProtocolError, version: 0 | 3, responses: readonly Uint8Array[]) {
    super(message);
    this.version = version;
    this.responses = responses.length > 0 ? responses : [FIRST_RESPONSE];
  }
}

/**
 * True when a body of AMF is a packet and no bare values. A packet begins with 0x0000 or 0x0003 and
 * has a header or a message. Of bare values only a number below 1e-293 begins so; 0 has neither.
 */
export function isEnvelope(body: Uint8Array): boolean {
  if (body.length < 6 || body[0] !== 0 || (body[1] !== 0 && body[1] !== 3)) return false;
  return (body[2]! | body[3]! | body[4]! | body[5]!) !== 0;
}

/**
 * Reads a packet whole, before any of its calls runs.
 * @param body one that {@link isEnvelope}
 * @throws EnvelopeError also when a message has something behind its value
 */
export function readEnvelope(body: Uint8Array): Envelope {
  const version = body[1] === 3 ? 3 : 0;
  const responses: Uint8Array[] = [];
  try {
    return { version, ...readParts(body, responses) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new EnvelopeError(error, version, responses);
  }
}

/** @param responses gets the response URI of each message before the rest of it is read */
function readParts(body: Uint8Array, responses: Uint8Array[]): Omit<Envelope, "version"> {
  const input = new ByteReader(body);
  const version = input.u16();
  if (version !== 0 && version !== 3) {
    throw new ProtocolError(`AMF packet of version ${version}`, 0);
  }
  const headers = readHeaders(input);
  const count = input.u16();
  if (count > MAX_MESSAGES) {
    throw new ProtocolError(`${count} messages, more than ${MAX_MESSAGES}`, input.offset - 2);
  }
  const messages: EnvelopeMessage[] = [];
  while (messages.length < count) {
    messages.push(readMessage(input, messages.length === count - 1, responses));
  }
  if (input.remaining > 0) throw new ProtocolError("bytes behind the last message", input.offset);
  return { headers, messages };
}

function readHeaders(input: ByteReader): EnvelopeHeader[] {
  const count = input.u16();
  if (count > MAX_HEADERS) {
    throw new ProtocolError(`${count} headers, more than ${MAX_HEADERS}`, input.offset - 2);
  }
  return Array.from({ length: count }, () => readHeader(input));
}

/** The length of a header is that of its value, or unknown. */
function readHeader(input: ByteReader): EnvelopeHeader {
  const name = decodeText(input.view(input.u16()));
  const mustUnderstand = input.u8() !== 0;
  const length = input.u32();
  if (length === UNKNOWN_LENGTH) {
    return { name, mustUnderstand, value: firstValue(input) };
  }
  const start = input.advance(length);
  const inner = new ByteReader(input.bytes, start, start + length);
  try {
    return { name, mustUnderstand, value: firstValue(inner) };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { name, mustUnderstand, value: null };
  }
}

function firstValue(input: ByteReader): Value {
  return readValues(new Amf0Reader(input), 1)[0] ?? null;
}

/** A body of unknown length can only be the last one, so that no byte is read twice. */
function readMessage(
  input: ByteReader,
  isLast: boolean,
  responses: Uint8Array[],
): EnvelopeMessage {
  const target = decodeText(input.view(input.u16()));
  const at = input.offset;
  const response = input.view(input.u16());
  if (response.length > LONGEST_RESPONSE) throw new ProtocolError("response URI too long", at);
  responses.push(response);
  const length = input.u32();
  const size = length === UNKNOWN_LENGTH && isLast ? input.remaining : length;
  const start = input.advance(size);
  const inner = new ByteReader(input.bytes, start, start + size);
  const [value] = readValues(new Amf0Reader(inner), 1);
  if (value === undefined && size === 0) {
    throw new ProtocolError("a message without a value", start);
  }
  if (inner.remaining > 0) throw new ProtocolError("bytes behind a message's value", inner.offset);
  const args = Array.isArray(value) ? value : [value];
  return { method: target.slice(1 + lastSeparator(target)), response, args };
}

function lastSeparator(target: string): number {
  return Math.max(target.lastIndexOf("."), target.lastIndexOf("/"));
}

/** Writes the packet that answers another one. */
export class EnvelopeWriter {
  readonly #headers = new ByteWriter(16);
  readonly #out = new ByteWriter(512);
  readonly #version: 0 | 3;
  readonly #count: number;
  #headerCount = 0;

  /** @param version that of the packet with the calls @param count how many answers follow */
  constructor(version: 0 | 3, count: number) {
    this.#version = version;
    this.#count = count;
  }

  /**
   * A header, which calls a function of the movie's connection with that value.
   * @throws ProtocolError when the value cannot be written: there is no such header then
   */
  header(name: string, value: Value): void {
    const text = encodeText(name);
    if (this.#headerCount === 0xffff || text.length > 0xffff) return;
    whole(this.#headers, (out) => {
      out.u16(text.length).bytes(text).u8(0);
      this.#value(out, value);
    });
    this.#headerCount++;
  }

  /**
   * The answer of the call with that response URI: what it returned, or an information object.
   * @throws ProtocolError when the value cannot be written: there is no such answer then
   */
  answer(response: Uint8Array, kind: keyof typeof SUFFIXES, value: Value): void {
    whole(this.#out, (out) => {
      const suffix = encodeText(SUFFIXES[kind]);
      const none = encodeText("null");
      out.u16(response.length + suffix.length).bytes(response).bytes(suffix);
      out.u16(none.length).bytes(none);
      this.#value(out, value);
    });
  }

  #value(out: ByteWriter, value: Value): void {
    const lengthAt = out.length;
    out.u32(0);
    const writer = new Amf0Writer(out, this.#version === 3 ? "preferred" : "never");
    new ValueReader([value]).read(writer);
    out.setU32(lengthAt, out.length - lengthAt - 4);
  }

  finish(): Uint8Array<ArrayBuffer> {
    const [headers, answers] = [this.#headers.take(), this.#out.take()];
    return new ByteWriter(6 + headers.length + answers.length)
      .u16(this.#version).u16(this.#headerCount).bytes(headers)
      .u16(this.#count).bytes(answers).take();
  }
}

/** Writes all of something, or nothing of it when that fails. */
function whole(out: ByteWriter, write: (out: ByteWriter) => void): void {
  const start = out.length;
  try {
    write(out);
  } catch (error) {
    out.truncate(start);
    throw error;
  }
}
