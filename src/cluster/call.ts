import { type ByteReader, ByteWriter } from "../bytes/mod.ts";
import { Amf3Reader, Amf3Writer, type DataReader } from "../codecs/mod.ts";
import { readName, writeName } from "./link/frame.ts";
import { MAX_BODY } from "./params.ts";

/**
 * The body of a call: the method's name, then all values of `args` as AMF3.
 * @throws RangeError when the name or the whole is too long to be sent
 */
export function callBody(name: string, args: DataReader): Uint8Array {
  const out = new ByteWriter(256);
  writeName(out, name);
  args.read(new Amf3Writer(out));
  if (out.length > MAX_BODY) {
    throw new RangeError(`a call of ${out.length} bytes, at most ${MAX_BODY} can be sent`);
  }
  return out.view();
}

/** @throws ProtocolError when it is none; the arguments are read later, and may throw it too */
export function readCall(body: ByteReader): { readonly name: string; readonly args: DataReader } {
  const name = readName(body);
  return { name, args: new Amf3Reader(body) };
}
