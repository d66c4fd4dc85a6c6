/** No bytes. */
export const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** Bytes of one page. */
const PAGE_SIZE = 8_192;

/** The most that is taken from a page: more is memory of its own. */
export const BRIEF_SIZE = 1_024;

let page = new Uint8Array(PAGE_SIZE);
let used = 0;

/** The same bytes, in memory that holds nothing else: for those that are kept. */
export function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice();
}

/**
 * Zeroed memory for bytes that are sent or read soon and then forgotten: a part of a page that
 * others share, since the making of an ArrayBuffer costs ten times as much as a view of one. A page
 * lives as long as any part of it: what is kept belongs elsewhere. It begins where words of 8 bytes
 * do.
 */
export function briefBytes(size: number): Uint8Array<ArrayBuffer> {
  if (size > BRIEF_SIZE) return new Uint8Array(size);
  if (used + size > PAGE_SIZE) {
    page = new Uint8Array(PAGE_SIZE);
    used = 0;
  }
  const start = used;
  used = roundUp(start + size);
  // Half the time of subarray().
  return new Uint8Array(page.buffer, start, size);
}

/**
 * Gives what {@link briefBytes} made back to its page from `length` on, if it was the last: an end
 * that was not written to, so that it is zero for the next one.
 */
export function giveBack(bytes: Uint8Array<ArrayBuffer>, length: number): void {
  const start = bytes.byteOffset;
  if (bytes.buffer !== page.buffer || used !== roundUp(start + bytes.length)) return;
  used = roundUp(start + length);
}

function roundUp(offset: number): number {
  return (offset + 7) & ~7;
}
