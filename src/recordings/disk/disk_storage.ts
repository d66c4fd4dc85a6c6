import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { slices } from "./slices.ts";
import type { FileInfo, ReadableFile, Storage, WritableFile } from "../storage.ts";

/** Folders that are looked into below each other. */
const MAX_DEPTH = 32;

/** The machine's disk. */
export const diskStorage: Storage = {
  async create(path) {
    await Deno.mkdir(dirname(path), { recursive: true });
    try {
      return writable(await Deno.open(path, { write: true, createNew: true }));
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return undefined;
      throw error;
    }
  },

  async resume(path, position) {
    const file = await Deno.open(path, { write: true });
    try {
      await file.truncate(position);
      await file.seek(position, Deno.SeekMode.Start);
      return writable(file);
    } catch (error) {
      file.close();
      throw error;
    }
  },

  async open(path): Promise<ReadableFile> {
    const file = await Deno.open(path);
    try {
      const { size, mtime } = await file.stat();
      let at = 0;
      return {
        size,
        modified: mtime?.getTime() ?? 0,
        async read(position, buffer) {
          if (position !== at) at = await file.seek(position, Deno.SeekMode.Start);
          const count = await file.read(buffer) ?? 0;
          at += count;
          return count;
        },
        rest: () => slices.rest(),
        close: () => file.close(),
      };
    } catch (error) {
      file.close();
      throw error;
    }
  },

  async find(path): Promise<FileInfo | undefined> {
    try {
      const real = await Deno.realPath(path);
      const { isFile, size, mtime } = await Deno.stat(real);
      return isFile ? { path: real, size, modified: mtime?.getTime() ?? 0 } : undefined;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },

  async real(folder) {
    try {
      return await Deno.realPath(folder);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  },

  async readText(path, limit) {
    const { size } = await Deno.stat(path);
    if (size > limit) throw new Error(`${path} has ${size} bytes, ${limit} are allowed`);
    return await Deno.readTextFile(path);
  },

  async writeText(path, text) {
    const part = `${path}.part`;
    await Deno.writeTextFile(part, text);
    await Deno.rename(part, path);
  },

  list: (folder, suffix) => filesBelow(folder, suffix, 0),

  async remove(path, root) {
    await Deno.remove(path);
    try {
      for (let folder = dirname(path); folder.startsWith(`${root}/`); folder = dirname(folder)) {
        await Deno.remove(folder);
      }
    } catch {
      // Not empty: other files are there.
    }
  },

  async free(folder) {
    try {
      const { bsize, bavail } = await statfs(await nearest(folder));
      return bsize * bavail;
    } catch {
      return undefined;
    }
  },
};

function writable(file: Deno.FsFile): WritableFile {
  const writeAll = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  };
  return {
    write: writeAll,
    async patch(position, bytes) {
      await file.seek(position, Deno.SeekMode.Start);
      await writeAll(bytes);
      await file.seek(0, Deno.SeekMode.End);
    },
    close: () => file.close(),
  };
}

async function* filesBelow(folder: string, suffix: string, depth: number): AsyncIterable<string> {
  if (depth > MAX_DEPTH) return;
  let entries: Deno.DirEntry[];
  try {
    entries = await Array.fromAsync(Deno.readDir(folder));
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  for (const { name, isDirectory, isFile } of entries) {
    const path = join(folder, name);
    if (isDirectory) yield* filesBelow(path, suffix, depth + 1);
    else if (isFile && name.endsWith(suffix)) yield path;
  }
}

/** The folder, or the nearest one above it that is there. */
async function nearest(folder: string): Promise<string> {
  for (let path = folder;; path = dirname(path)) {
    try {
      await Deno.stat(path);
      return path;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) || path === dirname(path)) throw error;
    }
  }
}

/** True when the path leads nowhere, whatever the reason. */
function isMissing(error: unknown): boolean {
  if (
    error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory ||
    error instanceof Deno.errors.FilesystemLoop
  ) return true;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENAMETOOLONG" || code === "EINVAL";
}
