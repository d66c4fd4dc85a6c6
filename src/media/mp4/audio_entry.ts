/** An audio track as its sample entry tells it. */
export interface AudioFormat {
  /** Type of the sample entry. */
  readonly entry: string;
  /** As RFC 6381 writes it, such as `mp4a.40.2`. */
  readonly codec: string;
  /** The boxes that decoders are set up by. */
  readonly config: Uint8Array;
  readonly channels: number;
  /** Samples in a second, which are the track's ticks. */
  readonly rate: number;
  /** Samples of one frame. @throws ProtocolError when the frame does not tell */
  samples(frame: Uint8Array): number;
}
