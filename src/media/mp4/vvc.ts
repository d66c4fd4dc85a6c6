import { ProtocolError } from "../../bytes/mod.ts";
import { BitReader } from "../bit_reader.ts";
import { boxOf } from "./box.ts";
import type { VideoFormat } from "./video_format.ts";

const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * VVC by its VvcDecoderConfigurationRecord (ISO/IEC 14496-15 §11.2.4).
 * @throws ProtocolError when it does not tell profile and size
 */
export function vvcFormat(record: Uint8Array | undefined): VideoFormat {
  if (record === undefined) throw new ProtocolError("VVC without its record");
  const bits = new BitReader(record);
  bits.skip(5);
  const lengthSize = bits.take(2) + 1;
  if (!bits.flag()) throw new ProtocolError("VVC without profile, tier and level");
  bits.skip(9);
  const layers = bits.take(3);
  bits.skip(2 + 2 + 3 + 5 + 2);
  const constraintBytes = bits.take(6);
  const profile = bits.take(7);
  const tier = bits.flag() ? "H" : "L";
  const level = bits.take(8);
  const constraints: number[] = [];
  for (let count = 0; count < constraintBytes; count++) constraints.push(bits.take(8));
  let levels = 0;
  for (let layer = layers - 2; layer >= 0; layer--) levels += bits.take(1);
  if (layers > 1) bits.align();
  bits.skip(8 * levels);
  bits.skip(32 * bits.take(8));
  const [width, height] = [bits.take(16), bits.take(16)];
  const codec = `vvc1.${profile}.${tier}${level}.C${base32(constraints)}`;
  // A FullBox.
  const config = boxOf("vvcC", new Uint8Array(4), record);
  return { entry: "vvc1", codec, config, lengthSize, width, height };
}

/** RFC 4648 §6 without padding; bytes of zero at the end say nothing. */
function base32(bytes: readonly number[]): string {
  const told = bytes.slice(0, bytes.findLastIndex((byte) => byte !== 0) + 1);
  const bits = told.map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let text = "";
  for (let at = 0; at < bits.length; at += 5) {
    text += BASE32[parseInt(bits.slice(at, at + 5).padEnd(5, "0"), 2)];
  }
  return text || "A";
}
