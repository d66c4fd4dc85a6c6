import assert from "node:assert/strict";
import { ByteWriter, encodeText } from "../../src/bytes/mod.ts";
import { audioRole, MediaMessage, videoRole } from "../../src/media/mod.ts";
import { runProgram } from "./server.ts";

/** How ffmpeg makes a codec, and what Enhanced RTMP calls it. */
export interface Codec {
  readonly kind: "audio" | "video";
  readonly fourCc: string;
  readonly args: readonly string[];
  /** Box of an MP4 file that has the codec header. */
  readonly box?: string;
  /** Bytes of that box before the header. */
  readonly skip?: number;
  /** The header as Enhanced RTMP has it, of what the box holds. */
  readonly header?: (record: Uint8Array) => Uint8Array;
}

const video = (fourCc: string, box: string, ...args: string[]): Codec => {
  return { kind: "video", fourCc, box, args: ["-g", "25", "-pix_fmt", "yuv420p", ...args] };
};
const audio = (fourCc: string, args: string[], more: Partial<Codec> = {}): Codec => {
  return { kind: "audio", fourCc, args, ...more };
};

/** OpusHead of what MP4's box holds: little endian, behind its name. */
function opusHead(record: Uint8Array): Uint8Array {
  const view = new DataView(record.buffer, record.byteOffset);
  const out = new ByteWriter(19);
  out.text("OpusHead").u8(1).u8(record[1]!).u16LE(view.getUint16(2));
  return out.u32LE(view.getUint32(4)).u16LE(view.getUint16(8)).bytes(record.subarray(10)).take();
}

/** AudioSpecificConfig behind the heads of its descriptors, whose sizes FFmpeg writes in four bytes. */
function audioConfig(esds: Uint8Array): Uint8Array {
  const at = esds.findIndex((byte, index) => index > 20 && byte === 5);
  const start = at + 5;
  return esds.subarray(start, start + esds[at + 4]!);
}

export const CODECS = {
  h264: video("avc1", "avcC", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2"),
  hevc: video("hvc1", "hvcC", "-c:v", "libx265", "-x265-params", "log-level=0", "-tag:v", "hvc1"),
  av1: video("av01", "av1C", "-c:v", "libsvtav1", "-preset", "12", "-svtav1-params", "lookahead=0"),
  vp9: {
    ...video("vp09", "vpcC", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8"),
    skip: 4,
  },
  aac: audio("mp4a", ["-c:a", "aac"], { box: "esds", skip: 4, header: audioConfig }),
  mp3: audio(".mp3", ["-c:a", "libmp3lame"]),
  opus: audio("Opus", ["-c:a", "libopus"], { box: "dOps", header: opusHead }),
  flac: audio("fLaC", ["-c:a", "flac"], {
    box: "dfLa",
    skip: 4,
    header: (block) => new ByteWriter(64).text("fLaC").bytes(block).take(),
  }),
  ac3: audio("ac-3", ["-c:a", "ac3"]),
  eac3: audio("ec-3", ["-c:a", "eac3"]),
} satisfies Record<string, Codec>;
export type CodecName = keyof typeof CODECS;

interface Packet {
  readonly codec_type: string;
  readonly pts_time: string;
  readonly dts_time: string;
  readonly size: string;
  readonly pos: string;
  readonly flags: string;
}

/** Encodes a picture and a tone, as a publisher of Enhanced RTMP would send them. */
export async function encoded(
  folder: string,
  names: readonly CodecName[],
  { seconds = 3, more = [] as readonly string[], source = "testsrc=size=320x180:rate=25" } = {},
): Promise<{ readonly file: string; readonly messages: MediaMessage[] }> {
  const file = `${folder}/${names.join("-")}.mp4`;
  const inputs = names.flatMap((name) => {
    const input = CODECS[name].kind === "video" ? source : "sine=sample_rate=48000";
    return ["-f", "lavfi", "-i", input];
  });
  const codecs = names.flatMap((name) => [...CODECS[name].args]);
  const { code, err } = await runProgram("ffmpeg", [
    ...["-v", "error", "-y", ...inputs, ...names.flatMap((_, index) => ["-map", `${index}`])],
    ...[...codecs, "-strict", "-2", "-t", String(seconds), ...more, file],
  ]);
  assert.equal(code, 0, err);
  return { file, messages: await messagesOf(file, names) };
}

async function messagesOf(file: string, names: readonly CodecName[]): Promise<MediaMessage[]> {
  const bytes = await Deno.readFile(file);
  const { out } = await runProgram("ffprobe", [
    ...["-v", "error", "-show_packets", "-of", "json", file],
  ]);
  const { packets } = JSON.parse(out) as { packets: Packet[] };
  const byKind = new Map(names.map((name) => [CODECS[name].kind as string, CODECS[name] as Codec]));
  const first = Math.min(...packets.map(({ dts_time }) => Number(dts_time)));
  const messages = [...byKind.values()].flatMap((codec) => {
    const { box, skip = 0, header = (record: Uint8Array) => record } = codec;
    if (box === undefined) return [];
    return [tagged(codec, 0, 0, true, 0, header(boxIn(bytes, box).subarray(skip)))];
  });
  const frames = packets.map((packet) => {
    const codec = byKind.get(packet.codec_type)!;
    const [pts, dts] = [packet.pts_time, packet.dts_time].map((time) =>
      Math.round((Number(time) - first) * 1000)
    );
    const at = Number(packet.pos);
    const data = bytes.subarray(at, at + Number(packet.size));
    return tagged(codec, dts!, pts! - dts!, packet.flags.startsWith("K"), 1, data);
  });
  return [...messages, ...frames.sort((a, b) => a.time - b.time)];
}

/** What the first box of a type holds. */
function boxIn(file: Uint8Array, type: string): Uint8Array {
  const name = encodeText(type);
  const at = file.findIndex((_, index) =>
    name.every((byte, place) => file[index + place] === byte)
  );
  assert(at > 4, `no box ${type}`);
  const size = new DataView(file.buffer, file.byteOffset).getUint32(at - 4);
  return file.subarray(at + 4, at - 4 + size);
}

/** A tag body of Enhanced RTMP. */
export function tagged(
  { kind, fourCc }: Pick<Codec, "kind" | "fourCc">,
  time: number,
  offset: number,
  isKey: boolean,
  type: number,
  data: Uint8Array,
): MediaMessage {
  const out = new ByteWriter(data.length + 16);
  if (kind === "audio") out.u8(0x90 | type).text(fourCc);
  else out.u8(0x80 | (isKey ? 0x10 : 0x20) | type).text(fourCc);
  if (type === 1 && (fourCc === "avc1" || fourCc === "hvc1")) out.u24(offset & 0xffffff);
  const body = out.bytes(data).take();
  const role = kind === "video" ? videoRole(body) : audioRole(body);
  return new MediaMessage(kind, role, time, body);
}
