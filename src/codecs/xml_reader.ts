import type { DataReader, DataWriter } from "./data.ts";
import { COMMENT, DOCTYPE, parseXml, type XmlDocument, type XmlElement } from "./xml_document.ts";
import { contentOf } from "./xml_content.ts";
import { xmlBytes } from "./xml_text.ts";

/**
 * Reads one XML document as a tree. The document is a mixed array: `xml` (the declaration's
 * attributes) when it has one, and its nodes. A node is its `__name`, its attributes, and as
 * elements its content in order: texts and nodes. CDATA is text, white space around text is no part
 * of it, comments and the document type are left out. A processing instruction is a node named
 * `?target` around its text.
 *
 * With `exact` all of the document is there: white space as it is, that between the nodes of the top
 * as `__space` (joined by commas), comments, CDATA sections and the document type as nodes named
 * `!--`, `![CDATA[` and `!DOCTYPE` around their text; `<a></a>` holds one empty text, `<a/>` nothing.
 */
export class XmlReader implements DataReader {
  readonly #document: XmlDocument;
  readonly #exact: boolean;
  more = true;

  /** Checks all of `bytes` at once: ProtocolError when it is not well-formed XML. */
  constructor(bytes: Uint8Array, exact = false) {
    this.#document = parseXml(bytes);
    this.#exact = exact;
  }

  read(writer: DataWriter, count = 1): number {
    if (!this.more || count < 1) return 0;
    this.more = false;
    const { declaration, spaces } = this.#document;
    const exact = this.#exact;
    const nodes = exact ? this.#document.nodes : this.#document.nodes.filter(isTold);
    const space = exact && spaces.some((text) => text !== "") ? spaces.join(",") : undefined;
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
    for (const node of nodes) element(writer, node, exact);
    writer.endArray();
    return 1;
  }
}

function isTold({ name }: XmlElement): boolean {
  return name !== COMMENT && name !== DOCTYPE;
}

function element(writer: DataWriter, node: XmlElement, exact: boolean): void {
  const { name, attributes: named } = node;
  const children = exact ? node.children : contentOf(node);
  if (children.length === 0) writer.beginObject();
  else writer.beginMixed(children.length);
  attributes(writer, { __name: name });
  attributes(writer, named);
  if (children.length === 0) return writer.endObject();
  writer.endNamed();
  for (const child of children) {
    if (typeof child === "string") string(writer, child);
    else element(writer, child, exact);
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
