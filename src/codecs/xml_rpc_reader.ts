import { decodeText, encodeText, ProtocolError } from "../bytes/mod.ts";
import type { DataReader, DataWriter } from "./data.ts";
import { MAX_XML_RPC_DEPTH } from "./limits.ts";
import { fromBase64, textNumber } from "./text_forms.ts";
import { CDATA, parseXml, type XmlElement } from "./xml_document.ts";
import { xmlBytes } from "./xml_text.ts";

/** A call, the answer to one, or an answer that says why there is none. */
export type XmlRpcKind = "call" | "response" | "fault";

/**
 * Reads XML-RPC (xmlrpc.com/spec): the parameters of a `methodCall` or a `methodResponse`, or the
 * struct of a `fault`. Beside the types of the specification it knows `nil` and `i8`, also with a
 * name space, and every form of ISO 8601; a date without zone is UTC. A struct whose first member
 * is the text `__type` is an object of that class, an array that begins with the text `__size` and
 * its size a dictionary.
 */
export class XmlRpcReader implements DataReader {
  readonly isTree = true;
  readonly kind: XmlRpcKind;
  /** Name of the method called; undefined in an answer. */
  readonly method: string | undefined;
  readonly #values: readonly XmlElement[];
  #next = 0;

  /** Checks all of `bytes` at once: ProtocolError when it is not XML-RPC. */
  constructor(bytes: Uint8Array) {
    const root = parseXml(bytes, MAX_XML_RPC_DEPTH).nodes.find(isElement);
    const call = root?.name === "methodCall";
    if (root === undefined || (!call && root.name !== "methodResponse")) {
      throw new ProtocolError("neither a methodCall nor a methodResponse", 0);
    }
    this.method = call ? plainText(only(root, "methodName")).trim() : undefined;
    const fault = call ? undefined : elements(root).find(({ name }) => name === "fault");
    this.kind = call ? "call" : fault === undefined ? "response" : "fault";
    if (fault !== undefined) {
      this.#values = [only(fault, "value")];
    } else {
      const params = elements(root).find(({ name }) => name === "params");
      this.#values = params === undefined
        ? []
        : elements(params).map((param) => only(named(param, "param"), "value"));
    }
    for (const value of this.#values) check(value);
  }

  get more(): boolean {
    return this.#next < this.#values.length;
  }

  read(writer: DataWriter, count = Infinity): number {
    let done = 0;
    for (; done < count && this.more; done++) write(writer, this.#values[this.#next++]!);
    return done;
  }
}

function isElement({ name }: XmlElement): boolean {
  return name[0] !== "!" && name[0] !== "?";
}

function elements(parent: XmlElement): XmlElement[] {
  const isOne = (child: XmlElement | string): child is XmlElement =>
    typeof child !== "string" && isElement(child);
  return parent.children.filter(isOne);
}

function named(element: XmlElement, name: string): XmlElement {
  if (element.name === name) return element;
  throw new ProtocolError(`XML-RPC has <${element.name}> where it wants <${name}>`, 0);
}

function only(parent: XmlElement, name: string): XmlElement {
  const found = elements(parent).find((child) => child.name === name);
  if (found !== undefined) return found;
  throw new ProtocolError(`XML-RPC has no <${name}> in <${parent.name}>`, 0);
}

/** All text directly in an element, CDATA included. */
function textOf({ children }: XmlElement): string {
  let text = "";
  for (const child of children) {
    if (typeof child === "string") text += child;
    else if (child.name === CDATA) text += child.children[0] ?? "";
  }
  return text;
}

/** The same for a text that leaves the reader as a string. */
function plainText(element: XmlElement): string {
  return decodeText(xmlBytes(textOf(element)));
}

/** The element in a value that tells its type; undefined for plain text. */
function typed(value: XmlElement): XmlElement | undefined {
  return elements(value)[0];
}

/** Type without name space: `ex:nil` of the Apache extensions is `nil`. */
function typeOf({ name }: XmlElement): string {
  return name.slice(name.indexOf(":") + 1);
}

/** Refuses a value that {@link write} could not write to its end. */
function check(value: XmlElement): void {
  const content = typed(value);
  if (content === undefined) return;
  switch (typeOf(content)) {
    case "struct":
      for (const member of elements(content)) {
        only(named(member, "member"), "name");
        check(only(member, "value"));
      }
      return;
    case "array":
      for (const element of elements(only(content, "data"))) check(named(element, "value"));
      return;
    default:
      if (scalar(content) === undefined) {
        const text = textOf(content).slice(0, 40);
        throw new ProtocolError(`XML-RPC has <${content.name}> with '${text}'`, 0);
      }
  }
}

type Scalar = (writer: DataWriter) => void;

/** Undefined when the type is unknown, or the text not of its form. */
function scalar(content: XmlElement): Scalar | undefined {
  const text = textOf(content);
  const trimmed = text.trim();
  switch (typeOf(content)) {
    case "string": {
      const bytes = xmlBytes(text);
      return (writer) => writer.string(bytes, 0, bytes.length);
    }
    case "int":
    case "i1":
    case "i2":
    case "i4":
    case "i8": {
      if (!/^[+-]?\d{1,20}$/.test(trimmed)) return undefined;
      const value = textNumber(trimmed.replace("+", ""));
      return (writer) => typeof value === "bigint" ? writer.bigint(value) : writer.number(value);
    }
    case "double":
    case "float": {
      if (!/^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$/.test(trimmed)) return undefined;
      return (writer) => writer.number(Number(trimmed));
    }
    case "boolean":
      if (!/^([01]|true|false)$/.test(trimmed)) return undefined;
      return (writer) => writer.boolean(trimmed === "1" || trimmed === "true");
    case "dateTime.iso8601":
    case "dateTime": {
      const time = dateOf(trimmed);
      return time === undefined ? undefined : (writer) => void writer.date(time, 0);
    }
    case "base64": {
      const source = encodeText(text);
      const bytes = fromBase64(source, 0, source.length);
      return bytes === undefined
        ? undefined
        : (writer) => void writer.bytes(bytes, 0, bytes.length);
    }
    case "nil":
      return (writer) => writer.null();
    default:
      return undefined;
  }
}

function dateOf(text: string): number | undefined {
  const parts =
    /^(\d{4}|[+-]\d{6})-?(\d\d)-?(\d\d)T(\d\d):?(\d\d):?(\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?$/
      .exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", zone = "Z"] = parts;
  const colon = zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone;
  const time = Date.parse(
    `${year}-${month}-${day}T${hour}:${minute}:${second}${fraction.slice(0, 4)}${colon}`,
  );
  return Number.isNaN(time) ? undefined : time;
}

function write(writer: DataWriter, value: XmlElement): void {
  const content = typed(value);
  if (content === undefined) {
    const bytes = xmlBytes(textOf(value));
    return writer.string(bytes, 0, bytes.length);
  }
  switch (typeOf(content)) {
    case "struct":
      return writeStruct(writer, elements(content));
    case "array": {
      const data = elements(only(content, "data"));
      if (isDictionary(data)) return writeDictionary(writer, data);
      writer.beginArray(data.length);
      for (const element of data) write(writer, element);
      return writer.endArray();
    }
    default:
      scalar(content)?.(writer);
  }
}

/** `__size`, the size and as many keys with their values. */
function isDictionary([mark, size, ...rest]: readonly XmlElement[]): boolean {
  const wanted = String(rest.length / 2);
  return mark !== undefined && size !== undefined && textOf(typed(mark) ?? mark) === "__size" &&
    typed(size)?.name === "int" && textOf(typed(size) ?? size) === wanted;
}

function writeDictionary(writer: DataWriter, data: readonly XmlElement[]): void {
  writer.beginDictionary(data.length / 2 - 1, false);
  for (let at = 2; at < data.length; at++) write(writer, data[at]!);
  writer.endDictionary();
}

function writeStruct(writer: DataWriter, members: readonly XmlElement[]): void {
  const type = className(members[0]);
  writer.beginObject(type);
  for (const member of type === undefined ? members : members.slice(1)) {
    const name = xmlBytes(textOf(only(member, "name")));
    writer.property(name, 0, name.length);
    write(writer, only(member, "value"));
  }
  writer.endObject();
}

function className(member: XmlElement | undefined): string | undefined {
  if (member === undefined || textOf(only(member, "name")) !== "__type") return undefined;
  const value = only(member, "value");
  const content = typed(value) ?? value;
  return content === value || typeOf(content) === "string" ? plainText(content) : undefined;
}
