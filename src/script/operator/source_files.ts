import { join, relative } from "node:path";
import { decodeText } from "../../bytes/mod.ts";
import type { Application } from "../applications/application.ts";
import { fileInfo, namesIn, readBytes, realPath } from "../applications/disk.ts";

/** Files that are listed of one application, and how deep folders are looked into. */
const MAX_FILES = 1_000;
const MAX_DEPTH = 8;

/** Bytes of a file that is shown. */
const LARGEST = 1_048_576;

/** A file with code, by its path below the application's folder. */
export interface SourceFile {
  readonly name: string;
  readonly size: number;
  /** Milliseconds since the Unix epoch. */
  readonly modified: number;
}

/** Lua files of an application, without those of applications below it. */
export function sourceFiles(application: Application): SourceFile[] {
  const files: SourceFile[] = [];
  const look = (below: string, depth: number) => {
    for (const name of namesIn(join(application.folder, below))) {
      if (files.length >= MAX_FILES || name.startsWith(".")) continue;
      const path = below === "" ? name : `${below}/${name}`;
      const info = fileInfo(join(application.folder, path));
      if (info?.isDirectory === true) {
        const isOther = fileInfo(join(application.folder, path, "main.lua")) !== undefined;
        if (!isOther && depth < MAX_DEPTH && isWithin(application, path)) look(path, depth + 1);
      } else if (info !== undefined && isSource(name)) {
        files.push({ name: path, size: info.size, modified: info.modified });
      }
    }
  };
  look("", 0);
  return files;
}

/** The text of a file with code; undefined for any other, and outside of the application's folder. */
export function readSource(application: Application, name: string): string | undefined {
  if (!isSource(name) || name.split(/[\\/]/).some((part) => part.startsWith("."))) return undefined;
  if (!isWithin(application, name)) return undefined;
  const file = join(application.folder, name);
  const info = fileInfo(file);
  if (info === undefined || info.isDirectory || info.size > LARGEST) return undefined;
  try {
    return decodeText(readBytes(file));
  } catch {
    return undefined;
  }
}

const isSource = (name: string) => name.endsWith(".lua") && !name.includes("\0");

/** Whether a path stays within the folder, links that it leads through included. */
function isWithin({ folder }: Application, path: string): boolean {
  const [home, file] = [realPath(folder), realPath(join(folder, path))];
  if (home === undefined || file === undefined) return false;
  const below = relative(home, file);
  return below !== "" && below !== ".." && !below.startsWith("../") && !below.startsWith("..\\") &&
    !below.startsWith("/") && !/^[A-Za-z]:/.test(below);
}
