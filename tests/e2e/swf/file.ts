import { ByteWriter, encodeText } from "../../../src/bytes/mod.ts";

/** Kinds of tags of a movie. Source of all here: SWF File Format Specification 19. */
export const Tag = {
  end: 0,
  showFrame: 1,
  doAction: 12,
  fileAttributes: 69,
  symbolClass: 76,
  doAbc: 82,
} as const;

/** What a movie needs, as bits. */
export const Attribute = { none: 0, useNetwork: 0x01, actionScript3: 0x08 } as const;

export type TagBody = readonly [tag: number, write: (body: ByteWriter) => void];

const TWIPS_PER_PIXEL = 20n;
const [WIDTH, HEIGHT] = [320n, 240n];
const FRAMES_PER_SECOND = 24;

/** A movie of one frame, 320 x 240, with the tags that are its own. */
export function swf(
  version: number,
  attributes: number,
  tags: readonly TagBody[],
): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter();
  // A rectangle of 14-bit numbers: x from 0, y from 0.
  const size = WIDTH * TWIPS_PER_PIXEL << 28n | HEIGHT * TWIPS_PER_PIXEL;
  out.bytes(encodeText("FWS")).u8(version).u32LE(0).u64((14n << 56n | size) << 3n);
  const frames = 1;
  out.u16LE(FRAMES_PER_SECOND << 8).u16LE(frames);
  writeTag(out, Tag.fileAttributes, (body) => body.u32LE(Attribute.useNetwork | attributes));
  for (const [tag, write] of tags) writeTag(out, tag, write);
  writeTag(out, Tag.showFrame, () => {});
  writeTag(out, Tag.end, () => {});
  const file = out.take();
  new DataView(file.buffer).setUint32(4, file.length, true);
  return file;
}

function writeTag(out: ByteWriter, tag: number, write: (body: ByteWriter) => void): void {
  const body = new ByteWriter();
  write(body);
  const isLong = 0x3f;
  out.u16LE(tag << 6 | isLong).u32LE(body.length).bytes(body.view());
}
