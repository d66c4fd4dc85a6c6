import { ok } from "node:assert/strict";
import { fromHex } from "../../src/bytes/mod.ts";
import { Films } from "../../src/recordings/films/films.ts";
import { FRAGMENT_LENGTH, WRITE_INTERVAL } from "../../src/recordings/params.ts";
import * as h264 from "../media/mp4_scene.ts";
import { Scene, settle } from "./scene.ts";

const body = (text: string) => fromHex(text.replaceAll(" ", ""))!;
const [AVC, KEY, INTER] = [h264.AVC, h264.KEY, h264.INTER].map(body) as [
  Uint8Array,
  Uint8Array,
  Uint8Array,
];
const FRAME = 40;
/** Milliseconds that may not be on the disk yet: a second is promised, with what a disk takes. */
const LIMITS = { flv: WRITE_INTERVAL, mp4: FRAGMENT_LENGTH } as const;

for (const [format, limit] of Object.entries(LIMITS)) {
  for (const group of [1000, 2000, 10_000]) {
    Deno.test(`what of an ${format} is not on the disk is ${limit} ms, with key frames each ${group}`, async () => {
      const scene = new Scene(`*=${format}`);
      const publication = scene.publish();
      publication.video(0, AVC);
      for (let time = 0; time < 12_000; time += FRAME) {
        publication.video(time, time % group === 0 ? KEY : INTER);
        publication.flush();
        await settle();
        if (time < 2 * limit) continue;
        const [path = ""] = scene.storage.paths.filter((path) => path.endsWith(format));
        const film = await new Films(scene.storage).open(path);
        film.close();
        ok(time - film.duration <= limit + 2 * FRAME, `${film.duration} of ${time}`);
      }
      await scene.end();
    });
  }
}
