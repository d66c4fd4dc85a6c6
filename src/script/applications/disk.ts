/** What the disk says of a path. */
export interface FileInfo {
  readonly isDirectory: boolean;
  /** Bytes. */
  readonly size: number;
  /** Last modification, in milliseconds since the Unix epoch. */
  readonly modified: number;
}

/** What a path is; undefined when there is nothing, or nothing that may be seen. */
export function fileInfo(path: string): FileInfo | undefined {
  try {
    const { isDirectory, size, mtime } = Deno.statSync(path);
    return { isDirectory, size, modified: mtime?.getTime() ?? 0 };
  } catch {
    return undefined;
  }
}

/** Where a path leads when all links are followed; undefined when there is nothing. */
export function realPath(path: string): string | undefined {
  try {
    return Deno.realPathSync(path);
  } catch {
    return undefined;
  }
}

/** A file's bytes. @throws what the system says */
export function readBytes(path: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(path);
}

/** Names in a folder, sorted; none when it is no folder. */
export function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
}

/** The process's environment variables; none when they may not be read. */
export function environmentVariables(): Record<string, string> {
  try {
    return Deno.env.toObject();
  } catch {
    return {};
  }
}

/** What `print` does: a line on the console. */
export function printLine(bytes: Uint8Array): void {
  const line = new Uint8Array(bytes.length + 1);
  line.set(bytes);
  line[bytes.length] = 0x0a;
  writeAll(Deno.stdout, line);
}

/** Writes all bytes, however many calls it takes. */
export function writeAll(to: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += to.writeSync(bytes.subarray(at));
}
