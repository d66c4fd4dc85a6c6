import { ByteWriter, encodeText } from "../../bytes/mod.ts";
import { JsonWriter } from "../../codecs/mod.ts";
import { type Notice, type NoticeEncoder, writeKept } from "../../flash/mod.ts";
import { SHARED_OBJECT } from "./params.ts";

/**
 * What clients in JSON are told of their objects: `["__sharedObject", name, version, …]`, with one
 * array for each thing that happened.
 */
export const JSON_NOTICES: NoticeEncoder = {
  key: "json",
  notice(notice) {
    const writer = new JsonWriter(new ByteWriter(64));
    for (const text of textsOf(notice)) {
      const bytes = encodeText(text);
      writer.string(bytes, 0, bytes.length);
    }
    if (notice.kind === "changed") writeKept(notice.value, writer);
    if (notice.kind === "send") writeKept(notice.args, writer);
    return writer.take();
  },
  message({ name, version, isPersistent }, notices) {
    const out = new ByteWriter(64);
    const head = [SHARED_OBJECT, name, version, isPersistent].map((part) => JSON.stringify(part));
    out.text(`[${head.join()}`);
    for (const notice of notices) out.u8(COMMA).bytes(notice);
    return out.u8(BRACKET).take();
  },
};

const COMMA = 0x2c;
const BRACKET = 0x5d;

/** What a notice begins with. */
function textsOf(notice: Notice): string[] {
  if (notice.kind === "used" || notice.kind === "clear") return [notice.kind];
  return [notice.kind, notice.kind === "status" ? notice.code : notice.name];
}
