import { ProtocolError } from "../bytes/mod.ts";
import type { DataReader, Ref } from "./data.ts";
import { SizeWriter } from "./size_writer.ts";

/** Longest name that every format takes, in bytes: AMF0 has 16 bits for it. */
const MAX_NAME = 0xffff;

/**
 * How large values are in bytes where references are copies, about: what a format without
 * references makes of them.
 * @throws ProtocolError when they are more than `limit`, or have a name that AMF0 cannot carry
 */
export function treeSize(values: DataReader, limit: number): number {
  const size = new TreeSizeWriter();
  values.read(size);
  if (size.total <= limit) return size.total;
  throw new ProtocolError(`values of ${size.total} bytes without references, ${limit} at most`);
}

class TreeSizeWriter extends SizeWriter {
  override reference(): boolean {
    return false;
  }
  override property(source: Uint8Array, start: number, end: number): void {
    checkName(end - start);
    super.property(source, start, end);
  }
  override beginObject(type = ""): Ref {
    checkName(type.length);
    return super.beginObject();
  }
}

function checkName(length: number): void {
  if (length > MAX_NAME) throw new ProtocolError(`a name of ${length} bytes, ${MAX_NAME} at most`);
}
