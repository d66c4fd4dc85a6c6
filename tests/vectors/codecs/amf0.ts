import { className, Xml, ZonedDate } from "../../../src/codecs/mod.ts";
import type { Golden } from "./golden.ts";

function object(properties: Record<string, unknown>, type?: string): unknown {
  const made: Record<string | symbol, unknown> = Object.assign(Object.create(null), properties);
  if (type !== undefined) made[className] = type;
  return made;
}

const shared = object({ a: 1 });
const cyclic = object({});
(cyclic as Record<string, unknown>).self = cyclic;
const long = "x".repeat(0x10000);

/** "spec" is amf0-file-format-specification.pdf with its section; the others say who wrote them. */
export const amf0Golden: readonly Golden[] = [
  { name: "number (spec 2.2)", values: [3.5], bytes: "00 400c000000000000" },
  { name: "negative zero (spec 2.2)", values: [-0], bytes: "00 8000000000000000" },
  { name: "infinity (IEEE 754)", values: [-Infinity], bytes: "00 fff0000000000000" },
  { name: "not a number (IEEE 754)", values: [NaN], bytes: "00 7ff8000000000000" },
  { name: "booleans (spec 2.3)", values: [true, false], bytes: "01 01 01 00" },
  { name: "string (spec 2.4)", values: ["héllo"], bytes: "02 0006 68c3a96c6c6f" },
  { name: "empty string (spec 2.4)", values: [""], bytes: "02 0000" },
  { name: "string with NUL (spec 2.4)", values: ["a\0b"], bytes: "02 0003 610062" },
  { name: "null and undefined (spec 2.7, 2.8)", values: [null, undefined], bytes: "05 06" },
  { name: "empty object (spec 2.5)", values: [object({})], bytes: "03 000009" },
  {
    name: "object in an object (spec 2.5)",
    values: [object({ a: object({ b: true }), c: "d" })],
    bytes: "03 0001 61 03 0001 62 01 01 000009 0001 63 02 0001 64 000009",
  },
  {
    name: "object with an empty name and with __proto__ (spec 2.5)",
    values: [object(JSON.parse('{"":1,"__proto__":2,"constructor":3}'))],
    bytes: "03 0000 00 3ff0000000000000 0009 5f5f70726f746f5f5f 00 4000000000000000" +
      "000b 636f6e7374727563746f72 00 4008000000000000 000009",
  },
  {
    name: "ECMA array (spec 2.10)",
    values: [new Map<unknown, unknown>([["a", 1], ["b", "x"]])],
    bytes: "08 00000002 0001 61 00 3ff0000000000000 0001 62 02 0001 78 000009",
  },
  {
    name: "ECMA array with a count of zero, as many encoders write it",
    values: [new Map([["a", null]])],
    bytes: "08 00000000 0001 61 05 000009",
    written: "08 00000001 0001 61 05 000009",
  },
  {
    name: "mixed array",
    values: [new Map<unknown, unknown>([["n", true], [0, "x"], [1, object({ k: null })]])],
    bytes: "08 00000003 0001 6e 01 01 0001 30 02 0001 78 0001 31 03 0001 6b 05 000009 000009",
  },
  {
    name: "mixed array with its elements first, as Flash Player writes it",
    values: [new Map<unknown, unknown>([["n", true], [0, "x"]])],
    bytes: "08 00000001 0001 30 02 0001 78 0001 6e 01 01 000009",
    written: "08 00000002 0001 6e 01 01 0001 30 02 0001 78 000009",
  },
  {
    name: "strict array (spec 2.12)",
    values: [[1, "a", null, []]],
    bytes: "0a 00000004 00 3ff0000000000000 02 0001 61 05 0a 00000000",
  },
  {
    name: "date (spec 2.13)",
    values: [new Date(1_000_000_000_000)],
    bytes: "0b 426d1a94a2000000 0000",
  },
  {
    name: "date with a time zone (spec 2.13)",
    values: [new ZonedDate(0, -120)],
    bytes: "0b 0000000000000000 ff88",
  },
  {
    name: "long string (spec 2.14)",
    values: [long],
    bytes: "0c 00010000" + "78".repeat(0x10000),
  },
  {
    name: "unsupported (spec 2.15)",
    values: [undefined],
    bytes: "0d",
    written: "06",
  },
  {
    name: "XML document (spec 2.17)",
    values: [new Xml("<a/>", true)],
    bytes: "0f 00000004 3c612f3e",
  },
  {
    name: "typed object (spec 2.18)",
    values: [object({ x: 2 }, "org.Point")],
    bytes: "10 0009 6f72672e506f696e74 0001 78 00 4000000000000000 000009",
  },
  {
    name: "reference to an object (spec 2.9)",
    values: [[shared, shared]],
    bytes: "0a 00000002 03 0001 61 00 3ff0000000000000 000009 07 0001",
  },
  {
    name: "cyclic object (spec 2.9)",
    values: [cyclic],
    bytes: "03 0004 73656c66 07 0000 000009",
  },
  {
    name: "connect recorded from ffmpeg 5.1.9 as publisher (Lavf59.27.100)",
    values: [
      "connect",
      1,
      object({
        app: "live",
        type: "nonprivate",
        flashVer: "FMLE/3.0 (compatible; Lavf59.27.100)",
        tcUrl: "rtmp://127.0.0.1:46315/live",
      }),
    ],
    bytes: "020007636f6e6e656374003ff00000000000000300036170700200046c697665000474797065" +
      "02000a6e6f6e707269766174650008666c617368566572020024464d4c452f332e302028636f6d70617469626c" +
      "653b204c61766635392e32372e313030290005746355726c02001b72746d703a2f2f3132372e302e302e313a34" +
      "363331352f6c697665000009",
  },
  {
    name: "connect recorded from ffmpeg 5.1.9 as player",
    values: [
      "connect",
      1,
      object({
        app: "live",
        flashVer: "LNX 9,0,124,2",
        tcUrl: "rtmp://127.0.0.1:46315/live",
        fpad: false,
        capabilities: 15,
        audioCodecs: 4071,
        videoCodecs: 252,
        videoFunction: 1,
      }),
    ],
    bytes: "020007636f6e6e656374003ff00000000000000300036170700200046c6976650008666c6173" +
      "6856657202000d4c4e5820392c302c3132342c320005746355726c02001b72746d703a2f2f3132372e302e302e" +
      "313a34363331352f6c6976650004667061640100000c6361706162696c697469657300402e000000000000000b" +
      "617564696f436f646563730040afce0000000000000b766964656f436f6465637300406f800000000000000d76" +
      "6964656f46756e6374696f6e003ff0000000000000000009",
  },
  {
    name: "connect recorded from OBS Studio 29.0.2",
    values: [
      "connect",
      1,
      object({
        app: "live",
        type: "nonprivate",
        supportsGoAway: true,
        flashVer: "FMLE/3.0 (compatible; FMSc/1.0)",
        swfUrl: "rtmp://127.0.0.1:21940/live",
        tcUrl: "rtmp://127.0.0.1:21940/live",
      }),
    ],
    bytes: "020007636f6e6e656374003ff00000000000000300036170700200046c697665000474797065" +
      "02000a6e6f6e70726976617465000e737570706f727473476f4177617901010008666c61736856657202001f46" +
      "4d4c452f332e302028636f6d70617469626c653b20464d53632f312e3029000673776655726c02001b72746d70" +
      "3a2f2f3132372e302e302e313a32313934302f6c6976650005746355726c02001b72746d703a2f2f3132372e30" +
      "2e302e313a32313934302f6c697665000009",
  },
  {
    name: "connect recorded from rtmpdump 2.4 with arguments of its own (-C)",
    values: [
      "connect",
      1,
      object({
        app: "live",
        flashVer: "LNX 10,0,32,18",
        swfUrl: "http://127.0.0.1/player.swf",
        tcUrl: "rtmp://127.0.0.1:46315/live",
        fpad: false,
        capabilities: 15,
        audioCodecs: 3191,
        videoCodecs: 252,
        videoFunction: 1,
        pageUrl: "http://127.0.0.1/",
      }),
      true,
      "text",
      object({ n: 3.5 }),
    ],
    bytes: "020007636f6e6e656374003ff00000000000000300036170700200046c6976650008666c6173" +
      "6856657202000e4c4e582031302c302c33322c3138000673776655726c02001b687474703a2f2f3132372e302e" +
      "302e312f706c617965722e7377660005746355726c02001b72746d703a2f2f3132372e302e302e313a34363331" +
      "352f6c6976650004667061640100000c6361706162696c697469657300402e000000000000000b617564696f43" +
      "6f646563730040a8ee0000000000000b766964656f436f6465637300406f800000000000000d766964656f4675" +
      "6e6374696f6e003ff000000000000000077061676555726c020011687474703a2f2f3132372e302e302e312f00" +
      "00090101020004746578740300016e00400c000000000000000009",
  },
];
