import { CDATA, COMMENT, type XmlElement } from "./xml_document.ts";

/**
 * What an element says: its texts and nodes in order. CDATA is text, one with the text beside it;
 * white space at both ends of a text, but for that of CDATA, is left out, and so are comments.
 */
export function contentOf({ children }: XmlElement): (XmlElement | string)[] {
  const content: (XmlElement | string)[] = [];
  let run = new TextRun();
  for (const child of children) {
    if (typeof child === "string") run.add(child, false);
    else if (child.name === CDATA) run.add(textOf(child), true);
    else if (child.name !== COMMENT) {
      if (run.text !== "") content.push(run.text);
      run = new TextRun();
      content.push(child);
    }
  }
  if (run.text !== "") content.push(run.text);
  return content;
}

function textOf({ children }: XmlElement): string {
  const [text] = children;
  return typeof text === "string" ? text : "";
}

/** Texts and CDATA sections one after the other. */
class TextRun {
  #all = "";
  /** Where the white space begins that is left out when nothing follows. */
  #end = 0;

  add(text: string, isWhole: boolean): void {
    this.#all += isWhole || this.#all !== "" ? text : text.slice(leading(text));
    if (isWhole) this.#end = this.#all.length;
    else if (leading(text) < text.length) this.#end = this.#all.length - trailing(text);
  }

  get text(): string {
    return this.#all.slice(0, this.#end);
  }
}

function leading(text: string): number {
  let count = 0;
  while (isSpace(text.charCodeAt(count))) count++;
  return count;
}

function trailing(text: string): number {
  let count = 0;
  while (isSpace(text.charCodeAt(text.length - 1 - count))) count++;
  return count;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d;
}
