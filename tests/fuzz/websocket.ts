import assert from "node:assert/strict";
import { FrameError, FrameReader } from "../../src/protocols/websocket/wire/frame_reader.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { sameInPieces } from "./outcome.ts";
import { bytesOf, joined } from "./seeds.ts";

const MASK = "01020304";

/** A frame of zeros under a mask. */
function long(first: string, length: number): Uint8Array {
  const size = length.toString(16).padStart(4, "0");
  return joined(bytesOf(`${first} fe ${size} ${MASK}`), new Uint8Array(length));
}

const frames: Fuzzer = {
  name: "WebSocket frames",
  seeds: [
    bytesOf(`81 85 ${MASK} 69676f686e`),
    bytesOf(`01 81 ${MASK} 60 89 80 ${MASK} 00 80 ${MASK} 80 81 ${MASK} 60`),
    bytesOf(`88 82 ${MASK} 02ea 81 80 ${MASK}`),
    long("82", 300),
    joined(long("02", 126), bytesOf(`80 80 ${MASK} 8a 80 ${MASK}`)),
    bytesOf(`82 ff 0000000000010000 ${MASK} aa`),
  ],
  check: (bytes) =>
    sameInPieces(bytes, (tell) => {
      const reader = new FrameReader({
        onText: (text) => tell("text", text),
        onBinary: (binary) => tell("binary", binary),
        onPing: (payload) => tell("ping", payload),
        onPong: (payload) => tell("pong", payload),
        onClose: (code) => tell(`close ${code}`),
      }, 10_000);
      return (piece) => assert.equal(reader.push(piece), piece.length);
    }, FrameError),
};

export const webSocketFuzzers: readonly Fuzzer[] = [frames];
