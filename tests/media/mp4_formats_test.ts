import { deepEqual, equal } from "node:assert/strict";
import { find, readBoxes } from "./box_reader.ts";
import { audio, AVC, AVC_WIDE, INTER, KEY, message, video, written } from "./mp4_scene.ts";
import { hex } from "../../src/bytes/mod.ts";

/** Headers and the beginnings of frames that ffmpeg 5.1 wrote: x264, x265, SVT-AV1, libvpx and others. */
const VIDEO: readonly (readonly [
  name: string,
  header: string | undefined,
  key: string,
  codec: string,
  size: readonly [number, number],
])[] = [
  ["H.264 of 1080 lines", AVC, KEY, "avc1.4d4028", [1920, 1080]],
  ["H.264 with fields and wide samples", AVC_WIDE, KEY, "avc1.4d401e", [720, 576]],
  [
    "H.264 whose parameter sets stand behind start codes",
    "17 00 000000 00000001 674d4028eca03c0113f2e022000003000200000300641e30632c 00000001 68ce0fc8",
    KEY,
    "avc1.4d4028",
    [1920, 1080],
  ],
  [
    "H.264 without a header, with parameter sets in its key frame",
    undefined,
    "17 01 000000 0000001a 674d4028eca03c0113f2e022000003000200000300641e30632c 00000004 68ce0fc8 " +
    "00000003 65aabb",
    "avc1.4d4028",
    [1920, 1080],
  ],
  [
    "HEVC of 8 bits",
    "90687663310101600000009000000000003cf000fcfdf8f800000f03a00001001840010c01ffff016000000300900000" +
    "03000003003c959809a10001002a42010101600000030090000003000003003ca00d880f1c9596566924caf016808000" +
    "0003008000000c84a2000100074401c172b46240",
    "9168766331000050000008b22801af1d20a9",
    "hvc1.1.6.L60.90",
    [426, 238],
  ],
  [
    "HEVC of 10 bits",
    "90687663310102200000009000000000005df000fcfdfafa00000f03a00001001840010c01ffff022000000300900000" +
    "03000003005d959809a10001002b42010102200000030090000003000003005da00280802d1365959a4932bc05a02000" +
    "000300200000030321a2000100074401c172b46240",
    "9168766331000050000015822801af1d182d",
    "hvc1.2.4.L93.90",
    [1280, 720],
  ],
  [
    "HEVC without a header",
    undefined,
    "91687663310000000000001840010c01ffff016000000300900000" +
    "03000003003c95980900 00002a42010101600000030090000003000003003ca00d880f1c9596566924caf016808000" +
    "0003008000000c84 00000007 4401c172b46240 000000042801af1d",
    "hvc1.1.6.L60.90",
    [426, 238],
  ],
  [
    "AV1 of 8 bits",
    "906176303181000c000a0b000000043cfecc02f80040",
    "91617630310a0b000000043cfeccfbf9004032931b14",
    "av01.0.00M.08",
    [320, 180],
  ],
  [
    "AV1 of 10 bits",
    "906176303181014c000a0b0000000cc4ff6700be1010",
    "91617630310a0b0000000cc4ff673efe501032fd2e10",
    "av01.0.01M.10",
    [640, 360],
  ],
  [
    "AV1 with a descriptor of MPEG-2 TS",
    "9561763031 8004 81014cc0",
    "91617630310a0b0000000cc4ff673efe501032fd2e10",
    "av01.0.01M.10",
    [640, 360],
  ],
  [
    "VP9 with its record",
    "90767030390015820202020000",
    "9176703039824983420027f016760638241c184a",
    "vp09.00.21.08",
    [640, 360],
  ],
  [
    "VP9 with a record that has a version",
    "907670303901000000010b870202000000",
    "9176703039824983420027f016760638241c184a",
    "vp09.01.11.08",
    [640, 360],
  ],
  [
    "VP9 without a header",
    undefined,
    "9176703039824983420027f016760638241c184a",
    "vp09.00.21.08",
    [640, 360],
  ],
];

for (const [name, header, key, codec, [width, height]] of VIDEO) {
  Deno.test(`the codec and size of ${name} are read`, () => {
    const messages = [...(header === undefined ? [] : [video(0, header)]), video(0, key)];
    const [result] = written([...messages, video(40, key)], {
      kinds: { audio: false, video: true },
    });
    const [track] = result?.init.tracks ?? [];
    deepEqual([track?.codec, track?.width, track?.height], [codec, width, height]);
  });
}

