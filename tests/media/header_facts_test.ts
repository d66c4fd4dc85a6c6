import { deepEqual } from "node:assert/strict";
import { fromHex } from "../../src/bytes/mod.ts";
import { headerFacts } from "../../src/media/mod.ts";

/** From `ffmpeg -f lavfi -i testsrc=size=1278x718 -f lavfi -i sine=sample_rate=48000 -ac 1 -f flv`. */
const AVC = "170000000001f4001fffe1001a67f4001f9196805005beef011000000300100000030320f1832a" +
  "01000568ce0f1920fff8f800";
const AAC = "af00118856e500";

const facts = (hex: string, kind: "audio" | "video") => headerFacts(fromHex(hex)!, kind);

Deno.test("headers of ffmpeg tell what ffprobe tells of their streams", () => {
  deepEqual(facts(AVC, "video"), { width: 1278, height: 718 });
  deepEqual(facts(AAC, "audio"), { sampleRate: 48_000, channels: 1 });
});

Deno.test("a header that is cut anywhere, or of another codec, says nothing or the same", () => {
  for (let size = 0; size < AVC.length; size += 2) {
    const { width = 1278 } = facts(AVC.slice(0, size), "video");
    deepEqual(width, 1278, `${size}`);
  }
  for (let size = 0; size < AAC.length; size += 2) facts(AAC.slice(0, size), "audio");
  for (const hex of ["12", "2f", "", "9056503930", "ff"]) {
    deepEqual([facts(hex, "video"), facts(hex, "audio")], [{}, {}], hex);
  }
});
