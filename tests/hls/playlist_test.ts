import { deepEqual, equal, match } from "node:assert/strict";
import { settled } from "../support/decided.ts";
import { AVC, AVC_WIDE, stream, video } from "../media/mp4_scene.ts";
import { readTransport } from "../media/transport_reader.ts";
import { bodyOf, HlsScene, lines, shown } from "./scene.ts";

Deno.test("the first playlist names codecs, size and rates, and where the media are", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const answer = scene.play();
  await scene.run(publication, 0, 4000);
  const { status, text } = shown(await answer);
  equal(status, 200);
  match(text, /^#EXTM3U\n#EXT-X-VERSION:9\n/);
  match(text, /BANDWIDTH=\d+,AVERAGE-BANDWIDTH=\d+,CODECS="avc1.4d4028,mp4a.40.2"/);
  match(text, /RESOLUTION=1920x1080/);
  match(text, /\nfilm\/[\w-]{20}\/main.m3u8\n$/);
  scene.hls.close();
});

Deno.test("a media playlist is as the draft has it", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const playing = scene.playlist();
  await scene.run(publication, 0, 5000);
  const { text, headers } = await scene.get(await playing);
  equal(headers.get("content-type"), "application/vnd.apple.mpegurl");
  const date = lines(text, "#EXT-X-PROGRAM-DATE-TIME:");
  equal(
    text,
    `#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,HOLD-BACK=6,PART-HOLD-BACK=1.2
#EXT-X-PART-INF:PART-TARGET=0.4
#EXT-X-MEDIA-SEQUENCE:1
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="main.init0.mp4"
#EXT-X-PROGRAM-DATE-TIME:${date[0]}
#EXT-X-PART:DURATION=0.4,URI="main.part0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.4,URI="main.part1.m4s"
#EXT-X-PART:DURATION=0.2,URI="main.part2.m4s"
#EXT-X-PART:DURATION=0.32,URI="main.part3.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.36,URI="main.part4.m4s"
#EXT-X-PART:DURATION=0.32,URI="main.part5.m4s"
#EXTINF:2,
main.1.m4s
#EXT-X-PROGRAM-DATE-TIME:${date[1]}
#EXT-X-PART:DURATION=0.32,URI="main.part6.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.36,URI="main.part7.m4s"
#EXT-X-PART:DURATION=0.32,URI="main.part8.m4s"
#EXT-X-PART:DURATION=0.32,URI="main.part9.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.36,URI="main.part10.m4s"
#EXT-X-PART:DURATION=0.32,URI="main.part11.m4s"
#EXTINF:2,
main.2.m4s
#EXT-X-PROGRAM-DATE-TIME:${date[2]}
#EXT-X-PART:DURATION=0.32,URI="main.part12.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.36,URI="main.part13.m4s"
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="main.part14.m4s"
`,
  );
  deepEqual(date.map((each) => Date.parse(each) - Date.parse(date[0]!)), [0, 2000, 4000]);
  scene.hls.close();
});

Deno.test("the first segment is number 1: hls.js takes the parts of a segment 0 for lost", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const playing = scene.playlist();
  await scene.run(publication, 0, 5000);
  const { text } = await scene.get(await playing);
  deepEqual(lines(text, "#EXT-X-MEDIA-SEQUENCE:"), ["1"]);
  deepEqual(lines(text, "main."), ["1.m4s", "2.m4s"]);
  scene.hls.close();
});

Deno.test("old segments leave the playlist, and can be had for a while after that", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const playing = scene.playlist();
  await scene.run(publication, 0, 21_000);
  const path = await playing;
  const { text } = await scene.get(path);
  deepEqual(lines(text, "#EXT-X-MEDIA-SEQUENCE:"), ["7"]);
  deepEqual(lines(text, "main."), ["7.m4s", "8.m4s", "9.m4s", "10.m4s"]);
  const folder = path.slice(0, path.lastIndexOf("/"));
  const status = async (name: string) => (await scene.get(`${folder}/${name}`)).status;
  // One that leaves now may be asked for by who has a playlist that is as old as it is long.
  deepEqual(await status("main.2.m4s"), 200);
  deepEqual(await status("main.1.m4s"), 404);
  deepEqual(await status("main.11.m4s"), 404);
  scene.hls.close();
});

