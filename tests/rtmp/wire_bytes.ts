import assert from "node:assert/strict";
import { ByteWriter, fromHex } from "../../src/bytes/mod.ts";
import type { WireMessage } from "../../src/protocols/rtmp/wire/chunk_reader.ts";
import { ChunkReader } from "../../src/protocols/rtmp/wire/chunk_reader.ts";

/** Bytes of hexadecimal text; spaces only separate. */
export function bytes(text: string): Uint8Array {
  return fromHex(text.replaceAll(/\s/g, "")) ?? assert.fail(`not hexadecimal: ${text}`);
}

/** `count` bytes that are told apart by their place. */
export function pattern(count: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length: count }, (_, at) => (at * 7 + seed) & 0xff);
}

/** All messages of `input`, given to a fresh reader (or `reader`) in parts of `step` bytes. */
export function readAll(
  input: Uint8Array,
  step = input.length,
  reader: ChunkReader = new ChunkReader(),
): WireMessage[] {
  const messages: WireMessage[] = [];
  for (let at = 0; at < input.length; at += step) {
    reader.readChunks(input.slice(at, at + step), (message) => messages.push(message));
  }
  return messages;
}

/** Byte ranges one after another. */
export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new ByteWriter();
  for (const part of parts) out.bytes(part);
  return out.take();
}
