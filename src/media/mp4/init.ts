import { ByteWriter } from "../../bytes/mod.ts";
import { box, fullBox } from "./box.ts";
import { MOVIE_TIMESCALE } from "./params.ts";
import type { AudioTrack, VideoTrack } from "./track.ts";

/** Rows of the matrix that leaves pictures as they are (§8.2.2). */
const UNITY = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000];
/** In the movie, shown, and its size is that of its pictures. */
const TRACK_ENABLED = 7;
/** ISO 639-2 "und" in five bits a letter. */
const UNDETERMINED = 0x55c4;
const SELF_CONTAINED = 1;

/** `ftyp` and `moov` of tracks whose formats are known; their ids count from 1. */
export function writeInit(tracks: readonly (VideoTrack | AudioTrack)[]): Uint8Array {
  const out = new ByteWriter(2048);
  box(out, "ftyp", () => out.text("iso6").u32(0).text("iso6cmfcmp41dash"));
  box(out, "moov", () => {
    fullBox(out, "mvhd", {}, () => {
      out.u32(0).u32(0).u32(MOVIE_TIMESCALE).u32(0).u32(0x10000).u16(0x100).u16(0).u32(0).u32(0);
      matrix(out);
      for (let count = 6; count > 0; count--) out.u32(0);
      out.u32(tracks.length + 1);
    });
    tracks.forEach((track, index) => box(out, "trak", () => writeTrack(out, track, index + 1)));
    box(out, "mvex", () => {
      for (let id = 1; id <= tracks.length; id++) {
        fullBox(out, "trex", {}, () => out.u32(id).u32(1).u32(0).u32(0).u32(0));
      }
    });
  });
  return out.take();
}

function matrix(out: ByteWriter): void {
  for (const value of UNITY) out.u32(value);
}

function writeTrack(out: ByteWriter, track: VideoTrack | AudioTrack, id: number): void {
  const isVideo = track.kind === "video";
  fullBox(out, "tkhd", { flags: TRACK_ENABLED }, () => {
    out.u32(0).u32(0).u32(id).u32(0).u32(0).u32(0).u32(0);
    // Tracks of one kind are alternatives to one another.
    out.u16(0).u16(isVideo ? 1 : 2).u16(isVideo ? 0 : 0x100).u16(0);
    matrix(out);
    const [width, height] = isVideo ? shownSize(track) : [0, 0];
    out.u32(width << 16 >>> 0).u32(height << 16 >>> 0);
  });
  box(out, "mdia", () => {
    fullBox(out, "mdhd", {}, () => {
      out.u32(0).u32(0).u32(track.timescale).u32(0).u16(UNDETERMINED).u16(0);
    });
    fullBox(out, "hdlr", {}, () => {
      out.u32(0).text(isVideo ? "vide" : "soun").u32(0).u32(0).u32(0);
      out.text(isVideo ? "video" : "sound").u8(0);
    });
    box(out, "minf", () => {
      if (isVideo) fullBox(out, "vmhd", { flags: 1 }, () => out.u32(0).u32(0));
      else fullBox(out, "smhd", {}, () => out.u32(0));
      box(out, "dinf", () => {
        fullBox(out, "dref", {}, () => {
          out.u32(1);
          fullBox(out, "url ", { flags: SELF_CONTAINED }, () => {});
        });
      });
      box(out, "stbl", () => {
        fullBox(out, "stsd", {}, () => {
          out.u32(1);
          if (isVideo) writeVideo(out, track);
          else writeAudio(out, track);
        });
        for (const empty of ["stts", "stsc", "stco"]) fullBox(out, empty, {}, () => out.u32(0));
        fullBox(out, "stsz", {}, () => out.u32(0).u32(0));
      });
    });
  });
}

function shownSize({ format }: VideoTrack): readonly [number, number] {
  const { width = 0, height = 0, aspect = [1, 1] } = format ?? {};
  return [Math.min(0xffff, Math.round(width * aspect[0] / aspect[1])), height];
}

/** VisualSampleEntry (§12.1.3). */
function writeVideo(out: ByteWriter, { format }: VideoTrack): void {
  if (format === undefined) return;
  box(out, format.entry, () => {
    out.u32(0).u16(0).u16(1).u32(0).u32(0).u32(0).u32(0);
    out.u16(format.width).u16(format.height).u32(0x480000).u32(0x480000).u32(0).u16(1);
    for (let count = 8; count > 0; count--) out.u32(0);
    out.u16(0x18).u16(0xffff);
    out.bytes(format.config);
    const { aspect } = format;
    if (aspect !== undefined) box(out, "pasp", () => out.u32(aspect[0]).u32(aspect[1]));
  });
}

/** AudioSampleEntry (§12.2.3); rates past 16 bits are in the codec's box alone. */
function writeAudio(out: ByteWriter, { format }: AudioTrack): void {
  if (format === undefined) return;
  box(out, format.entry, () => {
    out.u32(0).u16(0).u16(1).u32(0).u32(0).u16(format.channels).u16(16).u32(0);
    out.u16(format.rate > 0xffff ? 0 : format.rate).u16(0);
    out.bytes(format.config);
  });
}
