import { SaxesParser } from "saxes";
import { encodeText, ProtocolError } from "../bytes/mod.ts";
import { MAX_DEPTH, MAX_XML_BYTES, MAX_XML_NODES } from "./limits.ts";
import { xmlString } from "./xml_text.ts";

/** Names of nodes that are no elements; a processing instruction is `?` and its target. */
export const COMMENT = "!--";
export const CDATA = "![CDATA[";
export const DOCTYPE = "!DOCTYPE";

/** An element, or what the constants above name, with its content in order. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: (XmlElement | string)[];
}

/** A document as scripts see it, with the white space that it was written with. */
export interface XmlDocument {
  /** version, encoding, standalone; undefined without XML declaration. */
  readonly declaration: Readonly<Record<string, string>> | undefined;
  readonly nodes: readonly XmlElement[];
  /** White space before each node, and after the last one. */
  readonly spaces: readonly string[];
}

const NONE: Readonly<Record<string, string>> = Object.create(null);

/**
 * Parses a document, without DTD: no entity is defined but XML's own five, nothing is fetched.
 * Strings hold bytes that are not UTF-8 in the form of `xml_text.ts`. Throws ProtocolError.
 */
export function parseXml(bytes: Uint8Array, depth = MAX_DEPTH): XmlDocument {
  if (bytes.length > MAX_XML_BYTES) {
    throw new ProtocolError(
      `an XML document of ${bytes.length} bytes, ${MAX_XML_BYTES} at most`,
      0,
    );
  }
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const text = xmlString(bytes.subarray(bom));
  const parser = new SaxesParser({ position: true });
  const nodes: XmlElement[] = [];
  // The parser tells of all white space but that which comes first.
  const spaces: string[] = [/^[ \t\r\n]*/.exec(text)![0].replace(/\r\n?/g, "\n")];
  const open: XmlElement[] = [];
  let top: XmlElement | undefined;
  let declaration: Record<string, string> | undefined;
  const fail = (reason: string) => {
    const at = encodeText(text.slice(0, Math.max(0, parser.position))).length;
    throw new ProtocolError(reason, Math.min(bom + at, bytes.length));
  };
  let count = 0;
  const countOne = () => {
    if (++count > MAX_XML_NODES) fail(`more than ${MAX_XML_NODES} elements, attributes and texts`);
  };
  const add = (name: string, attributes: Readonly<Record<string, string>>, content?: string) => {
    countOne();
    const node: XmlElement = { name, attributes, children: content === undefined ? [] : [content] };
    if (top !== undefined) top.children.push(node);
    else {
      nodes.push(node);
      spaces.push("");
    }
    return node;
  };
  parser.on("error", (error) => fail(error.message.replace(/^(undefined:)?\d+:\d+: /, "")));
  parser.on("xmldecl", (given) => {
    declaration = {};
    for (const name of ["version", "encoding", "standalone"] as const) {
      if (given[name] !== undefined) declaration[name] = given[name];
    }
  });
  parser.on("text", (text) => {
    if (top === undefined) spaces[spaces.length - 1] += text;
    else top.children.push(text);
  });
  parser.on("cdata", (text) => void add(CDATA, NONE, text));
  parser.on("comment", (text) => void add(COMMENT, NONE, text));
  parser.on("doctype", (text) => void add(DOCTYPE, NONE, text.replace(/^\s/, "")));
  parser.on("processinginstruction", ({ target, body }) => {
    add(`?${target}`, NONE, body === "" ? undefined : body);
  });
  parser.on("attribute", countOne);
  parser.on("opentag", (tag) => {
    if (open.length >= depth) fail(`more than ${depth} levels deep`);
    const attributes = tag.attributes as Record<string, string>;
    if ("__name" in attributes) fail("the attribute name '__name' is reserved");
    top = add(tag.name, attributes);
    open.push(top);
  });
  parser.on("closetag", (tag) => {
    const closed = open.pop();
    if (!tag.isSelfClosing && closed !== undefined && closed.children.length === 0) {
      closed.children.push("");
    }
    top = open[open.length - 1];
  });
  parser.write(text).close();
  return { declaration, nodes, spaces };
}
