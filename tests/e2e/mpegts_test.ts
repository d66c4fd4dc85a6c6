import assert from "node:assert/strict";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { CONTAINERS, MediaMessage } from "../../src/media/mod.ts";
import { withPage } from "./browser.ts";
import { publishForever } from "./film.ts";
import { inTempFolder } from "./program.ts";
import { requireProgram, type RunningProgram, runProgram, runServer } from "./server.ts";

const QUIET = ["-hide_banner", "-nostdin", "-loglevel", "warning"];
/** Frames that are compared: four seconds of video, and as much sound. */
const VIDEO_FRAMES = 100;
const SOUND_FRAMES = 170;

/** A picture with B-frames and a tone, for half a minute. */
async function makeSource(path: string): Promise<void> {
  await requireProgram("ffmpeg");
  const inputs = ["-f", "lavfi", "-i", "testsrc=size=320x180:rate=25", "-f", "lavfi", "-i", "sine"];
  const video = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "25"];
  const { code, err } = await runProgram("ffmpeg", [
    ...[...QUIET, ...inputs, ...video, "-pix_fmt", "yuv420p", "-c:a", "aac"],
    ...["-ar", "44100", "-t", "30", "-f", "flv", path],
  ]);
  assert.equal(code, 0, err);
}

/** Publishes a file in real time until `stop`. */
const publish = (server: RunningProgram, source: string, name: string) =>
  publishForever(source, `rtmp://127.0.0.1:${server.rtmp}/live/${name}`);

/** The MD5 of every packet of video without parameter sets, of sound, and of every picture. */
async function digests(
  input: string,
  folder: string,
  isTransport: boolean,
): Promise<{ err: string; lists: string[][] }> {
  const names = ["video", "sound", "pictures"].map((name) => `${folder}/${name}`);
  const video = `${isTransport ? "" : "h264_mp4toannexb,"}filter_units=remove_types=7-9`;
  const sound = isTransport ? ["-bsf:a", "aac_adtstoasc"] : [];
  const frames = ["-frames:v", `${VIDEO_FRAMES}`];
  const { code, err } = await runProgram("ffmpeg", [
    ...[...QUIET, "-y", "-i", input],
    ...["-map", "0:v", "-c", "copy", "-bsf:v", video, ...frames, "-f", "framemd5", names[0]!],
    ...["-map", "0:a", "-c", "copy", ...sound, "-frames:a", `${SOUND_FRAMES}`],
    ...["-f", "framemd5", names[1]!],
    ...["-map", "0:v", ...frames, "-f", "framemd5", names[2]!],
  ]);
  assert.equal(code, 0, err);
  const lists = names.map((name) =>
    Deno.readTextFileSync(name).split("\n").filter((line) => /^\d/.test(line))
      .map((line) => line.split(",")[5]?.trim() ?? "")
  );
  return { err, lists };
}