Deno.test("a segment is its parts, whole", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const playing = scene.playlist();
  await scene.run(publication, 0, 5000);
  const folder = (await playing).replace(/main.m3u8$/, "");
  const whole = await scene.get(`${folder}main.2.m4s`);
  let parts = 0;
  for (const number of [6, 7, 8, 9, 10, 11]) {
    parts += (await scene.get(`${folder}main.part${number}.m4s`)).bytes;
  }
  equal(whole.bytes, parts);
  equal(whole.headers.get("content-type"), "video/mp4");
  match(whole.headers.get("cache-control")!, /immutable/);
  scene.hls.close();
});

Deno.test("a delta leaves out what is older than six target durations", async () => {
  const scene = new HlsScene({ count: 10 });
  const publication = scene.publish();
  const playing = scene.playlist();
  await scene.run(publication, 0, 21_000);
  const path = await playing;
  const { text } = await scene.get(`${path}?_HLS_skip=YES`);
  deepEqual(lines(text, "#EXT-X-SKIP:"), ["SKIPPED-SEGMENTS=4"]);
  deepEqual(lines(text, "main.")[0], "5.m4s");
  deepEqual(lines(text, "#EXT-X-MAP:"), []);
  deepEqual(lines((await scene.get(path)).text, "main.").length, 10);
  scene.hls.close();
});

Deno.test("another codec and another publisher are discontinuities, counted once they have left", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const playing = scene.playlist();
  await scene.run(publication, 0, 4000);
  publication.video(4000, video(4000, AVC_WIDE).payload);
  await scene.run(publication, 4000, 2000);
  const path = await playing;
  const { text } = await scene.get(path);
  deepEqual(lines(text, "#EXT-X-MAP:URI="), ['"main.init0.mp4"', '"main.init1.mp4"']);
  equal(lines(text, "#EXT-X-DISCONTINUITY").length, 1);
  scene.hub.unpublish(publication);
  scene.clock.advance(2000);
  const next = scene.publish();
  await scene.run(next, 0, 4000);
  const again = (await scene.get(path)).text;
  equal(lines(again, "#EXT-X-DISCONTINUITY").length, 2);
  deepEqual(lines(again, "#EXT-X-MAP:URI=").at(-1), '"main.init2.mp4"');
  const folder = path.replace(/main.m3u8$/, "");
  equal((await scene.get(`${folder}main.init2.mp4`)).status, 200);
  await scene.run(next, 4000, 12_000);
  deepEqual(lines((await scene.get(path)).text, "#EXT-X-DISCONTINUITY-SEQUENCE:"), ["2"]);
  scene.hls.close();
});

Deno.test("key frames ten seconds apart make segments of ten seconds", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const playing = scene.playlist();
  await scene.run(publication, 0, 11_000, 250);
  const { text } = await scene.get(await playing);
  deepEqual(lines(text, "#EXT-X-TARGETDURATION:"), ["10"]);
  // The first ends before it is known when the next key frame comes, the next one with it.
  deepEqual(lines(text, "#EXTINF:").map(parseFloat), [4, 6]);
  scene.hls.close();
});

Deno.test("no segment is longer than its playlist says, though no key frame comes for a minute", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const playing = scene.playlist();
  await scene.run(publication, 0, 60_000, 10_000);
  const { text } = await scene.get(await playing);
  const target = Number(lines(text, "#EXT-X-TARGETDURATION:")[0]);
  for (const length of lines(text, "#EXTINF:")) {
    equal(Math.round(parseFloat(length)) <= target, true);
  }
  scene.hls.close();
});

Deno.test("sound alone has segments of the length that is set, and codecs of its own", async () => {
  const scene = new HlsScene();
  const publication = scene.publish("film", false);
  const playing = scene.playlist();
  await scene.send(publication, stream(0, 9000, { hasVideo: false }));
  const path = await playing;
  const { text } = await scene.get(path);
  const lengths = lines(text, "#EXTINF:").map(parseFloat);
  deepEqual(lengths.map((length) => Math.round(length)), [2, 2, 2, 2]);
  scene.hls.close();
});

Deno.test("a playlist is compressed for whoever takes that, and says so", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const playing = scene.playlist();
  await scene.run(publication, 0, 5000);
  const path = await playing;
  const [plain, packed] = [await scene.get(path), await scene.get(path, { gzip: true })];
  equal(packed.text, plain.text);
  equal(packed.bytes < plain.bytes / 2, true);
  deepEqual([plain, packed].map(({ headers }) => headers.get("vary")), [
    "accept-encoding",
    "accept-encoding",
  ]);
  scene.hls.close();
});

