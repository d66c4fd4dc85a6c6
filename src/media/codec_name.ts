/** What people call a codec, by its FourCC or by its older number: see {@link codecOf}. */
const NAMES: Readonly<Record<string, string>> = {
  avc1: "H.264",
  hvc1: "H.265",
  vvc1: "H.266",
  av01: "AV1",
  vp08: "VP8",
  vp09: "VP9",
  mp4a: "AAC",
  fLaC: "FLAC",
  "ac-3": "AC-3",
  "ec-3": "E-AC-3",
  ".mp3": "MP3",
};

/** Adobe Flash Video File Format Specification 10.1, annexes E.4.3.1 and E.4.2.1. */
const NUMBERED: ReadonlyMap<number, string> = new Map([
  [0x102, "Sorenson H.263"],
  [0x103, "Screen Video"],
  [0x104, "VP6"],
  [0x105, "VP6 with alpha"],
  [0x106, "Screen Video 2"],
  [0x200, "PCM"],
  [0x201, "ADPCM"],
  [0x203, "PCM"],
  [0x204, "Nellymoser 16 kHz"],
  [0x205, "Nellymoser 8 kHz"],
  [0x206, "Nellymoser"],
  [0x207, "G.711 A-law"],
  [0x208, "G.711 µ-law"],
  [0x20b, "Speex"],
  [0x20f, "device's own"],
]);

/** The name of what `codecOf` gives; "unknown" for 0, and for codecs without a name. */
export function codecName(codec: number): string {
  const known = NUMBERED.get(codec);
  if (known !== undefined) return known;
  const fourCc = String.fromCharCode(
    codec >>> 24,
    codec >>> 16 & 255,
    codec >>> 8 & 255,
    codec & 255,
  );
  return NAMES[fourCc] ?? (/^[\x21-\x7e]{4}$/.test(fourCc) ? fourCc : "unknown");
}
