import type { Role } from "../../src/media/mod.ts";

/**
 * Tag bodies of Enhanced RTMP that FFmpeg 8.1 (libavformat 62.19.101) wrote into FLV on 2026-11-21:
 * codec headers whole, of frames the first 24 bytes.
 */
export const ENHANCED_TAGS: readonly {
  readonly name: string;
  readonly kind: "audio" | "video";
  readonly role: Role;
  /** Of codec headers: what they are kept under. */
  readonly key?: string;
  readonly hex: string;
}[] = [
  {
    name: "HEVC sequence start",
    kind: "video",
    role: "config",
    key: "video 0 0",
    hex: "90687663310102200000009000000000003cf000fcfdfafa00000f04200001001840010c01ffff022000000300900000" +
      "03000003003c959809210001002d42010102200000030090000003000003003ca00a080b9f6d96566924caf016a12201" +
      "2080000003008000000c8422000100074401c172b4624027000200094e01900403e8019080001e4e01891833c286c41d" +
      "4c0bb884d03e803d13404200989680000003003280",
  },
  {
    name: "HEVC colour, with the frame type of a command",
    kind: "video",
    role: "config",
    key: "video 4 0",
    hex: "d468766331020009636f6c6f72496e666f03000b636f6c6f72436f6e6669670300177472616e73666572436861726163" +
      "74657269737469637300403000000000000000126d6174726978436f656666696369656e747300402200000000000000" +
      "0e636f6c6f725072696d6172696573004022000000000000000009000009",
  },
  {
    name: "HEVC key frame",
    kind: "video",
    role: "key",
    hex: "91687663310000500000001840010c01ffff022000000300",
  },
  {
    name: "HEVC inter frame",
    kind: "video",
    role: "frame",
    hex: "a1687663310000c8000000bf0201d02149e10c63adc9fd7f",
  },
  {
    name: "HEVC inter frame without composition time",
    kind: "video",
    role: "frame",
    hex: "a368766331000000120001e024fd7e8b0a5a588aa5015500",
  },
  {
    name: "VP9 sequence start",
    kind: "video",
    role: "config",
    key: "video 0 0",
    hex: "907670303901000000010b870202000000",
  },
  {
    name: "VP9 key frame",
    kind: "video",
    role: "key",
    hex: "9176703039a2498342e013f00b360638241c184a000ef05f",
  },
  {
    name: "AV1 sequence start",
    kind: "video",
    role: "config",
    key: "video 0 0",
    hex: "906176303181000c000a0b000000043cfecc02f80040",
  },
  {
    name: "AV1 key frame",
    kind: "video",
    role: "key",
    hex: "91617630310a0b000000043cfeccfbf9004032c61d1400a0",
  },
  {
    name: "AV1 inter frame",
    kind: "video",
    role: "frame",
    hex: "a16176303132cc0b2908001249249e85c0808204102fbcf1",
  },
  {
    name: "AVC sequence start of track 1",
    kind: "video",
    role: "config",
    key: "video 0 1",
    hex: "960061766331010142c00bffe100186742c00bda0a37e4c044000003000400000300c83c50aa8001000468ce0fc8",
  },
  {
    name: "AVC key frame of track 1",
    kind: "video",
    role: "key",
    hex: "96036176633101000002520605ffff4edc45e9bde6d948b7",
  },
  {
    name: "AVC inter frame of track 1",
    kind: "video",
    role: "frame",
    hex: "a6036176633101000003ff419a208bc92e70d3de13f8342e",
  },
  {
    name: "Opus sequence start",
    kind: "audio",
    role: "config",
    key: "audio 0 0",
    hex: "904f7075734f707573486561640106380180bb00000000010402000401020305",
  },
  {
    name: "Opus 5.1 channel layout",
    kind: "audio",
    role: "config",
    key: "audio 4 0",
    hex: "944f70757301060000003f",
  },
  {
    name: "Opus frame",
    kind: "audio",
    role: "frame",
    hex: "914f707573fc02fffefc02fffef8e5746e8df30444d4cc14",
  },
  {
    name: "FLAC sequence start",
    kind: "audio",
    role: "config",
    key: "audio 0 0",
    hex: "90664c6143120012000001d10004ff0bb800f00005dc00e5cbeaacbff3610c952b3344186e4132",
  },
  {
    name: "FLAC frame",
    kind: "audio",
    role: "frame",
    hex: "91664c6143fff85a0800814e000000eb01d602c003a7048a",
  },
  {
    name: "AC-3 sequence start, empty",
    kind: "audio",
    role: "config",
    key: "audio 0 0",
    hex: "9061632d33",
  },
  {
    name: "E-AC-3 frame",
    kind: "audio",
    role: "frame",
    hex: "9165632d330b7700bf3287c00021064060e3bd57af0df3f7",
  },
  {
    name: "Opus sequence start of track 1",
    kind: "audio",
    role: "config",
    key: "audio 0 1",
    hex: "95004f707573014f707573486561640101380180bb0000000000",
  },
  {
    name: "Opus channel layout of track 1",
    kind: "audio",
    role: "config",
    key: "audio 4 1",
    hex: "95044f70757301010100000004",
  },
  {
    name: "Opus frame of track 1",
    kind: "audio",
    role: "frame",
    hex: "95014f70757301f89eba2bccf224b0459b4d9356ac1239ac",
  },
];
