import { Buffer } from "node:buffer";
import { DataTable, type DataValue } from "./data_table.ts";

/**
 * JSON of what scripts keep: a table is an object, a value a string or a boolean. Bytes that are no UTF-8 are
 * `{"$base64": "…"}` as a value and `$base64:…` as a name; so is a name that begins with "$base64".
 */
const BASE64 = "$base64";

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Writes a table as JSON, in pieces, one entry per line. */
export function exportJson(table: DataTable, write: (piece: string) => void): void {
  writeTable(table, "\n", write);
  write("\n");
}

/**
 * Adds the entries of a JSON text to a table; those that are there already are replaced.
 * @returns how many values were read
 * @throws SyntaxError when the text is not JSON, TypeError when it is not what exportJson writes,
 * DataError when nothing can be kept
 */
export function importJson(text: string, table: DataTable): number {
  const json: unknown = JSON.parse(text);
  // Once into the air, so that a faulty text changes nothing.
  readTable(json, DataTable.root({ check() {}, record() {} }), "");
  return readTable(json, table, "");
}

function writeTable(table: DataTable, newline: string, write: (piece: string) => void): void {
  const below = `${newline}  `;
  let before = `{${below}`;
  for (const [name, entry] of table.everything()) {
    write(`${before}${JSON.stringify(textOfName(name))}: `);
    before = `,${below}`;
    if (entry instanceof DataTable) writeTable(entry, below, write);
    else if (typeof entry === "boolean") write(String(entry));
    else write(JSON.stringify(textOf(entry) ?? { [BASE64]: base64Of(entry) }));
  }
  write(before.startsWith("{") ? "{}" : `${newline}}`);
}

function readTable(json: unknown, table: DataTable, path: string): number {
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new TypeError(`${path || "the file"} is ${kindOf(json)}, wanted an object`);
  }
  let count = 0;
  for (const [text, value] of Object.entries(json)) {
    const name = text.startsWith(`${BASE64}:`)
      ? bytesOfBase64(text.slice(BASE64.length + 1), path)
      : bytesOf(text);
    const entryPath = `${path}/${text}`;
    const kept = valueOf(value, entryPath);
    const old = table.get(name);
    if (kept !== undefined) {
      if (old instanceof DataTable) table.remove(name);
      table.set(name, kept);
      count++;
    } else {
      count += readTable(value, table.tableAt(name), entryPath);
    }
  }
  return count;
}

/** What is kept of a value, of a number its text; undefined when it is a table. */
function valueOf(value: unknown, path: string): DataValue | undefined {
  if (typeof value === "string") return bytesOf(value);
  if (typeof value === "number") return String(value);
  if (typeof value === "boolean") return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${path} is ${kindOf(value)}, wanted a string or an object`);
  }
  const keys = Object.keys(value);
  if (keys.length !== 1 || keys[0] !== BASE64) return undefined;
  return bytesOfBase64((value as Record<string, unknown>)[BASE64], path);
}

function bytesOfBase64(text: unknown, path: string): string {
  if (typeof text !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    throw new TypeError(`${path} is not base64`);
  }
  return Buffer.from(text, "base64").toString("latin1");
}

function textOfName(name: string): string {
  const text = textOf(name);
  if (text !== undefined && !text.startsWith(BASE64)) return text;
  return `${BASE64}:${base64Of(name)}`;
}

function textOf(bytes: string): string | undefined {
  try {
    return decoder.decode(Buffer.from(bytes, "latin1"));
  } catch {
    return undefined;
  }
}

function bytesOf(text: string): string {
  return Buffer.from(text).toString("latin1");
}

function base64Of(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("base64");
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
