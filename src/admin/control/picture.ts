import type { Publication } from "../../hub/mod.ts";
import {
  codecName,
  codecOf,
  type HeaderFacts,
  headerFacts,
  isSequenceStart,
  namedData,
  trackOf,
} from "../../media/mod.ts";

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
  const facts = factsOf(publication);
  return {
    ...codecs,
    width: facts.width ?? positive(said.get("width")),
    height: facts.height ?? positive(said.get("height")),
    frameRate: positive(said.get("framerate") ?? said.get("fps")),
    sampleRate: facts.sampleRate ?? positive(said.get("audiosamplerate")),
    channels: facts.channels ?? positive(said.get("audiochannels")) ??
      (typeof stereo === "boolean" ? stereo ? 2 : 1 : null),
  };
}

/** What the headers of the first tracks say, which is truer than what the publisher says. */
function factsOf({ configs }: Publication): HeaderFacts {
  let facts: HeaderFacts = {};
  for (const { kind, payload } of configs) {
    if (kind !== "audio" && kind !== "video") continue;
    if (isSequenceStart(payload, kind) && trackOf(payload, kind) === 0) {
      facts = { ...facts, ...headerFacts(payload, kind) };
    }
  }
  return facts;
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
