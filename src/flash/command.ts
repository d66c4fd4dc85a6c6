import { ByteReader, ByteWriter, ProtocolError } from "../bytes/mod.ts";
import {
  Amf0,
  Amf0Reader,
  Amf0Writer,
  type DataReader,
  readValues,
  type Value,
  writeValues,
} from "../codecs/mod.ts";
import { MessageType } from "./message_type.ts";

/** A command as the client sent it (RTMP §7.2). */
export interface Command {
  readonly name: string;
  /** 0 when no answer is expected. */
  readonly transaction: number;
  /** The command object: the parameters of connect, else null. */
  readonly object: Value;
  readonly args: DataReader;
}

/** A message to send: its type and payload. */
export interface FlashMessage {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** First bytes of the name that every command and data message begins with. */
const NAME_MARKERS = new Set<number | undefined>([Amf0.string, Amf0.longString, Amf0.amf3]);

/**
 * The AMF0 part of a command or data message. Types 15 and 17 have a byte before it; some cameras
 * leave that out, or put it before types 18 and 20 too, so it is known by the name behind it.
 */
export function amfInput(payload: Uint8Array): ByteReader {
  const [first, second] = payload;
  const hasMore = NAME_MARKERS.has(second);
  // 0x11 may be that byte itself: an AMF3 name has a string marker behind it, which is none here.
  const isName = NAME_MARKERS.has(first) && !(first === Amf0.amf3 && hasMore);
  return new ByteReader(payload, !isName && hasMore ? 1 : 0);
}

/** @throws ProtocolError when the payload is no command */
export function readCommand(payload: Uint8Array): Command {
  const args = new Amf0Reader(amfInput(payload));
  const [name, transaction, object] = readValues(args, 3);
  if (typeof name !== "string") throw new ProtocolError("a command without a name");
  return {
    name,
    transaction: typeof transaction === "number" && transaction > 0 ? transaction : 0,
    object,
    args,
  };
}

/** A command in the encoding of its receiver, begun up to its arguments. */
export class CommandWriter {
  /** Receives the arguments. */
  readonly args: Amf0Writer;
  readonly #type: number;

  constructor(amf3: boolean, name: string, transaction = 0, object: unknown = null) {
    const out = new ByteWriter(128);
    this.#type = amf3 ? MessageType.commandAmf3 : MessageType.command;
    if (amf3) out.u8(0);
    this.args = amfWriter(out, amf3);
    writeValues(this.args, name, transaction, object);
  }

  /** The whole message. */
  end(): FlashMessage {
    return { type: this.#type, payload: this.args.take() };
  }
}

/** Writes values into `out` as a receiver of object encoding 0 or 3 reads them. */
export function amfWriter(out: ByteWriter, amf3: boolean): Amf0Writer {
  return new Amf0Writer(out, amf3 ? "preferred" : "never");
}

/** A command with JavaScript values as arguments. */
export function commandMessage(
  amf3: boolean,
  name: string,
  transaction: number,
  ...args: readonly unknown[]
): FlashMessage {
  const writer = new CommandWriter(amf3, name, transaction);
  writeValues(writer.args, ...args);
  return writer.end();
}

/** What `onStatus` is told. */
export interface StatusInfo {
  readonly level: "status" | "warning" | "error";
  readonly code: string;
  readonly description: string;
  readonly [name: string]: unknown;
}

/** Codes of this form tell of a failure. */
const FAILURE = /(Failed|Rejected|BadName|Invalid\w*|Error|Closed|NotFound|Denied)$/;

/** The level of a status whose code a script chose. */
export function statusInfo(code: string, description: string): StatusInfo {
  return { level: FAILURE.test(code) ? "error" : "status", code, description };
}

/** An `onStatus` command. */
export function statusMessage(amf3: boolean, info: StatusInfo): FlashMessage {
  return commandMessage(amf3, "onStatus", 0, info);
}
