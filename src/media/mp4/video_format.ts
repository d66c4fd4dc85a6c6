/** A video track as its sample entry tells it. */
export interface VideoFormat {
  /** Type of the sample entry. */
  readonly entry: string;
  /** As RFC 6381 and the codec's binding to MP4 write it, such as `avc1.64001f`. */
  readonly codec: string;
  /** The boxes that decoders are set up by. */
  readonly config: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Of a sample: what its width is to its height; absent for square ones. */
  readonly aspect?: readonly [number, number];
  /** Bytes of the length before each NAL unit; absent for codecs without. */
  readonly lengthSize?: number;
}

/** Two hexadecimal digits of a byte. */
export function hexByte(value: number | undefined): string {
  return (value ?? 0).toString(16).padStart(2, "0");
}

/** Two decimal digits. */
export function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
