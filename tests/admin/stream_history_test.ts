import { deepEqual } from "node:assert/strict";
import { StreamHistory } from "../../src/admin/history/stream_history.ts";
import type { Publication } from "../../src/hub/mod.ts";

Deno.test("a publisher's fewest and most frames are those of the last minute, without its first seconds", () => {
  const videoQos = { bytes: 0, messages: 0, takeGap: () => 0 };
  const publication = { videoQos, audioQos: { bytes: 0 }, listeners: new Map() };
  const history = new StreamHistory(publication as unknown as Publication);
  const sample = (frames: number) => {
    videoQos.messages += frames;
    history.sample(5, 0);
    return history.frameRates;
  };
  deepEqual([sample(10), sample(125)], [undefined, undefined]);
  deepEqual(sample(125), { least: 25, most: 25 });
  deepEqual(sample(50), { least: 10, most: 25 });
  for (let i = 0; i < 11; i++) deepEqual(sample(130), { least: 10, most: 26 }, `${i}`);
  deepEqual(sample(130), { least: 26, most: 26 });
});
