import { fromHex } from "../../src/bytes/mod.ts";
import {
  audioRole,
  MediaMessage,
  type Mp4Fragment,
  type Mp4Init,
  Mp4Muxer,
  type Mp4Options,
  videoRole,
} from "../../src/media/mod.ts";
import { readRuns, type Run } from "./box_reader.ts";

/** H.264 of 1920 x 1080, as x264 wrote it: its record as a tag body. */
export const AVC =
  "17 00 000000 014d4028ffe1001a674d4028eca03c0113f2e022000003000200000300641e30632c" +
  "01000468ce0fc8";
/** H.264 of 720 x 576 with samples of 4:3. */
export const AVC_WIDE =
  "17 00 000000 014d401effe10018674d401eeca05a126c3840000003004000000c87c50a6580" +
  "01000468de0fc8";
export const KEY = "17 01 000000 00000003 65aabb";
export const INTER = "27 01 000050 00000002 41cc";
/** AAC of 44,100 Hz, whose frames have 23.2 ms. */
export const AAC = "af 00 1210";
export const SOUND = "af 01 2100";

export function message(kind: "audio" | "video", time: number, text: string): MediaMessage {
  const body = fromHex(text.replaceAll(" ", ""))!;
  return new MediaMessage(kind, kind === "video" ? videoRole(body) : audioRole(body), time, body);
}
export const video = (time: number, body: string) => message("video", time, body);
export const audio = (time: number, body: string) => message("audio", time, body);
export const notice = (kind: "published" | "unpublished") =>
  new MediaMessage(kind, "frame", 0, new Uint8Array());

export interface Written {
  readonly init: Mp4Init;
  readonly fragments: (Mp4Fragment & { readonly runs: Run[] })[];
}

/** What a muxer makes of messages: fragments behind the init that they belong to. */
export function written(
  messages: readonly MediaMessage[],
  { flush = true, ...options }: Partial<Mp4Options> & { flush?: boolean } = {},
): Written[] {
  const result: Written[] = [];
  const muxer = new Mp4Muxer({
    init: (init) => result.push({ init, fragments: [] }),
    fragment: (fragment) =>
      result.at(-1)!.fragments.push({ ...fragment, runs: readRuns(fragment.bytes) }),
  }, { part: 200, ...options });
  for (const each of messages) muxer.push(each);
  if (flush) muxer.flush();
  return result;
}

/** Pictures of 25 a second with a key frame every `group`, and sound, in the order of their times. */
export function stream(
  start: number,
  length: number,
  { group = 10, hasVideo = true, hasAudio = true } = {},
): MediaMessage[] {
  const messages: MediaMessage[] = [];
  for (let frame = 0; hasVideo && frame * 40 < length; frame++) {
    messages.push(video(start + frame * 40, frame % group === 0 ? KEY : INTER));
  }
  for (let frame = 0; hasAudio && frame * 1024 / 44.1 < length; frame++) {
    messages.push(audio(start + Math.round(frame * 1024 / 44.1), SOUND));
  }
  return messages.sort((a, b) => a.time - b.time);
}
