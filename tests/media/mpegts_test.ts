import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { ByteWriter, hex } from "../../src/bytes/mod.ts";
import { CONTAINERS } from "../../src/media/mod.ts";
import { readTransport } from "./transport_reader.ts";
import {
  AAC_CONFIG,
  AAC_FRAME,
  AUDIO,
  AVC_CONFIG,
  AVC_DELIMITER,
  AVC_FRAME,
  AVC_KEY,
  bytesOf,
  DELAY,
  HEVC,
  HEVC_CONFIG,
  HEVC_DELIMITER,
  HEVC_SETS,
  HVCC,
  type Kind,
  MP3,
  mux,
  newEncoder,
  plain,
  SETS,
  type Tagged,
  units,
  VIDEO,
} from "./muxed.ts";

Deno.test("the tables of H.264 and AAC are those that ffmpeg's muxer writes", () => {
  const bytes = newEncoder().encode(
    ["audio", 0, AAC_CONFIG],
    ["video", 0, AVC_CONFIG],
    ["video", 0, AVC_KEY],
  );
  // The first tables of `ffmpeg -c copy -f mpegts`, version 5.1.
  const tables = [
    "47400010 00 00b00d0001c10000 0001f000 2ab104b2",
    "47500010 00 02b0170001c10000 e100f000 1be100f000 0fe101f000 2f44b99b",
  ];
  for (const [index, golden] of tables.entries()) {
    const packet = hex(bytes.subarray(index * 188, (index + 1) * 188));
    equal(packet, plain(golden).padEnd(376, "f"));
  }
});

Deno.test("a key frame is one access unit with delimiter, parameter sets and random access", () => {
  const { pes, clocks, items } = mux(
    ["video", 40, AVC_CONFIG],
    ["video", 40, AVC_KEY],
    ["video", 80, AVC_FRAME],
  );
  deepEqual(pes.map(({ data }) => hex(data)), [
    plain(`${AVC_DELIMITER} ${SETS} 00000001 65aabb`),
    plain(`${AVC_DELIMITER} 00000001 41cc`),
  ]);
  deepEqual(pes.map(({ isAccess }) => isAccess), [true, false]);
  deepEqual(pes.map(({ dts }) => dts), [(40 + DELAY) * 90, (80 + DELAY) * 90]);
  deepEqual(clocks, [40 * 90, 80 * 90]);
  deepEqual(items.map((item) => Object.keys(item)[0]), [
    ...["pat", "pmt", "clock", "pes", "clock", "pes"],
  ]);
});

Deno.test("parameter sets and delimiters that a frame brings are not doubled", () => {
  const own = "0000000209f0 000000036742ee 000000026899 00000000 0000000265dd";
  const { pes } = mux(
    ["video", 0, AVC_CONFIG],
    ["video", 0, `17 01 000000 ${own}`],
    ["video", 40, AVC_FRAME],
    ["video", 80, AVC_KEY],
  );
  deepEqual(pes.map(({ data }) => hex(data)), [
    plain(`${AVC_DELIMITER} 00000001 6742ee 00000001 6899 00000001 65dd`),
    plain(`${AVC_DELIMITER} 00000001 41cc`),
    plain(`${AVC_DELIMITER} ${SETS} 00000001 65aabb`),
  ]);
});

Deno.test("lengths of NAL units have the size that the codec header says", () => {
  for (const [size, unit] of [["fc", "02"], ["fd", "0002"], ["fe", "000002"], ["ff", "00000002"]]) {
    const config = AVC_CONFIG.replace("ff e1", `${size} e1`);
    const result = mux(["video", 0, config], ["video", 0, `27 01 000000 ${unit} 41cc`]);
    deepEqual(units(result), [plain(`${AVC_DELIMITER} 00000001 41cc`)]);
  }
});

Deno.test("HEVC comes from Enhanced RTMP, with and without offsets, and from codec 12", () => {
  const key = "00000003 2601aa";
  const forms: [config: string, frame: string, offset: number][] = [
    [HEVC_CONFIG, `91 68766331 000028 ${key}`, 40],
    [HEVC_CONFIG, `93 68766331 ${key}`, 0],
    // After a ModEx prefix of three bytes, a time of nanoseconds.
    [HEVC_CONFIG, `97 02 000001 03 68766331 ${key}`, 0],
    [`1c 00 000000 ${HVCC}`, `1c 01 000028 ${key}`, 40],
  ];
  for (const [config, frame, offset] of forms) {
    const result = mux(["video", 0, config], ["video", 0, frame]);
    deepEqual(units(result), [plain(`${HEVC_DELIMITER} ${HEVC_SETS} 00000001 2601aa`)], frame);
    equal(result.pes[0]!.pts - result.pes[0]!.dts, offset * 90);
    deepEqual(result.pmts[0]?.streams, new Map([[HEVC, 0x24]]));
  }
});

