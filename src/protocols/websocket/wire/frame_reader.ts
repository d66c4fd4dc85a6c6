import { briefBytes, ByteReader, ByteWriter, isAscii } from "../../../bytes/mod.ts";
import { ENDLESS_TURN, type Turn, Weight, weightOf } from "../../../net/mod.ts";
import { CloseCode, isCloseCode, Opcode } from "./frame.ts";

/** Receives what a peer says; bytes of messages in binary are the receiver's to keep. */
export interface FrameSink {
  /** Each frame's payload before anything else of it, without its mask; valid during the call. */
  onPayload?(opcode: number, payload: Uint8Array): void;
  /** Text, which is UTF-8. */
  onText(bytes: Uint8Array<ArrayBuffer>): void;
  onBinary(bytes: Uint8Array<ArrayBuffer>): void;
  onPing(payload: Uint8Array<ArrayBuffer>): void;
  onPong(payload: Uint8Array<ArrayBuffer>): void;
  /** The peer closes, with {@link CloseCode.noStatus} when it says no code. */
  onClose(code: number): void;
  /** No frame is wanted now: what is not read yet comes again later. */
  readonly isWaiting?: boolean;
}

/** A peer that breaks the protocol, and the code to close with. */
export class FrameError extends Error {
  override readonly name = "FrameError";
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

const MAX_CONTROL = 125;
/** Frames of one message: as many as the longest one has in frames of 128 bytes. */
const MAX_FRAGMENTS = 131_072;
const FIN = 0x80;
const RESERVED = 0x70;
const MASKED = 0x80;

/** Bytes up to which a loop is done sooner than a call. */
const SHORT = 64;

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Cuts a client's bytes into messages, however they arrive (RFC 6455 §5). Throws
 * {@link FrameError} for what a server must not accept, before it takes memory for it.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #maxMessage: number;
  /** Input that is no whole frame yet. */
  #kept = new ByteWriter(0);
  /** What has come of a message that is not whole. */
  #fragments = new ByteWriter(0);
  /** Opcode of the message that the fragments belong to; undefined when there are none. */
  #message: number | undefined;
  /** How many those are. */
  #count = 0;
  /** The last {@link readFrames} ended between two frames, with more behind it. */
  #isStopped = false;
  #isClosed = false;

  /** @param maxMessage bytes of one message */
  constructor(sink: FrameSink, maxMessage: number) {
    this.#sink = sink;
    this.#maxMessage = maxMessage;
  }

  /** Bytes held of frames and messages that are not whole. */
  get held(): number {
    return this.#kept.length + this.#fragments.length;
  }

