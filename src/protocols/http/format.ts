import { ByteWriter, encodeText, ProtocolError } from "../../bytes/mod.ts";
import {
  Amf0Reader,
  Amf0Writer,
  type DataReader,
  type DataWriter,
  firstText,
  JsonReader,
  JsonWriter,
  QueryReader,
  QueryWriter,
  StringReader,
  type Value,
  ValueReader,
  XmlRpcReader,
  XmlRpcWriter,
} from "../../codecs/mod.ts";
import { RawWriter } from "./raw_writer.ts";

/** The body of a response that values are written into. */
export interface ValueBody {
  readonly writer: DataWriter;
  /** The whole body; nothing is written any more. */
  finish(): Uint8Array<ArrayBuffer>;
}

/** A format in which methods are called and answer. */
export interface Format {
  /** Content type of the answers. */
  readonly type: string;
  /** Text with a structure, whose reading takes far longer than that of bytes: `maxText` holds. */
  readonly isText: boolean;
  /** All values of a body, as arguments of a method that is named elsewhere. */
  whole(body: Uint8Array): DataReader;
  /** The name of the method, when the body has one, and its arguments. */
  read(body: Uint8Array): { readonly name?: string; readonly args: DataReader };
  newBody(): ValueBody;
  /** Errors are answers like any other, with HTTP 200. */
  readonly hasFaults?: true;
  /** An error as the format writes it. */
  error(status: number, code: string, description: string): Uint8Array<ArrayBuffer>;
}

/** Bytes of a body, which is sent and forgotten. */
function bodyBytes(): ByteWriter {
  return ByteWriter.brief(256);
}

/** An answer that says what went wrong as a Flash client would be told. */
export function statusValues(code: string, description: string): Value[] {
  return ["onStatus", { level: "error", code: `NetConnection.${code}`, description }];
}

const AMF_TYPE = "application/x-amf";

/** A format whose first value is the name of the method when it is text, as in WebSocket frames. */
function listFormat(
  type: string,
  reader: (body: Uint8Array) => DataReader,
  newBody: () => ValueBody,
): Format {
  return {
    type,
    isText: type !== AMF_TYPE,
    newBody,
    whole: reader,
    read(body) {
      const args = reader(body);
      const name = firstText(args);
      return name === undefined ? { args: reader(body) } : { name, args };
    },
    error(_status, code, description) {
      const { writer, finish: take } = newBody();
      new ValueReader(statusValues(code, description)).read(writer);
      return take();
    },
  };
}

export const jsonFormat: Format = listFormat(
  "application/json",
  (body) => new JsonReader(body),
  () => {
    const writer = new JsonWriter(bodyBytes());
    return { writer, finish: () => writer.take() };
  },
);

const queryFormat: Format = listFormat(
  "application/x-www-form-urlencoded",
  (body) => new QueryReader(body),
  () => {
    const writer = new QueryWriter(bodyBytes());
    return { writer, finish: () => writer.take() };
  },
);

export const amfFormat: Format = listFormat(
  AMF_TYPE,
  (body) => new Amf0Reader(body),
  () => {
    const out = bodyBytes();
    return { writer: new Amf0Writer(out), finish: () => out.take() };
  },
);

const xmlFormat: Format = {
  type: "text/xml; charset=utf-8",
  isText: true,
  // XML-RPC specification, "Response format": always 200 OK, unless there is a lower-level error.
  hasFaults: true,
  whole: (body) => new XmlRpcReader(body),
  read(body) {
    const args = new XmlRpcReader(body);
    if (args.method === undefined) throw new ProtocolError("an answer where a call was wanted", 0);
    return { name: args.method, args };
  },
  newBody() {
    const writer = new XmlRpcWriter("response", bodyBytes());
    return { writer, finish: () => writer.take() };
  },
  error(status, _code, description) {
    const writer = new XmlRpcWriter("fault");
    new ValueReader([{ faultCode: status, faultString: description }]).read(writer);
    return writer.take();
  },
};

/** Anything else: one text in, text out. */
export const rawFormat: Format = {
  type: "text/plain; charset=utf-8",
  isText: false,
  whole: (body) => new StringReader(body),
  read: (body) => ({ args: new StringReader(body) }),
  newBody() {
    const writer = new RawWriter();
    return { writer, finish: () => writer.take() };
  },
  error: (_status, _code, description) => encodeText(description),
};

const FORMATS: ReadonlyMap<string, Format> = new Map([
  ["application/json", jsonFormat],
  ["text/xml", xmlFormat],
  ["application/xml", xmlFormat],
  ["application/x-amf", amfFormat],
  ["application/amf", amfFormat],
  ["application/x-www-form-urlencoded", queryFormat],
]);

/** The format of a request's body by its Content-Type. */
export function formatOf(contentType = ""): Format {
  return FORMATS.get(contentType) ?? FORMATS.get(mediaTypeOf(contentType)) ?? rawFormat;
}

/** A Content-Type without its parameters, in lower case. */
export function mediaTypeOf(contentType: string): string {
  const end = contentType.indexOf(";");
  return (end === -1 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
}
