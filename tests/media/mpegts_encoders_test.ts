import { deepEqual, equal, notEqual, ok } from "node:assert/strict";
import { hex } from "../../src/bytes/mod.ts";
import { readTransport, type Transport } from "./transport_reader.ts";
import {
  AAC_CONFIG,
  AAC_FRAME,
  AUDIO,
  AVC_CONFIG,
  AVC_DELIMITER,
  AVC_FRAME,
  AVC_KEY,
  DELAY,
  HEVC_CONFIG,
  HEVC_DELIMITER,
  HEVC_SETS,
  HVCC,
  mux,
  newEncoder,
  plain,
  SETS,
  type Tagged,
  units,
  VIDEO,
} from "./muxed.ts";

/** Presentation and decoding by the times of the tags, in milliseconds. */
const times = ({ pes }: Transport) => ({
  pts: pes.map(({ pts }) => pts / 90 - DELAY),
  dts: pes.map(({ dts }) => dts / 90 - DELAY),
});

/** How each codec writes a frame with a composition time, and its header. */
const CODECS: readonly [config: string, frame: (offset: string, isKey: boolean) => string][] = [
  [AVC_CONFIG, (cts, isKey) => `${isKey ? 1 : 2}7 01 ${cts} 00000002 ${isKey ? "65" : "41"}cc`],
  [
    `90 61766331 ${AVC_CONFIG.slice("17 00 000000".length)}`,
    (cts, isKey) => `${isKey ? 9 : "a"}1 61766331 ${cts} 00000002 ${isKey ? "65" : "41"}cc`,
  ],
  [
    HEVC_CONFIG,
    (cts, isKey) => `${isKey ? 9 : "a"}1 68766331 ${cts} 00000003 ${isKey ? "26" : "02"}01cc`,
  ],
  [
    `1c 00 000000 ${HVCC}`,
    (cts, isKey) => `${isKey ? 1 : 2}c 01 ${cts} 00000003 ${isKey ? "26" : "02"}01cc`,
  ],
];

function frames(codec: number, first: number, offsets: readonly number[]): Tagged[] {
  const [config, frame] = CODECS[codec]!;
  return [
    ["video", first, config],
    ...offsets.map((offset, index): Tagged => {
      const cts = (offset & 0xffffff).toString(16).padStart(6, "0");
      return ["video", first + index * 40, frame(cts, index === 0)];
    }),
  ];
}

Deno.test("frames with negative composition times are shown when they say, in every codec", () => {
  for (const codec of CODECS.keys()) {
    for (const first of [0, 1000]) {
      const { pts, dts } = times(mux(...frames(codec, first, [40, -34, -34, 0])));
      deepEqual(pts, [40, 6, 46, 120].map((time) => first + time));
      for (const [index, time] of dts.entries()) {
        ok(time <= pts[index]!, `decoded at ${time}, shown at ${pts[index]}`);
        if (index > 0) ok(time > dts[index - 1]!, `${time} after ${dts[index - 1]}`);
      }
    }
  }
});

Deno.test("a first frame that is shown before its time is neither late nor lost", () => {
  const { pts, dts } = times(mux(...frames(0, 0, [-34, 40, -34])));
  deepEqual(pts, [-34, 80, 46]);
  deepEqual(dts.map(Math.round), [-34, -34, 6]);
});

Deno.test("decoding goes on and never back where frames are shown early", () => {
  const orders = [
    // As FFmpeg writes two B frames with `-movflags +negative_cts_offsets`: I P B B P B B.
    [0, 80, -40, -40, 80, -40, -40],
    // x264 with three, one of them a reference, 120 ms early: I P B b b P B b b.
    [-40, 80, 0, -80, -80, 80, 0, -80, -80],
    // The same on time.
    [80, 200, 120, 40, 40, 200, 120, 40, 40],
  ];
  for (const [index, offsets] of orders.entries()) {
    const { pts, dts } = times(mux(...frames(0, 1000, offsets)));
    deepEqual(pts, offsets.map((offset, index) => 1000 + index * 40 + offset));
    for (const [index, time] of dts.entries()) {
      ok(time <= pts[index]!, `${dts}`);
      if (index > 0) ok(time > dts[index - 1]!, `${dts}`);
    }
    if (index === 2) deepEqual(dts, offsets.map((_, index) => 1000 + index * 40));
  }
});

Deno.test("frames that are shown half a second early and more arrive earlier too", () => {
  const result = mux(...frames(0, 20_000, [0, 0, -2000, -2000, 0]));
  const { pts, dts } = times(result);
  deepEqual(pts, [20_000, 20_040, 18_080, 18_120, 20_160]);
  deepEqual(dts.slice(2), [18_080, 18_120, 18_160]);
  for (const [index, clock] of result.clocks.entries()) {
    if (index > 0) ok(clock >= result.clocks[index - 1]!);
  }
  const later = Array.from({ length: 100 }, (_, index): Tagged => {
    return ["video", 20_200 + index * 40, CODECS[0]![1]("fff830", false)];
  });
  const { clocks, pes } = mux(...frames(0, 20_000, [0, 0, -2000, -2000, 0]), ...later);
  const last = pes.at(-1)!;
  equal(last.dts - clocks.at(-1)!, 0);
});

Deno.test("a composition time of hours before the frame is taken for none", () => {
  const { pts, dts } = times(mux(...frames(0, 0, [0, -8_000_000, 0])));
  deepEqual(pts, [0, 40, 80]);
  deepEqual(dts, pts);
});

