import {
  CONTROL_SIZE,
  IOVEC_SIZE,
  MAX_MESSAGE,
  MAX_SEGMENTS,
  MMSGHDR_SIZE,
  SOCKADDR_IN6_SIZE,
  writeMessageHeader,
  writeMessageParts,
  writeSegmentSize,
  writeVector,
} from "./layout.ts";

/** Messages of one call. */
const MAX_MESSAGES = 64;
/** Bytes of the datagrams of one call. */
const DATA_SIZE = 262_144;

const VECTORS = MAX_MESSAGES * MMSGHDR_SIZE;
const CONTROLS = VECTORS + MAX_MESSAGES * IOVEC_SIZE;
const NAMES = CONTROLS + MAX_MESSAGES * CONTROL_SIZE;
const NAME_SIZE = 32;
const DATA = NAMES + MAX_MESSAGES * NAME_SIZE;
const MEMORY_SIZE = DATA + DATA_SIZE;

/** Datagrams to one address that lie side by side: all have one size, but the last may be shorter. */
interface Message {
  readonly name: Uint8Array;
  /** Where its bytes lie in the batch's memory. */
  readonly start: number;
  end: number;
  readonly segment: number;
  count: number;
  /** A datagram that is shorter than the others ends it. */
  isDone: boolean;
}

/**
 * Datagrams for one call of sendmmsg(2), in memory that the system reads. Those that follow each
 * other to one address become one message, which the system cuts again (UDP_SEGMENT).
 */
export class DatagramBatch {
  /** The mmsghdr structures, and all that they point to. */
  readonly memory: Uint8Array<ArrayBuffer> = new Uint8Array(MEMORY_SIZE);
  readonly #view = new DataView(this.memory.buffer);
  readonly #address: number;
  /** Whether datagrams to that sockaddr may become one message. */
  readonly #isSegmented: (name: Uint8Array) => boolean;
  #messages: Message[] = [];
  #end = DATA;

  /**
   * @param addressOf the address of the first byte of memory
   * @param isSegmented whether datagrams to a sockaddr may become one message; asked for each
   */
  constructor(
    addressOf: (memory: Uint8Array<ArrayBuffer>) => number,
    isSegmented: (name: Uint8Array) => boolean,
  ) {
    this.#address = addressOf(this.memory);
    this.#isSegmented = isSegmented;
    for (let index = 0; index < MAX_MESSAGES; index++) {
      const name = this.#address + NAMES + index * NAME_SIZE;
      const vector = this.#address + VECTORS + index * IOVEC_SIZE;
      writeMessageHeader(this.#view, index * MMSGHDR_SIZE, name, vector);
    }
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** Messages that it has now. */
  get count(): number {
    return this.#messages.length;
  }

  /**
   * Copies a datagram; false when the batch is full, or it is longer than UDP carries.
   * @param name a sockaddr; one object for each address
   */
  add(datagram: Uint8Array, name: Uint8Array): boolean {
    const { length } = datagram;
    if (length > MAX_MESSAGE || name.length > SOCKADDR_IN6_SIZE) return false;
    if (this.#end + length > MEMORY_SIZE) return false;
    const last = this.#messages.at(-1);
    const start = this.#end;
    if (last !== undefined && this.#joins(last, length, name)) {
      last.end += length;
      last.count++;
      last.isDone = length < last.segment;
    } else {
      if (this.#messages.length === MAX_MESSAGES) return false;
      const end = start + length;
      this.#messages.push({ name, start, end, segment: length, count: 1, isDone: length === 0 });
    }
    this.memory.set(datagram, start);
    this.#end = start + length;
    return true;
  }

  /** Writes the structures of all messages, from the start of {@link memory} on. */
  seal(): void {
    const view = this.#view;
    for (let index = 0; index < this.#messages.length; index++) {
      const { name, start, end, segment, count } = this.#messages[index]!;
      const control = count > 1 ? CONTROLS + index * CONTROL_SIZE : 0;
      this.memory.set(name, NAMES + index * NAME_SIZE);
      writeVector(view, VECTORS + index * IOVEC_SIZE, this.#address + start, end - start);
      if (control > 0) writeSegmentSize(view, control, segment);
      const address = control > 0 ? this.#address + control : 0;
      writeMessageParts(view, index * MMSGHDR_SIZE, name.length, address);
    }
  }

  /** The structures from a message on; the system is told how many follow. */
  headersFrom(index: number): Uint8Array<ArrayBuffer> {
    return this.memory.subarray(index * MMSGHDR_SIZE, VECTORS);
  }

  /** The datagrams of one message, valid until {@link clear}. */
  *datagramsOf(index: number): Generator<Uint8Array<ArrayBuffer>> {
    const message = this.#messages[index];
    if (message === undefined) return;
    const { start, end, segment, count } = message;
    for (let i = 0; i < count; i++) {
      const from = start + i * segment;
      yield this.memory.subarray(from, Math.min(from + segment, end));
    }
  }

  /** The sockaddr of one message, as it was given. */
  nameOf(index: number): Uint8Array | undefined {
    return this.#messages[index]?.name;
  }

  clear(): void {
    this.#messages = [];
    this.#end = DATA;
  }

  #joins(last: Message, length: number, name: Uint8Array): boolean {
    return !last.isDone && length > 0 && length <= last.segment && last.name === name &&
      last.count < MAX_SEGMENTS && last.end - last.start + length <= MAX_MESSAGE &&
      this.#isSegmented(name);
  }
}
