import { ByteWriter } from "../bytes/mod.ts";
import { type Value, writeValues } from "../codecs/mod.ts";
import { amfWriter, type FlashMessage } from "./command.ts";
import { MessageType } from "./message_type.ts";

/** What a player asks for by `play(name, start)`: files are those whose start is 0 or more. */
export interface PlayStart {
  readonly kind: "any" | "live" | "file";
  /** Milliseconds into the file. */
  readonly time: number;
  readonly isReliable: boolean;
}

/** `play` with this start asks for media without waiting for what was lost. */
const UNRELIABLE = -3;
const LIVE = -1;

/** Flash Player sends thousands of what a script says: -2000 for -2. */
export function playStart(start: Value): PlayStart {
  const value = typeof start === "number" && Number.isFinite(start) ? start : -2;
  if (value >= 0) return { kind: "file", time: value, isReliable: true };
  const code = value <= -1000 ? value / 1000 : value;
  const kind = code === LIVE || code === UNRELIABLE ? "live" : "any";
  return { kind, time: 0, isReliable: code !== UNRELIABLE };
}

/** The length of `play(name, start, length)`, in milliseconds; undefined for all there is. */
export function playLength(length: Value): number | undefined {
  return typeof length === "number" && length >= 0 ? length : undefined;
}

/** What `play`'s reset means: false, 0 and 2 leave what plays, and go on with this behind it. */
export function isQueued(reset: Value): boolean {
  return reset === false || reset === 0 || reset === 2;
}

/** What `onStatus` of a player is told in order with the media: they begin. */
export function dataStart(amf3: boolean): FlashMessage {
  return dataMessage(amf3, "onStatus", { code: "NetStream.Data.Start" });
}

/** What `onPlayStatus` is told when a file was sent, or another one of a playlist comes. */
export function playStatus(
  amf3: boolean,
  code: "NetStream.Play.Complete" | "NetStream.Play.Switch",
  details: { readonly duration: number; readonly bytes: number },
): FlashMessage {
  return dataMessage(amf3, "onPlayStatus", { level: "status", code, ...details });
}

function dataMessage(amf3: boolean, name: string, info: Record<string, unknown>): FlashMessage {
  const out = new ByteWriter(128);
  if (amf3) out.u8(0);
  writeValues(amfWriter(out, amf3), name, info);
  return { type: amf3 ? MessageType.dataAmf3 : MessageType.data, payload: out.take() };
}
