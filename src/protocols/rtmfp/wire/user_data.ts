import { type ByteReader, ByteWriter, ProtocolError } from "../../../bytes/mod.ts";
import { readOption, writeMarker, writeOption } from "./option.ts";

/** Flags of a User Data chunk (RFC 7016 §2.3.11). */
export const DataFlag = {
  options: 0x80,
  fragmentControl: 0x30,
  abandon: 0x02,
  final: 0x01,
} as const;

/** Which part of a message a fragment is: bits 0x30 of the flags. */
export const Part = {
  whole: 0x00,
  begin: 0x10,
  end: 0x20,
  middle: 0x30,
} as const;
export type Part = (typeof Part)[keyof typeof Part];

export const DataOption = {
  metadata: 0x00,
  returnAssociation: 0x0a,
} as const;

/** Options below this number must be understood or the flow is refused (RFC 7016 §2.3.11.1). */
const MANDATORY_BELOW = 0x2000;

/** A User Data chunk; one object is filled again and again. */
export class UserData {
  flags = 0;
  flow = 0;
  sequence = 0;
  /** No fragment up to here will be sent again. */
  forward = 0;
  metadata: Uint8Array | undefined;
  /** The flow of ours that this one is associated with. */
  association: number | undefined;
  /** An option that must be understood is not. */
  isUnacceptable = false;
  data: Uint8Array = new Uint8Array(0);
  /** A data chunk of the same packet was read before. */
  #hasPrevious = false;

  get part(): Part {
    return (this.flags & DataFlag.fragmentControl) as Part;
  }

  /** A new packet begins: its first data chunk cannot be a Next User Data. */
  reset(): void {
    this.#hasPrevious = false;
  }

  read(input: ByteReader): void {
    this.#hasPrevious = false;
    this.flags = input.u8();
    this.flow = input.vlu();
    this.sequence = input.vlu();
    const offset = input.vlu();
    if (this.sequence === 0 || offset > this.sequence) {
      throw new ProtocolError(
        `sequence number ${this.sequence}, forward offset ${offset}`,
        input.offset,
      );
    }
    this.forward = this.sequence - offset;
    this.#readRest(input);
  }

  /** The fragment after the one read last, of the same flow and in the same packet. */
  readNext(input: ByteReader): void {
    if (!this.#hasPrevious) throw new ProtocolError("next data without data before", input.offset);
    this.#hasPrevious = false;
    this.flags = input.u8();
    if (this.sequence >= Number.MAX_SAFE_INTEGER) throw new ProtocolError("sequence overflow");
    this.sequence++;
    this.#readRest(input);
  }

  #readRest(input: ByteReader): void {
    this.metadata = undefined;
    this.association = undefined;
    this.isUnacceptable = false;
    if ((this.flags & DataFlag.options) !== 0) this.#readOptions(input);
    this.data = input.rest();
    this.#hasPrevious = true;
  }

  #readOptions(input: ByteReader): void {
    for (let option = readOption(input); option; option = readOption(input)) {
      if (option.type === DataOption.metadata) this.metadata = option.value;
      else if (option.type === DataOption.returnAssociation) {
        this.association = numberOf(option.value);
      } else if (option.type < MANDATORY_BELOW) this.isUnacceptable = true;
    }
  }
}

/** The options of a flow's first packets, marker included. */
export function flowOptions(metadata: Uint8Array, association?: number): Uint8Array<ArrayBuffer> {
  const output = new ByteWriter(metadata.length + 16);
  writeOption(output, DataOption.metadata, metadata);
  if (association !== undefined) {
    writeOption(output, DataOption.returnAssociation, new ByteWriter(8).vlu(association).take());
  }
  writeMarker(output);
  return output.take();
}

function numberOf(value: Uint8Array): number {
  let number = 0;
  for (const byte of value) {
    number = number * 128 + (byte & 0x7f);
    if (number > Number.MAX_SAFE_INTEGER) break;
    if ((byte & 0x80) === 0) return number;
  }
  throw new ProtocolError("return association without a flow number");
}
