import { ProtocolError } from "../bytes/mod.ts";
import type { DataInput, DataOutput, DataReader, DataWriter, Ref, VectorKind } from "./data.ts";
import { ForwardingWriter } from "./forwarding_writer.ts";

/** A container that is open in the writer. */
interface Frame {
  readonly end: "endObject" | "endArray" | "endDictionary";
  /** Values that were announced and have not come; 0 where none are. */
  owed: number;
  /** Elements of a mixed array whose named part is still open; else undefined. */
  elements: number | undefined;
  readonly isNumeric: boolean;
}

/**
 * Drives `writer` with all that can be read: at the first value that cannot, everything open is
 * closed, elements that were announced are null, and the rest of the message is left out. Encoders
 * forget ends of objects, and write markers that AMF0 reserves.
 * @returns why not all of it could be read
 */
export function readMended(reader: DataReader, writer: DataWriter): ProtocolError | undefined {
  const mending = new MendingWriter(writer);
  try {
    reader.read(mending);
    return undefined;
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    mending.finish();
    return error;
  }
}

/** Passes values on and knows what is open, so that a message which breaks off can be ended. */
class MendingWriter extends ForwardingWriter {
  readonly readExternal?: (type: string, input: DataInput) => Ref | undefined;
  readonly writeExternal?: (type: string, produce: (output: DataOutput) => void) => Ref;
  readonly #to: DataWriter;
  readonly #frames: Frame[] = [];
  /** A name whose value has not come. */
  #name: Uint8Array | undefined;
  /** A reference was refused: the copy that the reader writes instead has its name already. */
  #isCopyOwed = false;

  constructor(to: DataWriter) {
    super();
    this.#to = to;
    if (to.readExternal) {
      this.readExternal = (type, input) => this.target().readExternal?.(type, input);
    }
    if (to.writeExternal) {
      this.writeExternal = (type, produce) => this.target().writeExternal?.(type, produce) ?? 0;
    }
  }

  /** Ends what is open, from the innermost container on. */
  finish(): void {
    this.#name = undefined;
    if (this.#isCopyOwed) this.#to.null();
    for (let frame = this.#frames.pop(); frame; frame = this.#frames.pop()) {
      if (frame.elements !== undefined) this.#to.endNamed();
      for (let owed = frame.elements ?? frame.owed; owed > 0; owed--) {
        if (frame.isNumeric) this.#to.number(0);
        else this.#to.null();
      }
      this.#to[frame.end]();
    }
  }

  property(source: Uint8Array, start: number, end: number): void {
    this.#name = source.slice(start, end);
  }

  override reference(ref: Ref): boolean {
    const isDone = super.reference(ref);
    this.#isCopyOwed = !isDone;
    return isDone;
  }

  beginObject(type?: string, size?: number): Ref {
    const ref = this.target().beginObject(type, size);
    this.#open("endObject", 0);
    return ref;
  }

  endObject(): void {
    this.#close();
  }

  beginArray(length: number): Ref {
    const ref = this.target().beginArray(length);
    this.#open("endArray", length);
    return ref;
  }

  beginVector(kind: VectorKind, length: number, fixed: boolean): Ref {
    const ref = this.target().beginVector(kind, length, fixed);
    this.#open("endArray", length, typeof kind === "string");
    return ref;
  }

  endArray(): void {
    this.#close();
  }

  beginMixed(length: number): Ref {
    const ref = this.target().beginMixed(length);
    this.#open("endArray", 0).elements = length;
    return ref;
  }

  endNamed(): void {
    const frame = this.#frames.at(-1);
    if (frame) {
      frame.owed = frame.elements ?? 0;
      frame.elements = undefined;
    }
    this.#to.endNamed();
  }

  beginDictionary(size: number, weakKeys: boolean): Ref {
    const ref = this.target().beginDictionary(size, weakKeys);
    this.#open("endDictionary", 2 * size);
    return ref;
  }

  endDictionary(): void {
    this.#close();
  }

  /** The writer, for the value that comes now, with its name before it. */
  protected override target(): DataWriter {
    const name = this.#name;
    if (name !== undefined) {
      this.#name = undefined;
      this.#to.property(name, 0, name.length);
    }
    if (this.#isCopyOwed) {
      this.#isCopyOwed = false;
      return this.#to;
    }
    const frame = this.#frames.at(-1);
    if (frame && frame.owed > 0) frame.owed--;
    return this.#to;
  }

  #open(end: Frame["end"], owed: number, isNumeric = false): Frame {
    const frame: Frame = { end, owed, elements: undefined, isNumeric };
    this.#frames.push(frame);
    return frame;
  }

  #close(): void {
    const frame = this.#frames.pop();
    if (frame) this.#to[frame.end]();
  }
}
