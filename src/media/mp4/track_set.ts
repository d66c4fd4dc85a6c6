import type { TagContent } from "../frame_reader.ts";
import { colourBoxes } from "./colour.ts";
import type { TrackKind } from "./output.ts";
import { MAX_TRACKS } from "./params.ts";
import { AudioTrack, VideoTrack } from "./track.ts";

export type Track = VideoTrack | AudioTrack;

/** The tracks of a stream, by kind and by the numbers that Enhanced RTMP gives them. */
export class TrackSet {
  readonly video: Map<number, VideoTrack> = new Map();
  readonly audio: Map<number, AudioTrack> = new Map();

  /** The track of that number; undefined when there are too many. */
  videoTrack(number: number): VideoTrack | undefined {
    const { video } = this;
    if (!video.has(number) && video.size < MAX_TRACKS) video.set(number, new VideoTrack(number));
    return video.get(number);
  }

  /** The track of that number; undefined when there are too many. */
  audioTrack(number: number): AudioTrack | undefined {
    const { audio } = this;
    if (!audio.has(number) && audio.size < MAX_TRACKS) audio.set(number, new AudioTrack(number));
    return audio.get(number);
  }

  /** Takes what is told of a track beside its frames. @throws ProtocolError */
  setHeader(
    { kind, number }: { readonly kind: TrackKind; readonly number: number },
    content: TagContent,
    codec: number,
    data: Uint8Array,
  ): void {
    if (kind === "audio") {
      const track = this.audioTrack(number);
      if (content === "layout") track?.setLayout(data);
      else track?.setRecord(codec, data);
      return;
    }
    const track = this.videoTrack(number);
    if (track === undefined) return;
    if (content === "config") track.setRecord(codec, data);
    else if (content === "descriptor") track.setDescriptor(data);
    else if (content === "colour") track.setColour(colourBoxes(data));
  }

  /** The track of the lowest number whose format is known. */
  first(kind: TrackKind): Track | undefined {
    let first: Track | undefined;
    for (const track of this[kind].values()) {
      if (track.format !== undefined && (first === undefined || track.number < first.number)) {
        first = track;
      }
    }
    return first;
  }

  /** Tracks whose formats are known: pictures first, in the order of their numbers. */
  known(): Track[] {
    return [...this.video.values(), ...this.audio.values()]
      .filter(({ format }) => format !== undefined)
      .sort((a, b) => a.kind === b.kind ? a.number - b.number : a.kind === "video" ? -1 : 1);
  }

  clear(): void {
    this.video.clear();
    this.audio.clear();
  }
}
