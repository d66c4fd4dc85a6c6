import assert from "node:assert/strict";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { CONTAINERS, type MediaKinds, MediaMessage } from "../../src/media/mod.ts";
import { AVC_CONFIG, AVC_KEY, bytesOf, type Tagged } from "./muxed.ts";
import { type Pmt, readTransport } from "./transport_reader.ts";

const AAC_CONFIG = "af 00 1210";
const AAC = "af 01 21";

/** The program maps of these media for a player who came when these kinds were there. */
function maps(expected: MediaKinds | undefined, ...messages: Tagged[]): string[] {
  const encoder = CONTAINERS.get("ts")!.encoder(undefined, expected);
  const out = new ByteWriter();
  for (const [kind, time, body] of messages) {
    encoder.encode(new MediaMessage(kind, "frame", time, bytesOf(body)), out);
  }
  const seen = readTransport(out.view().slice()).pmts.map(shown);
  return seen.filter((map, index) => map !== seen[index - 1]);
}

const shown = ({ version, streams }: Pmt) => `${version}: ${[...streams.values()].sort()}`;

const START: Tagged[] = [["video", 0, AVC_CONFIG], ["audio", 0, AAC_CONFIG]];
const both = (time: number): Tagged[] => [["video", time, AVC_KEY], ["audio", time, AAC]];

Deno.test("a stream of both kinds has them in its first program map", () => {
  assert.deepEqual(maps(undefined, ...START, ...both(0), ...both(40)), ["0: 15,27"]);
});

Deno.test("a kind of which only the old header comes is not in the map until its frames come", () => {
  const isPicture = { audio: false, video: true };
  const pictures: Tagged[] = [...START, ["video", 0, AVC_KEY], ["video", 40, AVC_KEY]];
  assert.deepEqual(maps(isPicture, ...pictures), ["0: 27"]);
  assert.deepEqual(maps(isPicture, ...pictures, ...both(80), ...both(120)), ["0: 27", "1: 15,27"]);
  const isSound = { audio: true, video: false };
  assert.deepEqual(maps(isSound, ...START, ["audio", 0, AAC], ...both(40), ...both(80)), [
    "0: 15",
    "1: 15,27",
  ]);
});

for (
  const [name, kind, frame, left] of [
    ["H.263", "video", "12 00", "1: 15"],
    ["AV1", "video", "91 61763031 12", "1: 15"],
    ["VVC", "video", "91 76766331 000000 00", "1: 15"],
    ["Opus", "audio", "91 4f707573 fc", "1: 27"],
    ["Speex", "audio", "b2 00", "1: 27"],
  ] as const
) {
  Deno.test(`the map loses ${kind} when that goes on as ${name}, and has it again with what it carries`, () => {
    const rest: Tagged = kind === "video" ? ["audio", 80, AAC] : ["video", 80, AVC_KEY];
    const change: Tagged[] = [...START, ...both(0), ...both(40), [kind, 80, frame], rest];
    assert.deepEqual(maps(undefined, ...change), ["0: 15,27", left]);
    assert.deepEqual(maps(undefined, ...change, ...both(120), ...both(160)), [
      "0: 15,27",
      left,
      "2: 15,27",
    ]);
  });
}

Deno.test("the map loses a kind at once, be it that nothing else comes any more", () => {
  const change: Tagged[] = [["video", 80, "91 61763031 12"], ["video", 120, "91 61763031 12"]];
  assert.deepEqual(maps(undefined, ...START, ...both(0), ...change), ["0: 15,27", "1: 15"]);
});

Deno.test("the map stays when no kind is left that could be carried", () => {
  const isPicture = { audio: false, video: true };
  const pictures: Tagged[] = [["video", 0, AVC_CONFIG], ["video", 0, AVC_KEY]];
  assert.deepEqual(maps(isPicture, ...pictures, ["video", 40, "91 61763031 12"]), ["0: 27"]);
});

Deno.test("commands, ends of sequences and inter frames of another number change no map", () => {
  const odd: Tagged[] = [["video", 60, "57 00"], ["video", 60, "17 02 000000"], [
    "video",
    60,
    "22 00",
  ]];
  assert.deepEqual(maps(undefined, ...START, ...both(0), ...odd, ...both(80)), ["0: 15,27"]);
});
