import assert from "node:assert/strict";
import {
  type MediaMessage,
  type Mp4Fragment,
  type Mp4Init,
  Mp4Muxer,
} from "../../src/media/mod.ts";
import { type CodecName, encoded } from "./coded.ts";
import { inTempFolder } from "./program.ts";
import { runProgram } from "./server.ts";

interface Muxed {
  readonly inits: Mp4Init[];
  readonly fragments: Mp4Fragment[];
}

function muxed(messages: readonly MediaMessage[], part = 500): Muxed {
  const inits: Mp4Init[] = [];
  const fragments: Mp4Fragment[] = [];
  const muxer = new Mp4Muxer(
    { init: (init) => inits.push(init), fragment: (fragment) => fragments.push(fragment) },
    { part, fromZero: true },
  );
  for (const message of messages) muxer.push(message);
  muxer.flush();
  return { inits, fragments };
}

async function write(path: string, { inits, fragments }: Muxed): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  for (const { bytes } of [...inits, ...fragments]) await file.write(bytes);
}

/** What ffprobe says of a file's streams, and the hash of each stream's packets. */
async function probed(path: string): Promise<unknown[]> {
  const entries = "stream=codec_name,codec_tag_string,width,height,sample_rate,channels,profile";
  const { out, err } = await runProgram("ffprobe", [
    ...["-v", "warning", "-show_entries", entries, "-of", "json", path],
  ]);
  const hashes = await runProgram("ffmpeg", [
    ...["-v", "warning", "-i", path, "-map", "0", "-c", "copy", "-f", "streamhash", "-"],
  ]);
  assert.equal(err + hashes.err, "");
  return [JSON.parse(out).streams, hashes.out];
}

/** When packets are shown, in milliseconds after the first that is, in decoding order. */
async function times(path: string, stream: string): Promise<number[]> {
  const { out } = await runProgram("ffprobe", [
    ...["-v", "error", "-select_streams", stream, "-show_entries", "packet=pts_time"],
    ...["-of", "csv=p=0", path],
  ]);
  const times = out.trim().split("\n").map((line) => Math.round(parseFloat(line) * 1000));
  const first = Math.min(...times);
  return times.map((time) => time - first);
}

/** Each codec in one pair at least. */
const PAIRS: readonly (readonly [CodecName, CodecName])[] = [
  ["h264", "aac"],
  ["hevc", "opus"],
  ["h264", "mp3"],
  ["vp9", "flac"],
  ["av1", "ac3"],
  ["hevc", "eac3"],
];

for (const pair of PAIRS) {
  Deno.test(`fragments of ${pair.join(" and ")} are to ffmpeg what was encoded`, async () => {
    await inTempFolder(async (folder) => {
      const { file, messages } = await encoded(folder, pair);
      const result = muxed(messages);
      assert.equal(result.inits.length, 1);
      assert.deepEqual(result.inits[0]!.tracks.map(({ kind }) => kind), ["video", "audio"]);
      const written = `${folder}/written.mp4`;
      await write(written, result);
      const [streams, hashes] = await probed(written);
      const expected = await probed(file);
      assert.deepEqual([streams, hashes], expected);
      assert.deepEqual(await times(written, "v"), await times(file, "v"));
      const decoded = await runProgram("ffmpeg", [
        "-v",
        "warning",
        "-i",
        written,
        "-f",
        "null",
        "-",
      ]);
      assert.deepEqual([decoded.code, decoded.err], [0, ""]);
      assert(result.fragments[0]!.isKey);
      assert(result.fragments.every(({ duration }) => duration <= 501));
    });
  });
}
