import type { ReadableFile } from "../../src/recordings/storage.ts";

const folder = new URL("../vectors/films/", import.meta.url);

/** Names of the films in `tests/vectors/films`. */
export const FILMS = [...Deno.readDirSync(folder)].map(({ name }) => name)
  .filter((name) => /\.(mp4|flv)$/.test(name)).sort();

export const filmBytes = (name: string) => Deno.readFileSync(new URL(name, folder));

/** What ffprobe tells of a packet. */
export interface Packet {
  readonly kind: string;
  /** Milliseconds. */
  readonly pts: number;
  readonly dts: number;
  readonly size: number;
  readonly isKey: boolean;
}

export function packetsOf(name: string): Packet[] {
  const text = Deno.readTextFileSync(new URL(`${name}.packets`, folder));
  return text.trim().split("\n").map((line) => {
    const [kind = "", pts, dts, size, flags = ""] = line.split(",");
    return {
      kind,
      pts: Number(pts) * 1000,
      dts: Number(dts) * 1000,
      size: Number(size),
      isKey: flags.startsWith("K"),
    };
  });
}

/** A file in memory. */
export function fileOf(bytes: Uint8Array): ReadableFile & { isOpen: boolean } {
  const file = {
    size: bytes.length,
    modified: 0,
    isOpen: true,
    read(position: number, buffer: Uint8Array) {
      const part = bytes.subarray(position, position + buffer.length);
      buffer.set(part);
      return Promise.resolve(part.length);
    },
    close: () => void (file.isOpen = false),
  };
  return file;
}
