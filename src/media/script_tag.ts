import { ByteReader, decodeText, ProtocolError } from "../bytes/mod.ts";

/** What a script tag says: a name, and the AMF0 values behind it. */
export interface Script {
  readonly name: string;
  readonly values: Uint8Array;
}

const AMF0_STRING = 0x02;
const AMF0_LONG_STRING = 0x0c;
const AMF0_SWITCH = 0x11;
const AMF3_STRING = 0x06;
/** What RTMP encoders put before the name of metadata. */
const SET_DATA_FRAME = "@setDataFrame";

/**
 * Reads the body of a script tag; undefined when it begins with no name, as FFmpeg's time codes do.
 * The name may be a long string, or one of AMF3, and stand behind the 0 that RTMP has before AMF3.
 */
export function readScript(body: Uint8Array): Script | undefined {
  const reader = new ByteReader(body);
  try {
    if (reader.bytes[0] === 0) reader.advance(1);
    const name = readName(reader);
    if (name === undefined) return undefined;
    const inner = name === SET_DATA_FRAME ? readName(reader) : name;
    return inner === undefined ? undefined : { name: inner, values: reader.rest() };
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}

function readName(reader: ByteReader): string | undefined {
  switch (reader.u8()) {
    case AMF0_STRING:
      return decodeText(reader.view(reader.u16()));
    case AMF0_LONG_STRING:
      return decodeText(reader.view(reader.u32()));
    case AMF0_SWITCH:
      return reader.u8() === AMF3_STRING ? readAmf3Name(reader) : undefined;
    default:
      return undefined;
  }
}

/** Its length is a U29 (AMF3 §1.3.1), whose last bit tells it from a reference to an earlier one. */
function readAmf3Name(reader: ByteReader): string | undefined {
  let header = 0;
  for (let count = 1; count <= 4; count++) {
    const byte = reader.u8();
    if (count === 4) header = header * 256 + byte;
    else header = header * 128 + (byte & 0x7f);
    if ((byte & 0x80) === 0) break;
  }
  return header % 2 === 1 ? decodeText(reader.view(Math.floor(header / 2))) : undefined;
}