const AUDIO: readonly (readonly [
  name: string,
  header: string | undefined,
  frame: string,
  codec: string,
  channels: number,
  rate: number,
  samples: number,
])[] = [
  ["AAC", "af 00 1210", "af 01 2100", "mp4a.40.2", 2, 44_100, 1024],
  ["AAC of six channels", "906d70346111b056e500", "916d703461de02", "mp4a.40.2", 6, 48_000, 1024],
  ["AAC with its core's rate", "af 00 2b92 0800", "af 01 2100", "mp4a.40.5", 2, 22_050, 1024],
  ["AAC of 960 samples", "af 00 1214", "af 01 2100", "mp4a.40.2", 2, 44_100, 960],
  [
    "Opus",
    "904f7075734f707573486561640102380180bb0000000000",
    "914f707573fcb4065a",
    "opus",
    2,
    48_000,
    960,
  ],
  [
    "Opus of three frames in a packet",
    "904f7075734f707573486561640102380180bb0000000000",
    "914f707573fb03065a",
    "opus",
    2,
    48_000,
    2880,
  ],
  [
    "FLAC",
    "90664c6143664c61438000002220002000000309000885177000f000004b00ee5a06fbf8ab63b33578127049985589",
    "91664c6143fff8db0800e14e0000004b00",
    "fLaC",
    1,
    96_000,
    8192,
  ],
  ["MP3", undefined, "2f fffb54c400000970", "mp4a.40.34", 1, 48_000, 1152],
  ["MP3 of MPEG-2", undefined, "912e6d7033fff340c400143886", "mp4a.40.34", 1, 22_050, 576],
  ["AC-3", undefined, "9161632d330b77b50b1e40ebf8403eff99", "ac-3", 6, 48_000, 1536],
  ["E-AC-3", undefined, "9165632d330b77037f3f87c00020f820", "ec-3", 6, 48_000, 1536],
];

for (const [name, header, frame, codec, channels, rate, samples] of AUDIO) {
  Deno.test(`the codec, rate and length of ${name} are read`, () => {
    const messages = [...(header === undefined ? [] : [audio(0, header)]), audio(0, frame)];
    const [result] = written(messages, { kinds: { audio: true, video: false } });
    const [track] = result?.init.tracks ?? [];
    deepEqual([track?.codec, track?.channels, track?.timescale], [codec, channels, rate]);
    equal(result?.fragments[0]?.runs[0]?.samples[0]?.duration, samples);
  });
}

Deno.test("wide samples are told beside the size", () => {
  const [result] = written([video(0, AVC_WIDE), video(0, KEY), video(40, INTER)]);
  const [entry] = find(readBoxes(result!.init.bytes), "moov/trak/mdia/minf/stbl/stsd");
  const [header] = find(readBoxes(result!.init.bytes), "moov/trak/tkhd");
  const [box] = readBoxes(entry!.data.subarray(8 + 8 + 78)).filter(({ type }) => type === "pasp");
  equal(hex(box!.data), "0000000400000003");
  // 720 samples of 4:3 are shown as 960 pixels.
  equal(hex(header!.data.subarray(-8)), "03c0000002400000");
});

Deno.test("colours of Enhanced RTMP are in the sample entry, light of the screen and of the content too", () => {
  const number = (name: string, value: number) => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value);
    const text = [...name].map((each) => each.charCodeAt(0).toString(16)).join("");
    return (text.length / 2).toString(16).padStart(4, "0") + text + "00" + hex(bytes);
  };
  const named = (name: string, ...members: string[]) => {
    const text = [...name].map((each) => each.charCodeAt(0).toString(16)).join("");
    return (text.length / 2).toString(16).padStart(4, "0") + text + `03${members.join("")}000009`;
  };
  const info = "02 0009 636f6c6f72496e666f 03" +
    named(
      "colorConfig",
      number("colorPrimaries", 9),
      number("transferCharacteristics", 16),
      number("matrixCoefficients", 9),
    ) + named("hdrCll", number("maxFall", 400), number("maxCLL", 1000)) +
    named("hdrMdc", number("redX", 0.708), number("maxLuminance", 1000)) + "000009";
  const header = "906176303181014c000a0b0000000cc4ff6700be1010";
  const key = "91617630310a0b0000000cc4ff673efe501032fd2e10";
  const messages = [video(0, header), message("video", 0, `d461763031${info}`), video(0, key)];
  const [result] = written([...messages, video(40, key)]);
  const [entry] = find(readBoxes(result!.init.bytes), "moov/trak/mdia/minf/stbl/stsd");
  const boxes = readBoxes(entry!.data.subarray(8 + 8 + 78));
  const told = boxes.map(({ type, data }) => [type, type === "av1C" ? "" : hex(data)]);
  deepEqual(told, [
    ["av1C", ""],
    ["colr", "6e636c78" + "0009" + "0010" + "0009" + "00"],
    ["mdcv", "00000000" + "00000000" + "8a480000" + "00000000" + "00989680" + "00000000"],
    ["clli", "03e80190"],
  ]);
});
