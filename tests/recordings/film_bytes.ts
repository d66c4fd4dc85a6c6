import { ByteWriter } from "../../src/bytes/mod.ts";
import { MediaMessage, writeFlvHeader, writeFlvMessage } from "../../src/media/mod.ts";
import { AAC_CONFIG, AVC, INTER, KEY, SOUND } from "./scene.ts";

/** An FLV of so many seconds: a key frame each second, 4 frames and 2 of sound a second. */
export function flvOf(
  seconds: number,
  frameSize = 6,
  keyInterval = 1000,
): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(1024);
  writeFlvHeader(out, true, true);
  const add = (kind: "audio" | "video", time: number, body: Uint8Array) =>
    writeFlvMessage(out, new MediaMessage(kind, "frame", time, body), time);
  add("video", 0, AVC);
  add("audio", 0, AAC_CONFIG);
  for (let time = 0; time < seconds * 1000; time += 250) {
    const body = new Uint8Array(frameSize);
    body.set(time % keyInterval === 0 ? KEY : INTER);
    add("video", time, body);
    if (time % 500 === 0) add("audio", time + 10, SOUND);
  }
  return out.take();
}
