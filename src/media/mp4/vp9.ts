import { ProtocolError } from "../../bytes/mod.ts";
import { BitReader } from "../bit_reader.ts";
import { boxOf } from "./box.ts";
import { twoDigits, type VideoFormat } from "./video_format.ts";

const SYNC = 0x498342;
const RGB = 7;
/** Version 1 and flags of the FullBox, which FFmpeg sends with the record. */
const FULL_BOX = Uint8Array.of(1, 0, 0, 0);
const RECORD_SIZE = 8;
/** Colours that are not told (ISO/IEC 23091-2). */
const UNSPECIFIED = 2;
/** Pixels of a picture up to which a level goes (VP9 Levels). */
const LEVELS: readonly (readonly [number, number])[] = [
  ...[[36_864, 10], [73_728, 11], [122_880, 20], [245_760, 21], [552_960, 30]] as const,
  ...[[983_040, 31], [2_228_224, 41], [8_912_896, 51], [35_651_584, 61]] as const,
];

/**
 * VP9 by its VPCodecConfigurationRecord (VP Codec ISO Media File Format Binding), else by its key
 * frame, which has the size in any case.
 * @throws ProtocolError when the frame is none
 */
export function vp9Format(record: Uint8Array | undefined, key: Uint8Array): VideoFormat {
  const picture = readKeyFrame(key);
  const bare = record === undefined ? madeRecord(picture) : withoutVersion(record).slice();
  if (bare.length < RECORD_SIZE) throw new ProtocolError("a VP9 record that is cut");
  const { width, height } = picture;
  bare[1] = bare[1]! === 0 ? levelOf(width * height) : bare[1]!;
  const codec = `vp09.${twoDigits(bare[0]!)}.${twoDigits(bare[1]!)}.${twoDigits(bare[2]! >> 4)}`;
  return { entry: "vp09", codec, config: boxOf("vpcC", FULL_BOX, bare), width, height };
}

function withoutVersion(record: Uint8Array): Uint8Array {
  const isFull = record.length >= FULL_BOX.length + RECORD_SIZE &&
    FULL_BOX.every((byte, index) => record[index] === byte);
  return isFull ? record.subarray(FULL_BOX.length) : record;
}

interface Picture {
  readonly profile: number;
  readonly depth: number;
  readonly chroma: number;
  readonly width: number;
  readonly height: number;
}

/** VP9 Bitstream & Decoding Process Specification §6.2. */
function readKeyFrame(frame: Uint8Array): Picture {
  const bits = new BitReader(frame);
  bits.skip(2);
  const profile = bits.take(1) + 2 * bits.take(1);
  if (profile === 3) bits.skip(1);
  const isShown = bits.flag();
  const isInter = bits.flag();
  bits.skip(2);
  if (isShown || isInter || bits.take(24) !== SYNC) throw new ProtocolError("no VP9 key frame");
  const depth = profile < 2 ? 8 : bits.flag() ? 12 : 10;
  const isOdd = profile % 2 === 1;
  let chroma = 1;
  if (bits.take(3) === RGB) {
    chroma = 3;
    if (isOdd) bits.skip(1);
  } else {
    bits.skip(1);
    if (isOdd) {
      chroma = bits.flag() ? 2 : 3;
      bits.skip(2);
    }
  }
  return { profile, depth, chroma, width: bits.take(16) + 1, height: bits.take(16) + 1 };
}

function madeRecord({ profile, depth, chroma }: Picture): Uint8Array {
  const colours = [UNSPECIFIED, UNSPECIFIED, UNSPECIFIED];
  return Uint8Array.of(profile, 0, (depth << 4) | (chroma << 1), ...colours, 0, 0);
}

function levelOf(pixels: number): number {
  return LEVELS.find(([limit]) => pixels <= limit)?.[1] ?? 62;
}