Deno.test("several sounds are renditions, each with its playlist and a report in the others", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const second = (time: number, body: string) =>
    publication.audio(time, Uint8Array.from(body.match(/../g)!.map((byte) => parseInt(byte, 16))));
  second(0, "9500" + "6d703461" + "01" + "1208");
  const playing = scene.play();
  for (let time = 0; time < 6000; time += 1000) {
    for (let frame = 0; frame < 1000; frame += 23) {
      second(time + frame, "9501" + "6d703461" + "01" + "2100");
    }
    await scene.run(publication, time, 1000);
  }
  await settled();
  const { text: first } = shown(await playing);
  const [own, other] = lines(first, '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",');
  equal(own, 'NAME="1",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2"');
  match(
    other!,
    /^NAME="2",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="1",URI="film\/[\w-]+\/audio1.m3u8"$/,
  );
  match(first, /AUDIO="audio"\nfilm/);
  const main = first.trim().split("\n").at(-1)!;
  const sound = await scene.get(main.replace("main", "audio1"));
  equal(lines(sound.text, "audio1.").length >= 1, true);
  match(
    (await scene.get(main)).text,
    /#EXT-X-RENDITION-REPORT:URI="audio1.m3u8",LAST-MSN=\d+,LAST-PART=\d+/,
  );
  match(sound.text, /#EXT-X-RENDITION-REPORT:URI="main.m3u8",LAST-MSN=\d+,LAST-PART=\d+/);
  scene.hls.close();
});

Deno.test("who comes within a long group has it at once, and a whole segment to begin with", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  await scene.run(publication, 0, 16_000, 250);
  const { text } = await scene.get(await scene.playlist());
  deepEqual(lines(text, "#EXT-X-TARGETDURATION:"), ["10"]);
  deepEqual(lines(text, "#EXTINF:").map(parseFloat), [10]);
  equal(text.includes("INDEPENDENT-SEGMENTS"), true);
  await scene.run(publication, 16_000, 5000, 250);
  scene.hls.close();
});

Deno.test("who comes within a short group has the segment before it at once", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const messages = stream(0, 7000, { group: 50 });
  await scene.send(publication, messages.filter(({ time }) => time < 3000));
  const path = await scene.playlist();
  const lengths = async () => {
    const { text } = await scene.get(path);
    deepEqual(lines(text, "#EXT-X-TARGETDURATION:"), ["2"]);
    return lines(text, "#EXTINF:").map(parseFloat);
  };
  deepEqual(await lengths(), [2]);
  await scene.send(publication, messages.filter(({ time }) => time >= 3000));
  deepEqual(await lengths(), [2, 2, 2]);
  scene.hls.close();
});

Deno.test("segments are MPEG-TS for who asks for it, with tables in each and no init section", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const playing = scene.playlist("film", { query: "format=ts" });
  await scene.run(publication, 0, 5000);
  const path = await playing;
  const { text } = await scene.get(path);
  deepEqual(lines(text, "#EXT-X-MAP:"), []);
  deepEqual(lines(text, "main."), ["1.ts", "2.ts"]);
  equal(text.includes("INDEPENDENT-SEGMENTS"), true);
  for (const name of ["main.1.ts", "main.2.ts"]) {
    const answer = await scene.ask(path.replace("main.m3u8", name));
    const bytes = bodyOf(answer);
    const { pmts, pes } = readTransport(bytes);
    equal(pmts.length > 0, true);
    equal(pes.filter(({ pid }) => pid === 0x100).length, 50);
    deepEqual(answer.headers[0], ["content-type", "video/mp2t"]);
  }
  const first = shown(await scene.play("film", { query: "format=ts" }));
  deepEqual(
    lines(first.text, "#EXT-X-STREAM-INF:")[0]!.includes('CODECS="avc1.4d4028,mp4a.40.2"'),
    true,
  );
  scene.hls.close();
});

Deno.test("a publisher that changes its codec each second has a playlist of as many segments as another", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const playing = scene.playlist();
  await scene.run(publication, 0, 5000);
  for (let second = 5; second < 65; second++) {
    const header = second % 2 === 0 ? AVC : AVC_WIDE;
    publication.video(second * 1000, video(second * 1000, header).payload);
    await scene.run(publication, second * 1000, 1000);
    await scene.get(await playing);
  }
  const { text } = await scene.get(await playing);
  equal(lines(text, "#EXTINF:").length <= 4, true);
  const gone = Number(lines(text, "#EXT-X-DISCONTINUITY-SEQUENCE:")[0]);
  equal(gone + lines(text, "#EXT-X-DISCONTINUITY").filter((rest) => rest === "").length, 60);
  equal(lines(text, "#EXT-X-MAP:").length, lines(text, "#EXT-X-PROGRAM-DATE-TIME:").length);
  scene.hls.close();
});
