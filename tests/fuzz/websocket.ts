import assert from "node:assert/strict";
import { FrameError, FrameReader } from "../../src/protocols/websocket/wire/frame_reader.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { connected } from "../websocket/connected.ts";
import { latin1, plainText, sameInPieces } from "./outcome.ts";
import { bytesOf, joined, texts } from "./seeds.ts";

const LONGEST_INPUT = 20_000;
const MOST_LINES = 40;

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
      return (piece) => assert.equal(reader.readFrames(piece), piece.length);
    }, FrameError),
};

/** Messages of a connected page, one in each line. */
const session: Fuzzer = {
  name: "WebSocket messages",
  seeds: texts(
    '["echo",1,{"a":null}]\n["__call",7,"echo",1]\n["__ping"]',
    '["__publish","film"]\n["__play","film"]\n["@name",1]\n["__closePlay","film"]\n["__closePublish"]',
    '["__sharedObject","use","board"]\n["__sharedObject","set","board",{"x":1}]',
    '["__result",1,2]\n["__error",2,"no"]\n{"a":[1]}\n"text"\n["__close"]',
    '["__sharedObject"]\n["__call"]\n["__call",{},[]]\n[[]]\n[',
  ),
  check(bytes) {
    const { hub, session, raw, texts } = connected({ onCall() {} });
    for (const line of latin1(bytes.subarray(0, LONGEST_INPUT)).split("\n").slice(0, MOST_LINES)) {
      raw(line);
    }
    session.onClosed(undefined);
    assert.equal(hub.clients.size, 0);
    assert.deepEqual([...hub.publications()], []);
    const named = texts.map((text) => Array.isArray(text) ? text[0] : typeof text);
    return plainText([...new Set(named)].slice(0, 5).join(", "));
  },
};

export const webSocketFuzzers: readonly Fuzzer[] = [frames, session];
