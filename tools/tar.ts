/** A file of an archive. */
export interface Entry {
  /** Relative, at most 100 bytes. */
  path: string;
  bytes: Uint8Array;
  executable: boolean;
}

const block = 512;

/**
 * The entries as a ustar archive (POSIX.1-1988), with no owner and no date, so that the same files
 * always give the same bytes. Folders come with their files.
 */
export function tar(entries: Iterable<Entry>): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const known = new Set<string>();
  for (const { path, bytes, executable } of entries) {
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
      const folder = path.slice(0, at + 1);
      if (!known.has(folder)) parts.push(header(folder, 0, 0o755, "5"));
      known.add(folder);
    }
    parts.push(header(path, bytes.length, executable ? 0o755 : 0o644, "0"), bytes);
    parts.push(new Uint8Array((block - bytes.length % block) % block));
  }
  parts.push(new Uint8Array(2 * block));
  return joined(parts);
}

/** All parts one after the other. */
export function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function header(path: string, size: number, mode: number, type: string): Uint8Array {
  const bytes = new Uint8Array(block);
  const put = (at: number, text: string) => bytes.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  if (new TextEncoder().encode(path).length > 100) throw new Error(`too long for tar: ${path}`);
  put(0, path);
  put(100, octal(mode, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(size, 11));
  put(136, octal(0, 11));
  put(148, " ".repeat(8));
  put(156, type);
  put(257, "ustar\0" + "00");
  put(148, `${octal(bytes.reduce((sum, byte) => sum + byte, 0), 6)} `);
  return bytes;
}