Deno.test("frames in Annex B are read as they are", () => {
  const own = "00000001 09f0 00000001 6742ee 00000001 6899 000001 65aa000003bb 0000";
  const result = mux(
    ["video", 0, AVC_CONFIG],
    ["video", 0, `17 01 000000 ${own}`],
    ["video", 40, "27 01 000000 000001 41cc 000001 41dd"],
    ["video", 80, AVC_KEY],
    // A length of 256 bytes begins like a start code.
    ["video", 120, `27 01 000000 00000100 41${"cc".repeat(255)}`],
  );
  deepEqual(units(result), [
    plain(`${AVC_DELIMITER} 00000001 6742ee 00000001 6899 00000001 65aa000003bb`),
    plain(`${AVC_DELIMITER} 00000001 41cc 00000001 41dd`),
    plain(`${AVC_DELIMITER} ${SETS} 00000001 65aabb`),
    plain(`${AVC_DELIMITER} 00000001 41`) + "cc".repeat(255),
  ]);
});

Deno.test("a codec header in Annex B gives its parameter sets", () => {
  const result = mux(["video", 0, `17 00 000000 ${SETS}`], ["video", 0, AVC_KEY]);
  deepEqual(units(result), [plain(`${AVC_DELIMITER} ${SETS} 00000001 65aabb`)]);
  const hevc = mux(
    ["video", 0, `90 68766331 ${HEVC_SETS}`],
    ["video", 0, "93 68766331 00000003 2601aa"],
  );
  deepEqual(units(hevc), [plain(`${HEVC_DELIMITER} ${HEVC_SETS} 00000001 2601aa`)]);
});

Deno.test("parameter sets that only key frames bring are enough, and are kept for the next", () => {
  const behindLengths = "00000002 6701 00000002 6802 00000003 65aabb";
  const behindStartCodes = `${SETS} 00000001 65aabb`;
  for (const first of [behindLengths, behindStartCodes]) {
    const { encode } = newEncoder();
    equal(encode(["video", 0, AVC_FRAME]).length, 0);
    equal(encode(["video", 20, AVC_KEY]).length, 0);
    const bytes = encode(
      ["video", 40, `17 01 000000 ${first}`],
      ["video", 80, AVC_FRAME],
      ["video", 120, AVC_KEY],
    );
    const result = readTransport(bytes);
    deepEqual(result.pes.map(({ data }) => hex(data)), [
      plain(`${AVC_DELIMITER} ${SETS} 00000001 65aabb`),
      plain(`${AVC_DELIMITER} 00000001 41cc`),
      plain(`${AVC_DELIMITER} ${SETS} 00000001 65aabb`),
    ]);
  }
  const hevc = mux([
    "video",
    0,
    "93 68766331 00000002 4001 00000002 4201 00000002 4401 00000003 2601aa",
  ]);
  deepEqual(units(hevc), [plain(`${HEVC_DELIMITER} ${HEVC_SETS} 00000001 2601aa`)]);
});

Deno.test("a codec header that cannot be read takes the place of none", () => {
  for (const broken of ["17 00 000000", "17 00", "17 00 000000 01 64000c ff e0 00"]) {
    const result = mux(
      ["video", 0, AVC_CONFIG],
      ["video", 0, AVC_KEY],
      ["video", 40, broken],
      ["video", 40, AVC_KEY],
    );
    equal(result.pes.length, 2, broken);
  }
});

Deno.test("the clock is there from the first packet of the stream that has it", () => {
  const { items } = mux(
    ["audio", 0, AAC_CONFIG],
    ["audio", 0, AAC_FRAME],
    ["video", 20, AVC_CONFIG],
    ["audio", 23, AAC_FRAME],
    ["audio", 46, AAC_FRAME],
    ["video", 60, AVC_KEY],
  );
  const order = items.flatMap((item) => {
    if ("clock" in item) return [`clock ${item.clock / 90}`];
    if ("pmt" in item) return [`map by ${item.pmt.clockPid === VIDEO ? "video" : "audio"}`];
    return "pes" in item ? [item.pes.pid === AUDIO ? "audio" : "video"] : [];
  });
  deepEqual(order, [
    ...["map by audio", "clock 0", "audio"],
    ...["map by video", "clock 23", "audio", "audio"],
    ...["map by video", "clock 60", "video"],
  ]);
});

Deno.test("sound that jumps an hour takes the clock with it, which says so", () => {
  for (const jump of [3_600_000, -3_600_000]) {
    const { encode } = newEncoder();
    const from = 4_000_000;
    const before = encode(
      ["video", from, AVC_CONFIG],
      ["audio", from, AAC_CONFIG],
      ["video", from, AVC_KEY],
      ["audio", from, AAC_FRAME],
    );
    notEqual(before.length, 0);
    const bytes = encode(["audio", from + jump, AAC_FRAME]);
    const flags = Array.from({ length: bytes.length / 188 }, (_, index) => {
      const at = index * 188;
      const hasField = (bytes[at + 3]! & 0x20) !== 0 && bytes[at + 4]! > 0;
      return hasField ? bytes[at + 5]! & 0x90 : 0;
    });
    ok(flags.includes(0x90), `flags ${flags}`);
    deepEqual(readTransport(bytes).clocks, [(from + jump) * 90]);
  }
});

Deno.test("bytes that begin like a start code and are none leave no bytes", () => {
  const { encode } = newEncoder();
  encode(["video", 0, AVC_CONFIG]);
  for (const units of ["00000001", "000001", "00000001 00000001", "0000000000"]) {
    equal(encode(["video", 0, `27 01 000000 ${units}`]).length, 0, units);
  }
});
