import type { MediaKinds } from "../media_message.ts";
import type { PartLengths } from "./part_bounds.ts";

export type TrackKind = "audio" | "video";

/** One track as its codec header tells it. */
export interface Mp4Track {
  readonly id: number;
  readonly kind: TrackKind;
  /** Enhanced RTMP's number; 0 for the first, or the only one. */
  readonly number: number;
  /** As playlists and browsers name it, such as `avc1.64001f`. */
  readonly codec: string;
  /** Ticks in a second. */
  readonly timescale: number;
  /** Of pictures; 0 for sound. */
  readonly width: number;
  readonly height: number;
  /** Of sound; 0 for pictures. */
  readonly channels: number;
}

/** What a decoder is set up by. */
export interface Mp4Init {
  /** `ftyp` and `moov`. */
  readonly bytes: Uint8Array;
  readonly tracks: readonly Mp4Track[];
}

/** Some media of all tracks. */
export interface Mp4Fragment {
  /** `moof` and `mdat`. */
  readonly bytes: Uint8Array;
  /** Decoding can begin here: with a key frame of the first video track, or with sound alone. */
  readonly isKey: boolean;
  /** Decoding can begin with what follows it, too. */
  readonly isBeforeKey: boolean;
  /** Milliseconds at which it begins, and until the next begins. */
  readonly time: number;
  readonly duration: number;
  /** Pictures of the first video track in it. */
  readonly pictures: number;
}

export interface Mp4Sink {
  /** What follows is of these tracks: before the first fragment, and when tracks change. */
  init(init: Mp4Init): void;
  fragment(fragment: Mp4Fragment): void;
}

/** Fragments are cut by their lengths; each key frame of the first video track begins one, too. */
export interface Mp4Options extends PartLengths {
  /** What comes, as far as is known: codec headers of these kinds are waited for at first. */
  readonly kinds?: MediaKinds;
  /** Times begin at 0, and again after each init; otherwise they are the stream's. */
  readonly fromZero?: boolean;
  /** Which tracks are written, by their numbers; all without it. */
  readonly tracks?: (kind: TrackKind, number: number) => boolean;
}
