import { ByteWriter, ProtocolError } from "../../bytes/mod.ts";
import { Amf0Reader, isValueObject, readValues, type Value } from "../../codecs/mod.ts";
import { box } from "./box.ts";

/** Colours that are not told (ISO/IEC 23091-2). */
const UNSPECIFIED = 2;
/** Units of the boxes: a 50,000th of a coordinate, a 10,000th of a candela (§12.1.6, §12.1.7). */
const COORDINATE = 50_000;
const LUMINANCE = 10_000;

/**
 * The boxes that Enhanced RTMP's `colorInfo` becomes: colours, light of the screen it was made on,
 * light of its content. Undefined when it tells none.
 */
export function colourBoxes(metadata: Uint8Array): Uint8Array | undefined {
  const info = fields(read(metadata));
  const out = new ByteWriter(64);
  const config = fields(info.get("colorConfig"));
  const number = (from: ReadonlyMap<string, Value>, name: string) => Number(from.get(name) ?? NaN);
  const or = (value: number, missing: number) => value >= 0 ? value : missing;
  if (config.size > 0) {
    box(out, "colr", () => {
      out.text("nclx").u16(or(number(config, "colorPrimaries"), UNSPECIFIED));
      out.u16(or(number(config, "transferCharacteristics"), UNSPECIFIED));
      out.u16(or(number(config, "matrixCoefficients"), UNSPECIFIED)).u8(0);
    });
  }
  const screen = fields(info.get("hdrMdc"));
  if (screen.size > 0) {
    const scaled = (name: string, unit: number) => or(Math.round(number(screen, name) * unit), 0);
    box(out, "mdcv", () => {
      for (const name of ["greenX", "greenY", "blueX", "blueY", "redX", "redY"]) {
        out.u16(scaled(name, COORDINATE));
      }
      out.u16(scaled("whitePointX", COORDINATE)).u16(scaled("whitePointY", COORDINATE));
      out.u32(scaled("maxLuminance", LUMINANCE)).u32(scaled("minLuminance", LUMINANCE));
    });
  }
  const light = fields(info.get("hdrCll"));
  if (light.size > 0) {
    box(out, "clli", () => {
      out.u16(or(number(light, "maxCLL"), 0)).u16(or(number(light, "maxFall"), 0));
    });
  }
  return out.length === 0 ? undefined : out.take();
}

function read(metadata: Uint8Array): Value {
  try {
    const [name, info] = readValues(new Amf0Reader(metadata), 2);
    return name === "colorInfo" ? info : undefined;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function fields(value: Value | undefined): ReadonlyMap<string, Value> {
  if (value instanceof Map) return value as ReadonlyMap<string, Value>;
  return new Map(isValueObject(value) ? Object.entries(value) : []);
}
