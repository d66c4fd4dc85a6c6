import { deepEqual, equal, ok } from "node:assert/strict";
import { PartBounds } from "../../src/media/mp4/part_bounds.ts";

/** Milliseconds of the parts of three groups of pictures at a rate. */
function partsOf(rate: number, group: number, part = 300, known = true): number[] {
  const count = Math.round(group * rate / 1000);
  const length = known ? Math.round(count * 1000 / rate) : 0;
  const bounds = new PartBounds({ part, group: () => length });
  const time = (picture: number) => Math.round(picture * 1000 / rate);
  const parts: number[] = [];
  let start = 0;
  for (let picture = 0; picture <= 3 * count; picture++) {
    const [now, last] = [time(picture), time(picture) - time(picture - 1)];
    const isKey = picture % count === 0;
    if (isKey) bounds.begin(now, last);
    if (picture === 0 || (!isKey && !bounds.isFull(start, now, last))) continue;
    parts.push(now - start);
    start = now;
  }
  return parts;
}

Deno.test("parts are even where the last one would be of one picture", () => {
  deepEqual(partsOf(25, 2000).slice(0, 8), [240, 240, 280, 240, 240, 240, 280, 240]);
  deepEqual(partsOf(25, 2000, 300, false).slice(0, 8), [280, 280, 280, 280, 280, 280, 280, 40]);
});

Deno.test("parts are as long as they may be where they fill the group", () => {
  deepEqual(partsOf(25, 1200, 400).slice(-3), [400, 400, 400]);
  deepEqual(partsOf(25, 2000, 200).slice(-10), new Array(10).fill(200));
  deepEqual(partsOf(25, 200, 300), [200, 200, 200]);
});

for (const rate of [10, 12.5, 15, 23.976, 24, 25, 29.97, 30, 50, 59.94, 60]) {
  Deno.test(`at ${rate} pictures a second no part is long, and none comes close behind another`, () => {
    for (const group of [1000, 1500, 2000, 3000, 4000, 10_000]) {
      for (const part of [200, 300, 500, 1000]) {
        const parts = partsOf(rate, group, part);
        const most = Math.max(...parts);
        ok(most <= Math.max(part + 3, 1000 / rate + 3), `${group} ms in ${part}: ${parts}`);
        const pictures = part * rate / 1000;
        if (pictures < 3 || group <= part) continue;
        // Half of a part, or so much that a player notices the next one.
        const least = Math.min(...parts);
        ok(least >= Math.min(190, part / 2 - 1000 / rate), `${group} ms in ${part}: ${parts}`);
      }
    }
  });
}

Deno.test("a group that is longer than was known goes on in parts", () => {
  const bounds = new PartBounds({ part: 300, group: () => 2000 });
  bounds.begin(0, 40);
  const ends: number[] = [];
  for (let time = 40; time < 6000; time += 40) {
    if (bounds.isFull(ends.at(-1) ?? 0, time, 40)) ends.push(time);
  }
  const parts = ends.map((end, at) => end - (ends[at - 1] ?? 0));
  equal(parts.length, 23);
  ok(parts.every((part) => part === 240 || part === 280), `${parts}`);
});

Deno.test("no part is longer than was told, once it was", () => {
  let longest = 300;
  const bounds = new PartBounds({ part: 300, group: () => 0, longest: () => longest });
  bounds.begin(0, 40);
  equal(bounds.isFull(0, 240, 40), false);
  longest = 240;
  equal(bounds.isFull(0, 240, 40), true);
});
