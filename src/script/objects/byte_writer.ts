import type { DataOutput } from "../../codecs/mod.ts";
import type { Arguments } from "../lua/arguments.ts";
import { define, method, property } from "../lua/definition.ts";

/** First argument of a script's `__writeExternal`. */
export class ExternalOutput {
  readonly output: DataOutput;

  constructor(output: DataOutput) {
    this.output = output;
  }
}

/** AS3's IDataOutput, with `writeAMF(...)` for `writeObject(value)`. */
export const byteWriter = define<ExternalOutput>({
  name: "ByteWriter",
  type: ExternalOutput,
  members: {
    endian: property(({ output }) => output.endian, ({ output }, args) => {
      output.endian = endianArgument(args);
    }),
    writeBoolean: method(({ output }, args) => output.writeBoolean(args.boolean(1))),
    writeByte: method(({ output }, args) => output.writeByte(args.number(1))),
    writeShort: method(({ output }, args) => output.writeShort(args.number(1))),
    writeInt: method(({ output }, args) => output.writeInt(args.number(1))),
    writeUnsignedInt: method(({ output }, args) => output.writeUnsignedInt(args.number(1))),
    writeFloat: method(({ output }, args) => output.writeFloat(args.number(1))),
    writeDouble: method(({ output }, args) => output.writeDouble(args.number(1))),
    writeUTF: method(({ output }, args) => output.writeUTF(args.bytes(1))),
    writeUTFBytes: method(({ output }, args) => output.writeUTFBytes(args.bytes(1))),
    writeMultiByte: method(({ output }, args) => {
      output.writeMultiByte(args.bytes(1), args.text(2, "utf-8"));
    }),
    writeBytes: method(({ output }, args) => {
      const bytes = args.bytes(1);
      const offset = Math.max(0, Math.min(args.number(2, 0), bytes.length));
      const rest = bytes.length - offset;
      // As in AS3, a length of 0 means all that is left.
      output.writeBytes(bytes, offset, Math.max(0, Math.min(args.number(3, 0) || rest, rest)));
    }),
    writeAMF: method(({ output }, args) => output.writeAMF(args.reader())),
  },
});

/** The value assigned to `endian`. */
export function endianArgument(args: Arguments): "bigEndian" | "littleEndian" {
  const endian = args.text(1);
  if (endian === "bigEndian" || endian === "littleEndian") return endian;
  return args.fail(1, `'bigEndian' or 'littleEndian' expected, got '${endian}'`);
}