Deno.test("H.264 comes from Enhanced RTMP too", () => {
  const config = `90 61766331 ${AVC_CONFIG.slice("17 00 000000".length)}`;
  const result = mux(["video", 0, config], ["video", 0, "a1 61766331 00000a 00000002 41cc"]);
  deepEqual(units(result), [plain(`${AVC_DELIMITER} 00000001 41cc`)]);
  equal(result.pes[0]!.pts, (DELAY + 10) * 90);
});

Deno.test("an AAC frame gets the ADTS header that its configuration calls for", () => {
  const configs: [config: string, header: string][] = [
    ["1210", "fff1 50 80011ffc"], // LC, 44100 Hz, stereo
    ["1188", "fff1 4c 40011ffc"], // LC, 48000 Hz, mono
    ["11b8", "fff1 4d c0011ffc"], // LC, 48000 Hz, 7.1
    ["2b9208", "fff1 5c 80011ffc"], // HE-AAC, core LC at 22050 Hz, stereo
    ["17805622 10", "fff1 50 80011ffc"], // LC, 44100 Hz spelled out, stereo
  ];
  for (const [config, header] of configs) {
    for (const [tag, frame] of [["af00", "af01"], ["906d703461", "916d703461"]]) {
      const result = mux(["audio", 0, tag + config], ["audio", 23, `${frame}cc`]);
      deepEqual(units(result), [plain(`${header} cc`)], config);
      deepEqual(result.pmts[0]?.streams, new Map([[AUDIO, 0x0f]]));
      equal(result.pmts[0]?.clockPid, AUDIO);
    }
  }
});

Deno.test("MP3 is MPEG-1 or MPEG-2 audio by its header", () => {
  for (const [frame, type] of [["fffb9064", 3], ["fff38064", 4], ["ffe38064", 4]] as const) {
    for (const tag of ["2f", "ef", "912e6d7033"]) {
      const result = mux(["audio", 0, tag + frame]);
      deepEqual(units(result), [frame]);
      deepEqual(result.pmts[0]?.streams, new Map([[type === 3 ? MP3 : MP3 + 2, type]]));
    }
  }
});

Deno.test("what has no place in a transport stream leaves no bytes", () => {
  const { encode } = newEncoder();
  const left: Tagged[] = [
    ["published", 0, ""],
    ["data", 0, "0300"],
    ["video", 0, ""],
    ["audio", 0, ""],
    ["video", 0, "14 00aabb"], // VP6
    ["video", 0, "91 61763031 aabb"], // AV1
    ["video", 0, "90 61763031 81000c00"],
    ["video", 0, "57 00"], // A command
    ["video", 0, AVC_KEY], // Nothing said yet how to decode it
    ["audio", 0, AAC_FRAME],
    ["audio", 0, "90 4f707573 4f707573"], // Opus
    ["audio", 0, "91 4f707573 aabb"],
    ["audio", 0, "b2 aabb"], // Speex
    ["audio", 0, "2f 00000000"], // MP3 without its sync word
    ["audio", 0, "90 2e6d7033"],
    ["audio", 0, "af 00 0210"], // AAC without an object type
    ["audio", 0, "af 00 1200"], // AAC without channels
    ["audio", 0, "af 00 1710"], // AAC of a reserved frequency
    ["audio", 0, AAC_FRAME],
    ["video", 0, "17 02 000000"], // The end of a sequence
    ["video", 0, "17 00 000000 01 64000c ff e0 00"], // No parameter sets
    ["video", 0, AVC_KEY],
    ["unpublished", 0, ""],
  ];
  for (const message of left) equal(encode(message).length, 0, String(message));
  equal(encode(["audio", 0, AAC_CONFIG], ["video", 0, AVC_CONFIG]).length, 0);
  equal(encode(["video", 0, AVC_KEY.replace("17", "1c")]).length, 0);
  equal(encode(["video", 0, AVC_KEY.replace("17", "57")]).length, 0);
  equal(encode(["audio", 0, `af01${"cc".repeat(8185)}`], ["audio", 0, "af01"]).length, 0);
  notEqual(encode(["audio", 0, `af01${"cc".repeat(8184)}`]).length, 0);
  equal(encode(["audio", 0, `2f fffb ${"cc".repeat(65526)}`]).length, 0);
});

