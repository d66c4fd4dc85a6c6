/** A byte that may be any in what is replaced; in what replaces it, the next of these again. */
export const ANY = -1;

/** Bytes of a WebAssembly module, and those that replace them. */
export interface Change {
  readonly what: string;
  readonly from: readonly number[];
  /** As long as `from`, but for code. */
  readonly to: readonly number[];
  /** How often `from` is there. */
  readonly count: number;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

const HEADER = 8;
const CODE_SECTION = 10;

/**
 * A copy of a WebAssembly module with changes made to it; what is in a function's body may grow
 * (WebAssembly Core Specification 2.0 §5.5).
 * @throws Error for another module than the changes were written for
 */
export function changeModule(
  module: Uint8Array,
  changes: readonly Change[],
): Uint8Array<ArrayBuffer> {
  const edits = changes.flatMap((change) => editsOf(module, change));
  edits.sort((a, b) => a.start - b.start);
  const made = [module.subarray(0, HEADER)];
  for (let at = HEADER; at < module.length;) {
    const [size, start] = unsigned(module, at + 1);
    const end = start + size;
    const content = module[at] === CODE_SECTION
      ? changeBodies(module, start, edits)
      : changePart(module, start, end, edits);
    made.push(module.subarray(at, at + 1), encoded(content.length), content);
    at = end;
  }
  return joined(made);
}

function editsOf(module: Uint8Array, { what, from, to, count }: Change): Edit[] {
  const edits: Edit[] = [];
  const first = from[0] as number;
  for (let at = module.indexOf(first); at >= 0; at = module.indexOf(first, at + 1)) {
    if (!from.every((byte, index) => byte === ANY || module[at + index] === byte)) continue;
    const kept = from.flatMap((byte, index) => byte === ANY ? [module[at + index] as number] : []);
    const bytes = Uint8Array.from(to, (byte) => byte === ANY ? kept.shift() as number : byte);
    edits.push({ start: at, end: at + from.length, bytes });
  }
  if (edits.length === count) return edits;
  throw new Error(
    `this build of Lua is not the expected one: ${what} must be there ${count} times, ` +
      `but is ${edits.length} times`,
  );
}

/** The functions' bodies, each after its size. */
function changeBodies(module: Uint8Array, start: number, edits: readonly Edit[]): Uint8Array {
  const [count, first] = unsigned(module, start);
  const made = [module.subarray(start, first)];
  let at = first;
  for (let i = 0; i < count; i++) {
    const [size, body] = unsigned(module, at);
    at = body + size;
    const changed = changePart(module, body, at, edits);
    made.push(encoded(changed.length), changed);
  }
  return joined(made);
}

function changePart(
  module: Uint8Array,
  start: number,
  end: number,
  edits: readonly Edit[],
): Uint8Array {
  const made: Uint8Array[] = [];
  let at = start;
  for (const edit of edits) {
    if (edit.start < start || edit.end > end) continue;
    made.push(module.subarray(at, edit.start), edit.bytes);
    at = edit.end;
  }
  if (at === start) return module.subarray(start, end);
  return joined([...made, module.subarray(at, end)]);
}

/** An unsigned integer in LEB128, and where it ends. */
function unsigned(module: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let shift = 0;; shift += 7) {
    const byte = module[at++] as number;
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

function encoded(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push(value & 0x7f | 0x80);
  return Uint8Array.of(...bytes, value);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
