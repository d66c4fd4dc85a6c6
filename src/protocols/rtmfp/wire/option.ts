import { type ByteReader, type ByteWriter, ProtocolError, vluLength } from "../../../bytes/mod.ts";

/** One option of a list (RFC 7016 §2.1.3): a type and its value, a view into the input. */
export interface Option {
  readonly type: number;
  readonly value: Uint8Array;
}

/** Reads the next option; undefined when it is the marker. */
export function readOption(input: ByteReader): Option | undefined {
  const length = input.vlu();
  if (length === 0) return undefined;
  const start = input.offset;
  if (length > input.remaining) {
    throw new ProtocolError(`option of ${length} bytes, ${input.remaining} left`, start);
  }
  const type = input.vlu();
  const rest = length - (input.offset - start);
  if (rest < 0) throw new ProtocolError("option shorter than its type", start);
  return { type, value: input.view(rest) };
}

/** Reads options up to the marker or the end of the input. */
export function readOptions(input: ByteReader): Option[] {
  const options: Option[] = [];
  while (input.remaining > 0) {
    const option = readOption(input);
    if (!option) break;
    options.push(option);
  }
  return options;
}

export function writeOption(output: ByteWriter, type: number, value?: Uint8Array): void {
  const length = value?.length ?? 0;
  output.vlu(vluLength(type) + length).vlu(type);
  if (value) output.bytes(value);
}

/** Ends a list of options. */
export function writeMarker(output: ByteWriter): void {
  output.u8(0);
}
