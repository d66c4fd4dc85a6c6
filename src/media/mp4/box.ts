import { ByteWriter } from "../../bytes/mod.ts";

/** Appends a box (§4.2): its size, its type of four characters, and what `body` writes. */
export function box(out: ByteWriter, type: string, body: () => void): void {
  const at = out.length;
  out.u32(0).text(type);
  body();
  out.setU32(at, out.length - at);
}

/** The same with a version and flags, 0 by default (a FullBox). */
export function fullBox(
  out: ByteWriter,
  type: string,
  { version = 0, flags = 0 }: { readonly version?: number; readonly flags?: number },
  body: () => void,
): void {
  box(out, type, () => {
    out.u8(version).u24(flags);
    body();
  });
}

/** A box on its own. */
export function boxOf(type: string, ...contents: readonly Uint8Array[]): Uint8Array {
  const out = new ByteWriter(64);
  box(out, type, () => contents.forEach((bytes) => out.bytes(bytes)));
  return out.take();
}
