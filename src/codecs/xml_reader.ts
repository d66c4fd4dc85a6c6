import type { DataReader, DataWriter } from "./data.ts";
import { parseXml, type XmlDocument, type XmlElement } from "./xml_document.ts";
import { xmlBytes } from "./xml_text.ts";

/**
 * Reads one XML document as a tree. The document is a mixed array: `xml` (the declaration's
 * attributes) and `__space` (white space between the nodes of the top, joined by commas) when it
 * has them, and its nodes. A node is its `__name`, its attributes, and as elements its content in
 * order: texts and nodes. Comments, CDATA sections, document types and processing instructions are
 * nodes named `!--`, `![CDATA[`, `!DOCTYPE` and `?target` around their text. `<a></a>` holds one
 * empty text, `<a/>` nothing.
 */
export class XmlReader implements DataReader {
  readonly #document: XmlDocument;
  more = true;

  /** Checks all of `bytes` at once: ProtocolError when it is not well-formed XML. */
  constructor(bytes: Uint8Array) {
    this.#document = parseXml(bytes);
  }

  read(writer: DataWriter, count = 1): number {
    if (!this.more || count < 1) return 0;
    this.more = false;
    const { declaration, nodes, spaces } = this.#document;
    const space = spaces.some((text) => text !== "") ? spaces.join(",") : undefined;
    if (declaration === undefined && space === undefined) {
      writer.beginArray(nodes.length);
    } else {
      writer.beginMixed(nodes.length);
      if (declaration !== undefined) {
        property(writer, "xml");
        writer.beginObject();
        attributes(writer, declaration);
        writer.endObject();
      }
      if (space !== undefined) attributes(writer, { __space: space });
      writer.endNamed();
    }
    for (const node of nodes) element(writer, node);
    writer.endArray();
    return 1;
  }
}

function element(writer: DataWriter, { name, attributes: named, children }: XmlElement): void {
  if (children.length === 0) writer.beginObject();
  else writer.beginMixed(children.length);
  attributes(writer, { __name: name });
  attributes(writer, named);
  if (children.length === 0) return writer.endObject();
  writer.endNamed();
  for (const child of children) {
    if (typeof child === "string") string(writer, child);
    else element(writer, child);
  }
  writer.endArray();
}

function attributes(writer: DataWriter, named: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(named)) {
    property(writer, name);
    string(writer, value);
  }
}

function property(writer: DataWriter, text: string): void {
  const bytes = xmlBytes(text);
  writer.property(bytes, 0, bytes.length);
}

function string(writer: DataWriter, text: string): void {
  const bytes = xmlBytes(text);
  writer.string(bytes, 0, bytes.length);
}