Deno.test("ffmpeg reads name.ts as what was published, frame by frame", async () => {
  const server = await runServer({ args: ["--log-level", "DEBUG"] });
  try {
    await inTempFolder(async (folder) => {
      const source = `${folder}/source.flv`;
      await makeSource(source);
      const url = `http://127.0.0.1:${server.http}/live/film.ts`;
      const reading = digests(url, folder, true);
      await server.logged(/plays film\n/);
      const stop = publish(server, source, "film");
      try {
        const { err, lists } = await reading;
        assert.equal(err, "");
        const expected = await digests(source, folder, false);
        assert.deepEqual(lists.map((list) => list.length), [
          VIDEO_FRAMES,
          SOUND_FRAMES,
          VIDEO_FRAMES,
        ]);
        assert.deepEqual(lists, expected.lists);
      } finally {
        await stop();
      }
    });
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

const PLAY = (url: string) =>
  `new Promise((resolve, reject) => {
  const video = document.body.appendChild(document.createElement("video"));
  video.muted = true;
  const player = mpegts.createPlayer({ type: "mpegts", isLive: true, url: "${url}" });
  player.on(mpegts.Events.ERROR, (type, detail) => reject(new Error(type + " " + detail)));
  player.attachMediaElement(video);
  player.load();
  player.play();
  let start;
  const timer = setInterval(() => {
    if (video.videoWidth > 0) start ??= video.currentTime;
    if (!(video.currentTime > start + 1)) return;
    clearInterval(timer);
    const { videoWidth } = video;
    const { mediaInfo } = player;
    player.destroy();
    resolve([videoWidth, mediaInfo.videoCodec, mediaInfo.audioCodec]);
  }, 100);
})`;

Deno.test("mpegts.js plays name.ts over HTTP and WebSocket", async () => {
  const server = await runServer({ args: ["--log-level", "DEBUG"] });
  try {
    await inTempFolder(async (folder) => {
      const source = `${folder}/source.flv`;
      await makeSource(source);
      const stop = publish(server, source, "film");
      try {
        await server.logged(/publishes film\n/);
        await withPage(async (page) => {
          const host = `127.0.0.1:${server.http}`;
          await page.goto(`http://${host}/chat/`);
          await page.addScriptTag({ url: "/mpegts.js" });
          for (const scheme of ["http", "ws"]) {
            const played = await page.evaluate(PLAY(`${scheme}://${host}/live/film.ts`));
            assert.deepEqual(played, [320, "avc1.64000c", "mp4a.40.2"]);
          }
        });
      } finally {
        await stop();
      }
    });
  } finally {
    assert.equal(await server.stop(), 0);
  }
});

/** The samples of an MP4 file and its codec header, as ffprobe finds them. */
async function samplesOf(path: string) {
  const { out } = await runProgram("ffprobe", [
    ...["-v", "error", "-select_streams", "v", "-of", "json"],
    ...["-show_entries", "packet=pts_time,dts_time,size,pos,flags", path],
  ]);
  const file = await Deno.readFile(path);
  const text = new TextDecoder("latin1").decode(file);
  const box = text.indexOf("hvcC");
  const size = new DataView(file.buffer).getUint32(box - 4);
  const { packets } = JSON.parse(out) as { packets: Record<string, string>[] };
  return {
    config: file.subarray(box + 4, box - 4 + size),
    frames: packets.map(({ pts_time, dts_time, size, pos, flags }) => ({
      pts: Math.round(Number(pts_time) * 1000),
      dts: Math.round(Number(dts_time) * 1000),
      isKey: flags!.startsWith("K"),
      data: file.subarray(Number(pos), Number(pos) + Number(size)),
    })),
  };
}

async function pictures(path: string): Promise<string[]> {
  const args = [...QUIET, "-i", path, "-map", "0:v", "-f", "framemd5", "-"];
  const { out, err } = await runProgram("ffmpeg", args);
  assert.equal(err, "");
  return out.split("\n").filter((line) => /^\d/.test(line))
    .map((line) => line.split(",")[5]?.trim() ?? "");
}

Deno.test("ffmpeg decodes HEVC of Enhanced RTMP and of codec 12 from a transport stream", async () => {
  await requireProgram("ffmpeg");
  await inTempFolder(async (folder) => {
    const film = `${folder}/film.mp4`;
    const { code, err } = await runProgram("ffmpeg", [
      ...[...QUIET, "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=160x96:rate=25"],
      ...["-t", "2", "-c:v", "libx265", "-x265-params", "log-level=none:bframes=2:keyint=20"],
      ...["-pix_fmt", "yuv420p", "-tag:v", "hvc1", film],
    ]);
    assert.equal(code, 0, err);
    const { config, frames } = await samplesOf(film);
    assert.equal(frames.length, 50);
    const hvc1 = [0x68, 0x76, 0x63, 0x31];
    for (const isEnhanced of [true, false]) {
      const encoder = CONTAINERS.get("ts")!.encoder();
      const out = new ByteWriter();
      const video = (time: number, head: number[], data: Uint8Array) => {
        const payload = Uint8Array.of(...head, ...data);
        encoder.encode(new MediaMessage("video", "frame", time, payload), out);
      };
      video(0, isEnhanced ? [0x90, ...hvc1] : [0x1c, 0, 0, 0, 0], config);
      for (const { pts, dts, isKey, data } of frames) {
        const type = isKey ? 0x10 : 0x20;
        const offset = [0, 0, pts - dts];
        const head = isEnhanced ? [0x81 | type, ...hvc1, ...offset] : [0x0c | type, 1, ...offset];
        video(dts >>> 0, head, data);
      }
      await Deno.writeFile(`${folder}/film.ts`, out.take());
      assert.deepEqual(await pictures(`${folder}/film.ts`), await pictures(film));
    }
  });
});