Deno.test("a frame of any size comes out whole, with stuffing in its last packet", () => {
  const { encode } = newEncoder();
  const config = encode(["video", 0, AVC_CONFIG], ["audio", 0, AAC_CONFIG]);
  equal(config.length, 0);
  const out = new ByteWriter();
  const expected: string[] = [];
  const sizes = [...Array.from({ length: 560 }, (_, index) => index + 1), 65_515, 65_600, 200_000];
  for (const [index, size] of sizes.entries()) {
    const unit = new Uint8Array(size).fill(index).fill(0x41, 0, 1);
    const frame = new ByteWriter().bytes(bytesOf("2701000000")).u32(size).bytes(unit).take();
    out.bytes(encode(["video", index * 40, frame]));
    expected.push(plain(AVC_DELIMITER) + "00000001" + hex(unit));
    if (size > 8000) continue;
    out.bytes(encode(["audio", index * 40, Uint8Array.of(0xaf, 1, ...unit)]));
    expected.push(hex(unit));
  }
  const { pes } = readTransport(out.take());
  const found = pes.map(({ pid, data }) => hex(pid === AUDIO ? data.subarray(7) : data));
  deepEqual(found.length, expected.length);
  for (const [index, data] of found.entries()) equal(data, expected[index]);
});

Deno.test("the tables come before each key frame and every half second, the clock more often", () => {
  const { encode } = newEncoder();
  const out = new ByteWriter().bytes(encode(["video", 0, AVC_CONFIG], ["audio", 0, AAC_CONFIG]));
  for (let time = 0; time < 5000; time += 20) {
    out.bytes(encode(["audio", time, AAC_FRAME]));
    if (time % 200 === 0) out.bytes(encode(["video", time, time === 2000 ? AVC_KEY : AVC_FRAME]));
  }
  const { items, clocks, pmts } = readTransport(out.take());
  equal(new Set(pmts.map(({ version }) => version)).size, 1);
  let tablesAt = -Infinity;
  for (const [index, item] of items.entries()) {
    if (!("pes" in item)) {
      if ("pmt" in item) {
        ok("pat" in items[index - 1]!);
        tablesAt = NaN;
      }
      continue;
    }
    const time = item.pes.dts / 90 - DELAY;
    if (Number.isNaN(tablesAt)) tablesAt = time;
    ok(time - tablesAt < 500, `tables at ${tablesAt}, a frame at ${time}`);
    if (item.pes.pid === VIDEO && item.pes.isAccess) equal(tablesAt, time);
  }
  for (const [index, clock] of clocks.entries()) {
    if (index > 0) ok(clock >= clocks[index - 1]! && clock - clocks[index - 1]! <= 100 * 90);
  }
});

Deno.test("audio alone carries the clock and repeats the tables", () => {
  const frames = Array.from(
    { length: 100 },
    (_, index): Tagged => ["audio", index * 23, AAC_FRAME],
  );
  const { pmts, clocks } = mux(["audio", 0, AAC_CONFIG], ...frames);
  equal(pmts.length, 5);
  equal(clocks.length, 100);
});

Deno.test("the map has a new version when a kind appears or a codec changes, whose PID is its own", () => {
  const { pmts } = mux(
    ["audio", 0, AAC_CONFIG],
    ["audio", 0, AAC_FRAME],
    ["video", 20, AVC_CONFIG],
    ["audio", 20, AAC_FRAME],
    ["video", 40, AVC_CONFIG],
    ["video", 40, AVC_KEY],
    ["video", 60, HEVC_CONFIG],
    ["video", 80, "93 68766331 00000003 2601aa"],
    ["unpublished", 80, ""],
    ["audio", 100, AAC_FRAME],
    ["audio", 100, "2f fffb9064"],
  );
  deepEqual(pmts.map(({ version, clockPid, streams }) => [version, clockPid, [...streams]]), [
    [0, AUDIO, [[AUDIO, 0x0f]]],
    [1, VIDEO, [[VIDEO, 0x1b], [AUDIO, 0x0f]]],
    [1, VIDEO, [[VIDEO, 0x1b], [AUDIO, 0x0f]]],
    [2, HEVC, [[HEVC, 0x24], [AUDIO, 0x0f]]],
    [3, MP3, [[MP3, 3]]],
  ]);
});

Deno.test("versions of the map start again after 31", () => {
  const messages = Array.from(
    { length: 40 },
    (_, index): Tagged => ["audio", index, index % 2 ? "2f fffb9064" : "2f fff38064"],
  );
  const versions = mux(...messages).pmts.map(({ version }) => version);
  deepEqual(versions, Array.from({ length: 40 }, (_, index) => index % 32));
});

