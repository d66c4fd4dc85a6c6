import { type ByteReader, type ByteWriter, encodeText, ProtocolError } from "../../bytes/mod.ts";
import type { Publication } from "../../hub/mod.ts";
import type { DataFormat, MediaEncoder, MediaMessage } from "../../media/mod.ts";
import { MAX_FRAME_NAME } from "../params.ts";
import { FrameType, readName, writeFrame, writeName } from "../link/frame.ts";

const FORMATS: readonly DataFormat[] = ["amf0", "amf3", "json", "raw"];

/**
 * Media as frames of a stream link. Audio and video: 32 bits of time, then the tag body. Data and
 * metadata: 8 bits of format, the name, then the payload; a name too long for a frame is left out.
 */
export const linkEncoder: MediaEncoder = {
  key: "link",
  encode({ kind, role, time, payload, name, format }: MediaMessage, out: ByteWriter): void {
    switch (kind) {
      case "audio":
      case "video":
        return writeFrame(out, FrameType[kind], (out) => out.u32(time).bytes(payload));
      case "data": {
        if (encodeText(name).length > MAX_FRAME_NAME) return;
        const type = role === "config" ? FrameType.metadata : FrameType.data;
        return writeFrame(out, type, (out) => {
          out.u8(FORMATS.indexOf(format));
          writeName(out, name);
          out.bytes(payload);
        });
      }
      case "unpublished":
        return writeFrame(out, FrameType.unpublished);
    }
  },
};

/**
 * Appends a frame of a stream link to a publication; what is no media is left out.
 * @throws ProtocolError
 */
export function appendFrame(publication: Publication, type: number, body: ByteReader): void {
  switch (type) {
    case FrameType.audio:
      return publication.audio(body.u32(), body.rest().slice());
    case FrameType.video:
      return publication.video(body.u32(), body.rest().slice());
    case FrameType.data:
    case FrameType.metadata: {
      const format = FORMATS[body.u8()];
      if (format === undefined) throw new ProtocolError("data of an unknown format", body.offset);
      const name = readName(body);
      const payload = body.rest().slice();
      if (type === FrameType.data) publication.data(name, payload, format);
      else publication.setMetadata(name, payload, format);
    }
  }
}
