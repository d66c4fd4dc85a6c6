import type { DataInput } from "../../codecs/mod.ts";
import { define, type Definition, method, property, readonly } from "../lua/definition.ts";
import type { Objects } from "../lua/objects.ts";
import { Pushed } from "../lua/definition.ts";
import { LuaWriter } from "../lua/writer.ts";
import { endianArgument } from "./byte_writer.ts";

/** First argument of a script's `__readExternal`. */
export class ExternalInput {
  readonly input: DataInput;

  constructor(input: DataInput) {
    this.input = input;
  }
}

/** AS3's IDataInput, with `readAMF(count)` for `readObject()`. */
export const byteReader: Definition<ExternalInput> = define({
  name: "ByteReader",
  type: ExternalInput,
  members: {
    bytesAvailable: readonly(({ input }) => input.bytesAvailable),
    endian: property(({ input }) => input.endian, ({ input }, args) => {
      input.endian = endianArgument(args);
    }),
    readBoolean: method(({ input }) => input.readBoolean()),
    readByte: method(({ input }) => input.readByte()),
    readUnsignedByte: method(({ input }) => input.readUnsignedByte()),
    readShort: method(({ input }) => input.readShort()),
    readUnsignedShort: method(({ input }) => input.readUnsignedShort()),
    readInt: method(({ input }) => input.readInt()),
    readUnsignedInt: method(({ input }) => input.readUnsignedInt()),
    readFloat: method(({ input }) => input.readFloat()),
    readDouble: method(({ input }) => input.readDouble()),
    readUTF: method(({ input }) => input.readUTF()),
    readUTFBytes: method(({ input }, args) => input.readUTFBytes(args.number(1))),
    readMultiByte: method(({ input }, args) =>
      input.readMultiByte(args.number(1), args.text(2, "utf-8"))
    ),
    readBytes: method(({ input }, args) => input.readBytes(args.number(1, input.bytesAvailable))),
    readAMF: method(({ input }, args) => readAmf(input, args.objects, args.number(1, 1))),
  },
});

function readAmf(input: DataInput, objects: Objects, count: number): Pushed {
  const writer = new LuaWriter(objects.vm, objects.typed);
  input.readAMF(writer, count);
  return new Pushed(writer.finish());
}