Deno.test("time stamps wrap at 33 bits, and go on where the time of messages wraps", () => {
  const last = 2 ** 32 - 20;
  const { pes, clocks } = mux(
    ["video", 5, AVC_CONFIG],
    ["video", last, AVC_KEY],
    ["video", 20, AVC_FRAME],
    ["video", 60, AVC_FRAME],
  );
  const times = [last, last + 40, last + 80];
  deepEqual(clocks, times.map((time) => time * 90 % 2 ** 33));
  deepEqual(pes.map(({ dts }) => dts), times.map((time) => (time + DELAY) * 90 % 2 ** 33));
  // 2^33 ticks are 95443717.7 ms.
  const around = mux(
    ["video", 0, AVC_CONFIG],
    ["video", 95443717, AVC_KEY],
    ["video", 95443718, AVC_FRAME],
  );
  deepEqual(around.clocks, [2 ** 33 - 62, 28]);
  const half = mux(["video", 0, AVC_CONFIG], ["video", 60_000_000, AVC_KEY]);
  equal(half.pes[0]!.pts, (60_000_000 + DELAY) * 90);
});

Deno.test("the clock jumps when time does, and says so", () => {
  const jump = (time: number, from = 20_000) => {
    const { encode } = newEncoder();
    encode(["video", 0, AVC_CONFIG], ["video", from, AVC_KEY]);
    return encode(["video", time, AVC_FRAME]);
  };
  const field = (bytes: Uint8Array) => bytes[bytes.length - 188 + 5]! & 0x90;
  equal(field(jump(20_040)), 0x10);
  equal(field(jump(20, 2 ** 32 - 20)), 0x10);
  equal(field(jump(100)), 0x90);
  equal(field(jump(90_000)), 0x90);
  deepEqual(readTransport(jump(19_000)).clocks, [20_000 * 90]);
});

Deno.test("tags that are cut or broken anywhere are skipped and break nothing after them", () => {
  const bodies: [Kind, string][] = [
    ["video", AVC_CONFIG],
    ["video", AVC_KEY],
    ["video", HEVC_CONFIG],
    ["video", "97 02 000001 01 68766331 000028 00000003 2601aa"],
    ["audio", "af 00 17805622 10"],
    ["audio", "af 00 2b9208"],
    ["audio", AAC_FRAME],
    ["audio", "97 02 000001 01 6d703461 cc"],
    ["audio", "2f fffb9064"],
  ];
  for (const [kind, text] of bodies) {
    const whole = bytesOf(text);
    const { encode } = newEncoder();
    const out = new ByteWriter();
    for (let at = 0; at <= whole.length; at++) {
      out.bytes(encode([kind, 0, whole.subarray(0, at)]));
      for (let bit = 0; bit < 8 && at < whole.length; bit++) {
        const broken = whole.slice();
        broken[at]! ^= 1 << bit;
        out.bytes(encode([kind, 0, broken]));
      }
    }
    const good = encode(["video", 40, AVC_CONFIG], ["video", 40, AVC_KEY]);
    const { pes } = readTransport(out.bytes(good).take());
    equal(hex(pes.at(-1)!.data), plain(`${AVC_DELIMITER} ${SETS} 00000001 65aabb`));
  }
});

Deno.test("a frame whose lengths lead past its end leaves no bytes", () => {
  const { encode } = newEncoder();
  encode(["video", 0, AVC_CONFIG]);
  for (const nals of ["00000003 41cc", "ffffffff 41cc", "00000002 41cc 00", "00000000", ""]) {
    equal(encode(["video", 0, `27 01 000000 ${nals}`]).length, 0, nals);
  }
});

Deno.test("parameter sets of more than 64 kB are refused", () => {
  const { encode } = newEncoder();
  const set = (size: number) =>
    `17 00 000000 01 64000c ff e1 ${size.toString(16).padStart(4, "0")} ${"67".repeat(size)} 00`;
  encode(["video", 0, set(0xffff)]);
  equal(encode(["video", 0, AVC_KEY]).length, 0);
  encode(["video", 0, set(0x8000)]);
  notEqual(encode(["video", 0, AVC_KEY]).length, 0);
});

Deno.test("all listeners share one transport stream, which has nothing before its first tables", () => {
  const [one, two] = [newEncoder(), newEncoder()];
  equal(one.key, two.key);
  const container = CONTAINERS.get("ts")!;
  equal(container.type, "video/mp2t");
  equal(container.head, undefined);
});
