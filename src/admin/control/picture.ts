import type { Publication } from "../../hub/mod.ts";
import { codecName, codecOf, namedData } from "../../media/mod.ts";

/** What is known of the kinds of media of a publication, beside what is counted. */
export interface Picture {
  readonly video: string | null;
  readonly audio: string | null;
  readonly width: number | null;
  readonly height: number | null;
  /** Frames per second, as the publisher says. */
  readonly frameRate: number | null;
  readonly sampleRate: number | null;
  readonly channels: number | null;
}

/** Reads it from codec headers, frames and metadata. */
export function pictureOf(publication: Publication): Picture {
  const said = saidBy(publication);
  const codecs = { audio: null as string | null, video: null as string | null };
  for (const { kind, payload } of publication.samples) {
    if (kind === "audio" || kind === "video") codecs[kind] ??= codecName(codecOf(payload, kind));
  }
  const stereo = said.get("stereo");
  return {
    ...codecs,
    width: positive(said.get("width")),
    height: positive(said.get("height")),
    frameRate: positive(said.get("framerate") ?? said.get("fps")),
    sampleRate: positive(said.get("audiosamplerate")),
    channels: positive(said.get("audiochannels")) ??
      (typeof stereo === "boolean" ? stereo ? 2 : 1 : null),
  };
}

function saidBy({ metadata }: Publication): ReadonlyMap<string, unknown> {
  if (metadata === undefined) return new Map();
  try {
    return namedData(metadata);
  } catch {
    // What cannot be read says nothing; the publication's faults tell of it.
    return new Map();
  }
}

function positive(value: unknown): number | null {
  const number = typeof value === "string" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) && number > 0 ? number : null;
}
