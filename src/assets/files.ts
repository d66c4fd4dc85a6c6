import { join } from "node:path";

/** Mode of the ini, which may contain passwords: its owner may write it, its group read it. */
const SECRET_MODE = 0o640;

/** One file of a start: where it went, and whether it was there before and left alone. */
export interface InstalledFile {
  path: string;
  isKept: boolean;
}

/** The first of `folders` that exists. */
export function firstFolder(folders: string[]): string | undefined {
  return folders.find((folder) => {
    try {
      return Deno.statSync(folder).isDirectory;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  });
}

/** Copies `MonaServer.ini` and `www/` of `root` into `folder`; a file that is there stays. */
export async function install(root: string, folder: string): Promise<InstalledFile[]> {
  await Deno.mkdir(folder, { recursive: true });
  return [
    await copy(join(root, "MonaServer.ini"), join(folder, "MonaServer.ini"), SECRET_MODE),
    ...await copyFolder(join(root, "www"), join(folder, "www")),
  ];
}

async function copyFolder(from: string, to: string): Promise<InstalledFile[]> {
  await Deno.mkdir(to, { recursive: true });
  const entries = await Array.fromAsync(Deno.readDir(from));
  entries.sort((a, b) => a.name < b.name ? -1 : 1);
  const files: InstalledFile[] = [];
  for (const { name, isDirectory } of entries) {
    const [source, target] = [join(from, name), join(to, name)];
    if (isDirectory) files.push(...await copyFolder(source, target));
    else files.push(await copy(source, target));
  }
  return files;
}

async function copy(from: string, path: string, mode = 0o666): Promise<InstalledFile> {
  try {
    await Deno.writeFile(path, await Deno.readFile(from), { createNew: true, mode });
    return { path, isKept: false };
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    return { path, isKept: true };
  }
}
