import { fail } from "node:assert/strict";
import { ByteWriter, encodeText, fromHex } from "../../src/bytes/mod.ts";

/** Bytes written in hexadecimal, with spaces for the eye. */
export function bytesOf(text: string): Uint8Array {
  return fromHex(text.replaceAll(" ", "")) ?? fail(`not hex: ${text}`);
}

export function texts(...all: string[]): Uint8Array[] {
  return all.map(encodeText);
}

/** What `write` appends. */
export function written(write: (out: ByteWriter) => void): Uint8Array {
  const out = new ByteWriter(256);
  write(out);
  return out.take();
}

/** One after the other. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return written((out) => parts.forEach((part) => out.bytes(part)));
}
