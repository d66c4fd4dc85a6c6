import { NOTHING, ProtocolError } from "../bytes/mod.ts";
import { bodyStart, codecOf, FourCc } from "./codec_id.ts";
import { aacFormat } from "./mp4/aac.ts";
import { av1Format } from "./mp4/av1.ts";
import { avcFormat } from "./mp4/avc.ts";
import { hevcFormat } from "./mp4/hevc.ts";

/** What a codec's header says of its stream, as far as it does. */
export interface HeaderFacts {
  /** Of the picture, in pixels. */
  readonly width?: number;
  readonly height?: number;
  /** Hertz. */
  readonly sampleRate?: number;
  readonly channels?: number;
}

/** Reads a header, as the body of a tag; nothing of one that is broken, or of another codec. */
export function headerFacts(body: Uint8Array, kind: "audio" | "video"): HeaderFacts {
  const start = bodyStart(body, kind);
  if (start === undefined || start >= body.length) return {};
  const record = body.subarray(start);
  try {
    switch (codecOf(body, kind)) {
      case FourCc.avc:
        return sizeOf(avcFormat(record, NOTHING));
      case FourCc.hevc:
        return sizeOf(hevcFormat(record, NOTHING));
      case FourCc.av1:
        return sizeOf(av1Format(record, NOTHING));
      case FourCc.aac: {
        const { rate, channels } = aacFormat(record, 0);
        return { sampleRate: rate, channels };
      }
      default:
        return {};
    }
  } catch (error) {
    if (error instanceof ProtocolError) return {};
    throw error;
  }
}

function sizeOf({ width, height }: { readonly width: number; readonly height: number }) {
  return { width, height };
}
