import assert from "node:assert/strict";
import { equalBytes, ProtocolError } from "../../src/bytes/mod.ts";

type Class = abstract new (...args: never[]) => Error;

/** A message without its numbers, up to the first part of the input that it quotes. */
export function plainText(message: string): string {
  return /^[A-Za-z0-9 ,.:;'()+-]*/.exec(message)![0].replace(/\d+/g, "N").slice(0, 80);
}

/** Text of the bytes, one character each: what readers of text get. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return text;
}

/** What `read` gives, or the text of the one error that it may throw. */
export function outcome(read: () => string, error: Class = ProtocolError): string {
  try {
    return read();
  } catch (thrown) {
    assert.ok(thrown instanceof error, thrown as Error);
    return plainText(thrown.message).split(/[:/]/)[0]!;
  }
}

/** What a reader tells of: an event, with the bytes that belong to it. */
export type Tell = (event: string, bytes?: Uint8Array) => void;

/** Something that takes bytes as they come. */
export type Pushed = (bytes: Uint8Array) => void;

interface Told {
  readonly event: string;
  readonly parts: Uint8Array[];
}

/**
 * Gives the bytes whole, then in pieces: both times the same must be told, and both fail or none.
 * Pieces of a body, events that end with "…", count as one.
 */
export function sameInPieces(
  bytes: Uint8Array,
  make: (tell: Tell) => Pushed,
  error: Class = ProtocolError,
): string {
  const whole = listen(make, [bytes], error);
  const size = 1 + ((bytes[0] ?? 0) + bytes.length) % 23;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.slice(at, at + size));
  const parted = listen(make, pieces, error);
  const kinds = (told: readonly Told[]) => told.map(({ event }) => event);
  assert.deepEqual(kinds(parted.told), kinds(whole.told), `in pieces of ${size}`);
  assert.equal(parted.failed === "", whole.failed === "", `${parted.failed} or ${whole.failed}`);
  whole.told.forEach(({ parts }, index) => {
    assert.ok(equalBytes(join(parts), join(parted.told[index]!.parts)), `event ${index}`);
  });
  const seen = [...new Set(kinds(whole.told))].slice(0, 6).map(plainText);
  return [...seen, whole.failed].join(", ");
}

function listen(
  make: (tell: Tell) => Pushed,
  pieces: readonly Uint8Array[],
  error: Class,
): { told: Told[]; failed: string } {
  const told: Told[] = [];
  const push = make((event, bytes) => {
    const last = told.at(-1);
    const parts = bytes === undefined ? [] : [bytes.slice()];
    if (event.endsWith("…") && last?.event === event) last.parts.push(...parts);
    else told.push({ event, parts });
  });
  const failed = outcome(() => {
    for (const piece of pieces) push(piece);
    return "";
  }, error);
  return { told, failed };
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
