import { ByteWriter, encodeText } from "../bytes/mod.ts";
import type { DataWriter, Ref, VectorKind } from "./data.ts";
import { isoDate, toBase64 } from "./text_forms.ts";
import { escapeXml, writeAscii } from "./xml_text.ts";

/** What an open container is. */
type Kind =
  | "params"
  | "array"
  | "struct"
  /** The named part of a mixed array: the struct that is its first value. */
  | "named";

const SIZE = encodeText("__size");

/**
 * Writes XML-RPC (xmlrpc.com/spec): its values are the parameters of a `methodResponse`, or of a
 * `methodCall` of the method given, or the one value of a `fault`; {@link take} closes it. What it
 * lacks: null and undefined, and numbers that are not finite, are `<nil/>`; whole numbers past 32
 * bits are doubles, those past 2^53 `i8`; dates are whole seconds of UTC; a class name is the
 * member `__type`; a mixed array begins with the struct of its named part; a dictionary is an array
 * of `__size`, its size, and its keys and values in turn.
 */
export class XmlRpcWriter implements DataWriter {
  readonly #out: ByteWriter;
  readonly #head: string;
  readonly #tail: string;
  readonly #fault: boolean;
  readonly #open: Kind[] = [];
  #kind: Kind = "params";
  #isStarted = false;

  constructor(
    answer: { readonly method: string } | "response" | "fault" = "response",
    output: ByteWriter = new ByteWriter(256),
  ) {
    this.#out = output;
    this.#fault = answer === "fault";
    if (typeof answer === "object") {
      const name = new ByteWriter();
      const text = encodeText(answer.method);
      escapeXml(name, text, 0, text.length);
      let method = "";
      for (const byte of name.view()) method += String.fromCharCode(byte);
      this.#head = `<methodCall><methodName>${method}</methodName><params>`;
      this.#tail = "</params></methodCall>";
    } else {
      this.#head = this.#fault ? "<methodResponse><fault>" : "<methodResponse><params>";
      this.#tail = this.#fault ? "</fault></methodResponse>" : "</params></methodResponse>";
    }
  }

  /** Hands the text over and begins the next one. */
  take(): Uint8Array<ArrayBuffer> {
    this.#start();
    writeAscii(this.#out, this.#tail);
    this.#isStarted = false;
    this.#open.length = 0;
    this.#kind = "params";
    return this.#out.take();
  }

  null(): void {
    this.#scalar("<nil/>");
  }

  undefined(): void {
    this.null();
  }

  boolean(value: boolean): void {
    this.#scalar(`<boolean>${value ? 1 : 0}</boolean>`);
  }

  number(value: number): void {
    if ((value | 0) === value && !Object.is(value, -0)) this.#scalar(`<int>${value}</int>`);
    else if (Number.isFinite(value)) this.#scalar(`<double>${plainNumber(value)}</double>`);
    else this.null();
  }

  bigint(value: bigint): void {
    this.#scalar(`<i8>${value}</i8>`);
  }

  string(source: Uint8Array, start: number, end: number): void {
    this.#before();
    this.#string(source, start, end);
    this.#after();
  }

  date(time: number, _zone: number): Ref {
    const text = isoDate(time)?.replace(/-(\d\d)-(\d\d)T/, "$1$2T").replace(/\.\d+Z$/, "");
    this.#scalar(
      text === undefined ? "<nil/>" : `<dateTime.iso8601>${text}</dateTime.iso8601>`,
    );
    return 0;
  }

  bytes(source: Uint8Array, start: number, end: number): Ref {
    this.#scalar(`<base64>${toBase64(source, start, end)}</base64>`);
    return 0;
  }

  xml(source: Uint8Array, start: number, end: number, _legacy: boolean): Ref {
    this.string(source, start, end);
    return 0;
  }

  beginObject(type = ""): Ref {
    this.#begin("struct", "<struct>");
    if (type !== "") {
      const name = encodeText(type);
      writeAscii(this.#out, "<member><name>__type</name><value>");
      this.#string(name, 0, name.length);
      writeAscii(this.#out, "</value></member>");
    }
    return 0;
  }

  property(source: Uint8Array, start: number, end: number): void {
    writeAscii(this.#out, "<member><name>");
    escapeXml(this.#out, source, start, end);
    writeAscii(this.#out, "</name>");
  }

  endObject(): void {
    this.#end();
  }

  beginArray(_length: number): Ref {
    this.#begin("array", "<array><data>");
    return 0;
  }

  endArray(): void {
    this.#end();
  }

  beginMixed(length: number): Ref {
    if (length === 0) this.#begin("struct", "<struct>");
    else this.#begin("named", "<array><data><value><struct>");
    return 0;
  }

  endNamed(): void {
    if (this.#kind !== "named") return;
    writeAscii(this.#out, "</struct></value>");
    this.#kind = "array";
  }

  beginVector(_kind: VectorKind, length: number, _fixed: boolean): Ref {
    return this.beginArray(length);
  }

  beginDictionary(size: number, _weakKeys: boolean): Ref {
    this.beginArray(size * 2 + 2);
    this.string(SIZE, 0, SIZE.length);
    this.number(size);
    return 0;
  }

  endDictionary(): void {
    this.#end();
  }

  reference(_ref: Ref): boolean {
    return false;
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    writeAscii(this.#out, `<?xml version="1.0"?>${this.#head}`);
  }

  #scalar(text: string): void {
    this.#before();
    writeAscii(this.#out, text);
    this.#after();
  }

  #string(source: Uint8Array, start: number, end: number): void {
    writeAscii(this.#out, "<string>");
    escapeXml(this.#out, source, start, end);
    writeAscii(this.#out, "</string>");
  }

  #before(): void {
    this.#start();
    writeAscii(this.#out, this.#kind === "params" && !this.#fault ? "<param><value>" : "<value>");
  }

  #after(): void {
    if (this.#kind === "array") writeAscii(this.#out, "</value>");
    else if (this.#kind !== "params") writeAscii(this.#out, "</value></member>");
    else writeAscii(this.#out, this.#fault ? "</value>" : "</value></param>");
  }

  #begin(kind: Kind, text: string): void {
    this.#before();
    writeAscii(this.#out, text);
    this.#open.push(this.#kind);
    this.#kind = kind;
  }

  #end(): void {
    const outer = this.#open.pop();
    if (outer === undefined) throw new RangeError("a container ended that was not begun");
    writeAscii(this.#out, this.#kind === "struct" ? "</struct>" : "</data></array>");
    this.#kind = outer;
    this.#after();
  }
}

/** A decimal number without exponent, which XML-RPC has not. */
function plainNumber(value: number): string {
  const text = Object.is(value, -0) ? "-0.0" : String(value);
  const parts = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (parts === null) return text;
  const [, sign = "", lead = "", rest = "", power = "0"] = parts;
  const digits = lead + rest;
  const exponent = Number(power);
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return sign + digits.padEnd(exponent + 1, "0");
}