  /**
   * Reads on, until the turn is over or the sink waits; the bytes are free again when it returns.
   * Returns how many were taken: frames begin behind them.
   */
  readFrames(bytes: Uint8Array, turn: Turn = ENDLESS_TURN): number {
    if (this.#kept.length === 0) {
      const used = this.#read(bytes, turn);
      if (this.#isStopped) return used;
      this.#kept.bytes(bytes, used);
      return bytes.length;
    }
    this.#kept.bytes(bytes);
    const whole = this.#kept.length;
    const used = this.#read(this.#kept.view(), turn);
    if (used === 0) return bytes.length;
    const rest = this.#kept.view(used);
    this.#kept = new ByteWriter(this.#isStopped ? 0 : rest.length);
    // What was kept was no whole frame: where it stopped is within these bytes.
    if (this.#isStopped) return bytes.length - (whole - used);
    this.#kept.bytes(rest);
    return bytes.length;
  }

  #read(input: Uint8Array, turn: Turn): number {
    const reader = new ByteReader(input);
    this.#isStopped = false;
    for (;;) {
      const start = reader.offset;
      if (this.#isClosed) return input.length;
      if (!this.#readFrame(reader)) return start;
      const weight = Weight.command + weightOf(reader.offset - start);
      if (!turn.spend(weight) && !this.#sink.isWaiting) continue;
      this.#isStopped = reader.remaining > 0 && !this.#isClosed;
      if (this.#isStopped) return reader.offset;
    }
  }

  /** Reads one frame, or nothing when it is not all there. */
  #readFrame(reader: ByteReader): boolean {
    if (reader.remaining < 2) return false;
    const first = reader.u8();
    const second = reader.u8();
    const opcode = first & 0x0f;
    const isFinal = (first & FIN) !== 0;
    this.#check(first, second, opcode, isFinal);
    let size = second & 0x7f;
    const more = size === 126 ? 2 : size === 127 ? 8 : 0;
    if (reader.remaining < more + 4) return false;
    if (more === 2) size = reader.u16();
    else if (more === 8) size = Number(reader.u64());
    if (opcode < 8 && size + this.#fragments.length > this.#maxMessage) {
      throw new FrameError(CloseCode.tooBig, `a message has at most ${this.#maxMessage} bytes`);
    }
    if (reader.remaining < size + 4) return false;
    const mask = reader.advance(4);
    const start = reader.advance(size);
    const payload = opcode === Opcode.binary ? new Uint8Array(size) : briefBytes(size);
    unmask(reader.bytes, mask, start, payload);
    this.#sink.onPayload?.(opcode, payload);
    if (opcode >= 8) this.#control(opcode, payload);
    else this.#data(opcode, isFinal, payload);
    return true;
  }

  #check(first: number, second: number, opcode: number, isFinal: boolean): void {
    const fail = (message: string): never => {
      throw new FrameError(CloseCode.protocolError, message);
    };
    if ((first & RESERVED) !== 0) fail("a reserved bit is set");
    if ((second & MASKED) === 0) fail("a frame of a client is not masked");
    if (opcode > Opcode.pong || (opcode > Opcode.binary && opcode < Opcode.close)) {
      fail(`opcode ${opcode} is reserved`);
    }
    if (opcode >= 8) {
      if (!isFinal) fail("a control frame is fragmented");
      if ((second & 0x7f) > MAX_CONTROL) fail("a control frame is too long");
    } else if ((opcode === Opcode.continuation) !== (this.#message !== undefined)) {
      fail(opcode === Opcode.continuation ? "nothing to continue" : "a message is not finished");
    }
  }

  #data(opcode: number, isFinal: boolean, payload: Uint8Array<ArrayBuffer>): void {
    const message = this.#message ?? opcode;
    if (!isFinal) {
      this.#message = message;
      if (++this.#count > MAX_FRAGMENTS) {
        throw new FrameError(CloseCode.tooBig, `a message has at most ${MAX_FRAGMENTS} frames`);
      }
      this.#fragments.bytes(payload);
      return;
    }
    let whole = payload;
    if (this.#message !== undefined) {
      whole = this.#fragments.bytes(payload).view();
      this.#fragments = new ByteWriter(0);
      this.#count = 0;
      this.#message = undefined;
    }
    if (message === Opcode.binary) return this.#sink.onBinary(whole);
    checkText(whole);
    this.#sink.onText(whole);
  }

  #control(opcode: number, payload: Uint8Array<ArrayBuffer>): void {
    if (opcode === Opcode.ping) return this.#sink.onPing(payload);
    if (opcode === Opcode.pong) return this.#sink.onPong(payload);
    this.#isClosed = true;
    if (payload.length === 0) return this.#sink.onClose(CloseCode.noStatus);
    const code = payload.length === 1 ? 0 : new ByteReader(payload).u16();
    if (!isCloseCode(code)) throw new FrameError(CloseCode.protocolError, "a bad close code");
    checkText(payload.subarray(2));
    this.#sink.onClose(code);
  }
}

function checkText(bytes: Uint8Array): void {
  if (bytes.length <= SHORT && isAscii(bytes)) return;
  try {
    strict.decode(bytes);
  } catch {
    throw new FrameError(CloseCode.notUtf8, "text that is no UTF-8");
  }
}

/** The key of a frame, as bytes and as the word that they are in memory. */
const key = new Uint8Array(4);
const keyWord = new Int32Array(key.buffer);

/** Copies a frame's payload without its mask (RFC 6455 §5.3); four bytes at a time when it is long. */
function unmask(
  source: Uint8Array,
  mask: number,
  start: number,
  payload: Uint8Array<ArrayBuffer>,
): void {
  for (let at = 0; at < 4; at++) key[at] = source[mask + at]!;
  const { length } = payload;
  let at = 0;
  if (length > SHORT) {
    payload.set(source.subarray(start, start + length));
    if (keyWord[0] === 0) return;
    const word = keyWord[0]!;
    const words = new Int32Array(payload.buffer, payload.byteOffset, length >> 2);
    for (; at < words.length; at++) words[at]! ^= word;
    for (at *= 4; at < length; at++) payload[at]! ^= key[at & 3]!;
    return;
  }
  for (; at < length; at++) payload[at] = source[start + at]! ^ key[at & 3]!;
}
