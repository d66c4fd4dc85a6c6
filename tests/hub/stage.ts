import assert from "node:assert/strict";
import { fromHex } from "../../src/bytes/mod.ts";
import type { Listener } from "../../src/hub/mod.ts";
import { decided } from "../support/decided.ts";
import { CountingSink, PUBLISHER, setUp } from "./scene.ts";

export const bytes = (text: string) => fromHex(text.replace(/ /g, "")) ?? assert.fail(text);

export const AVC = bytes(
  "17 00 000000 01640015ffe1001027640015ac5681e0bfe59a808083520401000428ee3cb0",
);
export const AAC = bytes("af 00 1210");
export const KEY = bytes("17 01 000000 00000001 65");
export const INTER = bytes("27 01 000000 00000001 41");
export const SOUND = bytes("af 01 21");

/** A publication whose faults are heard. */
export function stage(options = {}) {
  const { hub, clock, connect } = setUp(options);
  const faults: string[] = [];
  hub.observers.add({ onFault: ({ name }, fault) => void faults.push(`${name}: ${fault}`) });
  const publication = decided(hub.publish(connect(), "live", PUBLISHER));
  const listen = (): Listener => decided(hub.subscribe(connect(), "live", new CountingSink()));
  return { hub, clock, connect, publication, faults, listen };
}

/** `rounds` of 40 ms, with these media in each. */
export function play(
  { clock, publication }: ReturnType<typeof stage>,
  rounds: number,
  media: { audio?: Uint8Array; video?: Uint8Array },
): void {
  for (let round = 0; round < rounds; round++) {
    clock.advance(40);
    const time = clock.now();
    if (media.video) publication.video(time, media.video);
    if (media.audio) publication.audio(time, media.audio);
  }
  publication.flush();
}
