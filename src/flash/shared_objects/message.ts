import { ByteReader, ByteWriter, decodeText, encodeText, ProtocolError } from "../../bytes/mod.ts";
import { Amf0Reader, readValues } from "../../codecs/mod.ts";
import { amfWriter } from "../command.ts";
import { MessageType } from "../message_type.ts";
import { MAX_EVENTS } from "./params.ts";
import type { Change, Notice, NoticeEncoder, ObjectHead } from "./update.ts";
import { keepValues, writeKept } from "./value.ts";

/**
 * Events of a shared object message (RTMP §7.1.3). The specification has 1 to 11; Adobe Media
 * Server's clients know 14 too.
 */
export const EventType = {
  use: 1,
  release: 2,
  set: 3,
  changed: 4,
  accepted: 5,
  send: 6,
  status: 7,
  clear: 8,
  removed: 9,
  remove: 10,
  used: 11,
  requestClear: 14,
} as const;

/** Flag of a persistent object. */
const PERSISTENT = 2;

/** What one event of a client asks for. */
export type ObjectRequest = { readonly kind: "use" } | { readonly kind: "release" } | Change;

/** A shared object message of a client. */
export interface ObjectMessage extends ObjectHead {
  readonly requests: readonly ObjectRequest[];
  /** Why requests were left out. */
  readonly faults: readonly string[];
}

/**
 * Reads a message of type 16 or 19; an event that cannot be read is left out.
 * @throws ProtocolError when not even its events can be told apart
 */
export function readObjectMessage(type: number, payload: Uint8Array): ObjectMessage {
  const input = new ByteReader(payload);
  if (type === MessageType.sharedObjectAmf3) {
    const format = input.u8();
    if (format !== 0 && format !== 3) throw new ProtocolError(`format ${format}, 0 or 3 wanted`);
  }
  const name = readText(input);
  const version = input.u32();
  const isPersistent = (input.u32() & PERSISTENT) !== 0;
  input.u32();
  const requests: ObjectRequest[] = [];
  const faults: string[] = [];
  for (let count = 1; input.remaining > 0; count++) {
    if (count > MAX_EVENTS) throw new ProtocolError(`more than ${MAX_EVENTS} events`);
    const event = input.u8();
    const length = input.u32();
    const start = input.advance(length);
    try {
      requests.push(...readRequests(event, new ByteReader(payload, start, start + length)));
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      faults.push(`event ${event}: ${error.message}`);
    }
  }
  return { name, version, isPersistent, requests, faults };
}

function readRequests(event: number, body: ByteReader): ObjectRequest[] {
  switch (event) {
    case EventType.use:
      return [{ kind: "use" }];
    case EventType.release:
      return [{ kind: "release" }];
    case EventType.set: {
      const changes: Change[] = [];
      do {
        const name = readText(body);
        changes.push({ kind: "set", name, value: keepValues(new Amf0Reader(body), 1) });
      } while (body.remaining > 0);
      return changes;
    }
    case EventType.remove:
      return [{ kind: "remove", name: readText(body) }];
    case EventType.clear:
    case EventType.requestClear:
      return [{ kind: "clear" }];
    case EventType.send: {
      const values = new Amf0Reader(body);
      const [name] = readValues(values, 1);
      if (typeof name !== "string") throw new ProtocolError("a message without a name");
      return [{ kind: "send", name, args: keepValues(values) }];
    }
    default:
      return [];
  }
}

/** 16 bits of length, then UTF-8. */
function readText(input: ByteReader): string {
  const length = input.u16();
  const start = input.advance(length);
  return decodeText(input.bytes, start, start + length);
}

/** What Flash clients are told, in the AMF of their object encoding. */
export const FLASH_ENCODERS: Readonly<Record<"amf0" | "amf3", NoticeEncoder>> = {
  amf0: flashEncoder(false),
  amf3: flashEncoder(true),
};

/** The type of the messages that {@link FLASH_ENCODERS} make. */
export function objectMessageType(amf3: boolean): number {
  return amf3 ? MessageType.sharedObjectAmf3 : MessageType.sharedObject;
}

function flashEncoder(amf3: boolean): NoticeEncoder {
  return {
    key: amf3 ? "amf3" : "amf0",
    notice: (notice) => encodeNotice(notice, amf3),
    message({ name, version, isPersistent }, notices) {
      const out = new ByteWriter(64);
      if (amf3) out.u8(0);
      writeText(out, name);
      out.u32(version).u32(isPersistent ? PERSISTENT : 0).u32(0);
      for (const notice of notices) out.bytes(notice);
      return out.take();
    },
  };
}

function encodeNotice(notice: Notice, amf3: boolean): Uint8Array {
  const out = new ByteWriter(64);
  out.u8(EVENT_OF[notice.kind]).u32(0);
  switch (notice.kind) {
    case "changed":
      writeText(out, notice.name);
      writeKept(notice.value, amfWriter(out, amf3));
      break;
    case "accepted":
    case "removed":
      writeText(out, notice.name);
      break;
    case "send": {
      const writer = amfWriter(out, amf3);
      const name = encodeText(notice.name);
      writer.string(name, 0, name.length);
      writeKept(notice.args, writer);
      break;
    }
    case "status":
      writeText(out, notice.code);
      writeText(out, "error");
  }
  out.setU32(1, out.length - EVENT_HEADER);
  return out.take();
}

/** Bytes of an event before its body: type and length. */
const EVENT_HEADER = 5;

const EVENT_OF: Readonly<Record<Notice["kind"], number>> = {
  used: EventType.used,
  clear: EventType.clear,
  changed: EventType.changed,
  accepted: EventType.accepted,
  removed: EventType.removed,
  send: EventType.send,
  status: EventType.status,
};

function writeText(out: ByteWriter, text: string): void {
  const bytes = encodeText(text);
  out.u16(bytes.length).bytes(bytes);
}
