import { ByteWriter } from "../../bytes/mod.ts";
import { Amf3Reader, Amf3Writer, type DataReader, type DataWriter } from "../../codecs/mod.ts";

/** Values as an object keeps them: AMF3, with references of their own. Never changed. */
export type KeptValues = Uint8Array;

/**
 * The next values of a reader.
 * @param count how many at most
 * @throws ProtocolError when they are malformed, or a format of references is needed
 */
export function keepValues(reader: DataReader, count = Infinity): KeptValues {
  const out = new ByteWriter(64);
  reader.read(new Amf3Writer(out), count);
  return out.take();
}

/** Writes kept values into any format. */
export function writeKept(values: KeptValues, writer: DataWriter): void {
  new Amf3Reader(values).read(writer);
}

/** True for no value, undefined and null: a slot that is set to one of them is removed. */
export function isNothing(values: KeptValues): boolean {
  return values.length === 0 || (values.length === 1 && values[0]! <= AMF3_NULL);
}

const AMF3_NULL = 1;
