import { deepEqual, equal, match } from "node:assert/strict";
import * as format from "../../src/assets/dashboard/format.js";
import { listenerVerdict, streamVerdict } from "../../src/assets/dashboard/verdict.js";

const keepsUp = { isSlow: false, droppedRate: 0, delay: 40, minuteRate: 300_000 };
const slow = { ...keepsUp, isSlow: true };
const stream = {
  name: "film",
  rate: 300_000,
  video: { rate: 280_000, lost: 0 },
  audio: { rate: 20_000, lost: 0 },
  dropped: { rate: 0, listeners: 0 },
  listeners: { total: 10 },
  faults: [] as string[],
};

Deno.test("numbers are short and have their unit", () => {
  deepEqual(
    [0, 12, 12_500, 125_000, 1.25e6, NaN].map(format.bitRate),
    ["0 bit/s", "96 bit/s", "100 kbit/s", "1.0 Mbit/s", "10 Mbit/s", "0 bit/s"],
  );
  deepEqual([999, 1500, 2.5e10].map(format.byteSize), ["999 B", "1.5 kB", "25 GB"]);
  deepEqual([0, 0.004, 0.23, 2].map(format.percent), ["0.0 %", "0.4 %", "23 %", "200 %"]);
  deepEqual(
    [250, 61_000, 3_700_000, 90_000_000, -1, NaN].map(format.duration),
    ["250 ms", "1 min 1 s", "1 h 1 min", "1 d 1 h", "–", "–"],
  );
  deepEqual([format.several(1, "player"), format.several(1200, "player")], [
    "1 player",
    "1,200 players",
  ]);
  deepEqual([format.missed(0, 0), format.missed(0, 7), format.missed(2.34, 1000)], [
    "none",
    "7 before",
    "2.3/s, 1,000 in all",
  ]);
});

Deno.test("a name of any length is one short line", () => {
  equal(format.shortened("a\n b\t c"), "a b c");
  equal(format.shortened("x".repeat(10_000)).length, 121);
  equal(format.shortened(undefined), "");
  equal(format.shortened("\u202egpj.live\u0000"), "\ufffdgpj.live\ufffd");
});

Deno.test("a player that reads nothing is at fault itself, one that reads slowly has a slow way", () => {
  equal(listenerVerdict(keepsUp, 300_000), undefined);
  const hung = listenerVerdict({ ...slow, droppedRate: 25, minuteRate: 0 }, 300_000);
  equal(hung?.cause, "player");
  match(hung!.text, /misses 25 frames\/s: it reads nothing/);
  const late = listenerVerdict({ ...slow, droppedRate: 12.34, minuteRate: 100_000 }, 300_000);
  equal(late?.cause, "network");
  match(late!.text, /800 kbit\/s of 2.4 Mbit\/s get through/);
  match(listenerVerdict({ ...slow, delay: 5000 }, 300_000)!.text, /is 5 s behind/);
});

Deno.test("a stream's verdict names its publisher, the network, or the player", () => {
  equal(streamVerdict(stream), undefined);
  const causeOf = (change: object) => streamVerdict({ ...stream, ...change })?.cause;
  equal(causeOf({ video: { rate: 0, lost: 0 }, audio: null }), "publisher");
  equal(causeOf({ video: { rate: 1, lost: 3 } }), "publisher");
  const uneven = { rate: 1, lost: 0, leastFrameRate: 12, mostFrameRate: 25 };
  equal(causeOf({ video: uneven }), "publisher");
  equal(causeOf({ video: { ...uneven, leastFrameRate: 24 } }), undefined);
  equal(causeOf({ video: { rate: 1, lost: 0, gap: 2500, mostFrameRate: 25 } }), "publisher");
  // Slides: one each five seconds.
  const slides = { rate: 1, lost: 0, gap: 6000, leastFrameRate: 0, mostFrameRate: 0.4 };
  equal(causeOf({ video: slides }), undefined);
  equal(causeOf({ faults: ["no key frame for 10 s"] }), "publisher");
  equal(causeOf({ dropped: { rate: 90, listeners: 9 } }), "network");
  equal(causeOf({ dropped: { rate: 5, listeners: 1 } }), "player");
  const worst = {
    ...slow,
    publication: "film",
    client: { address: "10.0.0.7:5000" },
    droppedRate: 5,
    minuteRate: 90_000,
  };
  const verdict = streamVerdict({ ...stream, dropped: { rate: 5, listeners: 1 } }, [worst]);
  equal(verdict?.cause, "network");
  match(verdict!.text, /^10\.0\.0\.7:5000: .* The others are well\.$/);
});
