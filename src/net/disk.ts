import { dirname, join } from "node:path";

/** A file or a folder, found by its path. */
export interface DiskEntry {
  /** Where it really is: absolute, with symbolic links resolved and `/` between its parts. */
  readonly path: string;
  readonly isFolder: boolean;
  /** Bytes. */
  readonly size: number;
  /** Last modification, in milliseconds since the Unix epoch. */
  readonly modified: number;
}

/** One entry of a folder. */
export interface FolderEntry extends DiskEntry {
  readonly name: string;
}

/** A file that is being read. */
export interface OpenFile {
  /** Fills `buffer` from `position` on, as far as one read goes; 0 at the file's end. */
  read(position: number, buffer: Uint8Array): Promise<number>;
  close(): void;
}

/** Files as protocols see them. */
export interface Disk {
  /** What lies at a path; undefined for nothing, or for what is neither file nor folder. */
  find(path: string): Promise<DiskEntry | undefined>;
  read(path: string): Promise<Uint8Array<ArrayBuffer>>;
  open(path: string): Promise<OpenFile>;
  /** A folder's entries; those that vanish meanwhile are left out. */
  list(path: string): Promise<FolderEntry[]>;
  /** Stores a whole file under its name once all of it is on the disk. */
  store(path: string, body: Uint8Array): Promise<void>;
}

export const disk: Disk = {
  async find(path) {
    try {
      const real = await Deno.realPath(path);
      const info = await Deno.stat(real);
      if (!info.isFile && !info.isDirectory) return undefined;
      const modified = info.mtime?.getTime() ?? 0;
      return { path: portable(real), isFolder: info.isDirectory, size: info.size, modified };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },

  read: (path) => Deno.readFile(path),

  async open(path) {
    const file = await Deno.open(path);
    let at = 0;
    return {
      async read(position, buffer) {
        if (position !== at) at = await file.seek(position, Deno.SeekMode.Start);
        const count = await file.read(buffer) ?? 0;
        at += count;
        return count;
      },
      close: () => file.close(),
    };
  },

  async list(path) {
    const entries: FolderEntry[] = [];
    for await (const { name } of Deno.readDir(path)) {
      const entry = await disk.find(join(path, name));
      if (entry !== undefined) entries.push({ ...entry, name });
    }
    return entries;
  },

  async store(path, body) {
    // Beside it, so that it is one step to its name; a name as long as may be leaves no room for more.
    const part = join(dirname(path), `.${crypto.randomUUID()}`);
    try {
      await Deno.writeFile(part, body, { createNew: true });
      await Deno.rename(part, path);
    } catch (error) {
      await Deno.remove(part).catch(() => {});
      throw error;
    }
  },
};

function portable(path: string): string {
  return Deno.build.os === "windows" ? path.replaceAll("\\", "/") : path;
}

/** True when the path leads nowhere, whatever the reason. */
function isMissing(error: unknown): boolean {
  if (
    error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.FilesystemLoop || error instanceof Deno.errors.PermissionDenied
  ) return true;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENAMETOOLONG" || code === "EINVAL";
}
