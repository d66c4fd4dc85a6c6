import type { ByteWriter } from "../bytes/mod.ts";
import { decodeText } from "../bytes/mod.ts";
import { CDATA, COMMENT, DOCTYPE } from "./xml_document.ts";
import { escapeXml, writeAscii, xmlName } from "./xml_text.ts";

/** A node to be written; all text is bytes. */
export interface OutputNode {
  /** Undefined for a container without any name, which is its content alone. */
  name: Uint8Array | undefined;
  /** The name is the one it had in its parent: `xml` at the top is then the declaration. */
  keyed: boolean;
  /** By name in the form of `xmlName`. */
  readonly attributes: Map<string, Uint8Array>;
  readonly children: (OutputNode | Uint8Array)[];
  /** White space before each node of the top, joined by commas. */
  space: string | undefined;
}

/**
 * Appends what stands at the top of a document. A space stands after the name and each attribute of
 * an opening tag, as MonaServer writes it.
 */
export function writeTop(out: ByteWriter, node: OutputNode): void {
  const nodes = node.children.filter((child) => !isDeclaration(child));
  const declaration = node.children.find(isDeclaration);
  if (declaration !== undefined) writeDeclaration(out, declaration as OutputNode);
  writeNamed(out, node);
  const spaces = /^[ \t\r\n,]*$/.test(node.space ?? "") ? node.space?.split(",") ?? [] : [];
  for (const [at, child] of nodes.entries()) {
    writeAscii(out, spaces[at] ?? "");
    if (!(child instanceof Uint8Array)) {
      if (child.name === undefined) writeTop(out, child);
      else writeNode(out, child);
    } else if (isBlank(child)) {
      out.bytes(child);
    } else {
      writeAscii(out, "<value >");
      escapeXml(out, child, 0, child.length);
      writeAscii(out, "</value>");
    }
  }
  writeAscii(out, spaces[nodes.length] ?? "");
}

function isDeclaration(node: OutputNode | Uint8Array): boolean {
  if (node instanceof Uint8Array || !node.keyed || node.name === undefined) return false;
  return decodeText(node.name) === "xml";
}

function isBlank(text: Uint8Array): boolean {
  return text.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);
}

/** XML wants its three attributes in this order, whatever order a table gave them. */
function writeDeclaration(out: ByteWriter, { attributes }: OutputNode): void {
  writeAscii(out, "<?xml ");
  for (const wanted of ["version", "encoding", "standalone"]) {
    const value = attributes.get(wanted);
    if (value === undefined && wanted !== "version") continue;
    writeAscii(out, `${wanted}="`);
    if (value === undefined) writeAscii(out, "1.0");
    else escapeXml(out, value, 0, value.length, true);
    writeAscii(out, '" ');
  }
  writeAscii(out, "?>");
}

function writeNode(out: ByteWriter, node: OutputNode): void {
  const { name, attributes, children } = node;
  if (name === undefined) {
    writeNamed(out, node);
    return writeContent(out, node);
  }
  if ((name[0] === 0x21 || name[0] === 0x3f) && writeSpecial(out, decodeText(name), node)) return;
  const tag = xmlName(name);
  writeAscii(out, `<${tag} `);
  for (const [attribute, value] of attributes) {
    writeAscii(out, `${attribute}="`);
    escapeXml(out, value, 0, value.length, true);
    writeAscii(out, '" ');
  }
  if (children.length === 0) return writeAscii(out, "/>");
  out.u8(0x3e);
  writeContent(out, node);
  writeAscii(out, `</${tag}>`);
}

/** The named scalars of a container without name, as elements. */
function writeNamed(out: ByteWriter, { attributes }: OutputNode): void {
  for (const [name, value] of attributes) {
    writeAscii(out, `<${name} >`);
    escapeXml(out, value, 0, value.length);
    writeAscii(out, `</${name}>`);
  }
}

function writeContent(out: ByteWriter, { children }: OutputNode): void {
  for (const child of children) {
    if (child instanceof Uint8Array) escapeXml(out, child, 0, child.length);
    else writeNode(out, child);
  }
}

/** Writes a node that is no element, its text bent where it would end the node; false for others. */
function writeSpecial(out: ByteWriter, name: string, node: OutputNode): boolean {
  const text = contentText(node);
  if (name === COMMENT) {
    writeAscii(out, `<!--${text.replace(/--/g, "- -").replace(/--|-$/g, "- ")}-->`);
  } else if (name === CDATA) {
    writeAscii(out, `<![CDATA[${text.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`);
  } else if (name === DOCTYPE) {
    writeAscii(out, `<!DOCTYPE ${text}>`);
  } else if (name[0] === "?") {
    const target = xmlName(node.name!.subarray(1));
    writeAscii(out, `<?${target}${text === "" ? "" : " "}${text.replaceAll("?>", "? >")}?>`);
  } else {
    return false;
  }
  return true;
}

/** All text in a node, one character per byte, as {@link writeAscii} takes it. */
function contentText(node: OutputNode): string {
  let text = "";
  for (const child of node.children) {
    if (!(child instanceof Uint8Array)) text += contentText(child);
    else for (const byte of child) text += String.fromCharCode(byte);
  }
  return text;
}
