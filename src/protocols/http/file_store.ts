import type { Clock } from "../../base/mod.ts";
import type { Disk, DiskEntry } from "../../net/mod.ts";
import type { Validators } from "./conditions.ts";
import { contentTypeOf, isTextType } from "./content_type.ts";
import { CACHE_SIZE, CACHED_FILE_SIZE, FILE_FRESHNESS } from "./params.ts";

/** A form of a file that was compressed beforehand and lies beside it. */
export interface Encoding {
  readonly name: "br" | "gzip";
  readonly file: StoredFile;
}

/** A file or folder of an application, as it was when it was last looked at. */
export interface StoredFile extends DiskEntry, Validators {
  readonly type: string;
  readonly lastModified: string;
  /** The whole file, when it is small. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
  readonly encodings: readonly Encoding[];
}

/** Where a file may be stored. */
export interface Destination {
  /** Absolute, with symbolic links resolved. */
  readonly path: string;
  /** What tells it from others: the application's path and the name. */
  readonly key: string;
  /** Those of the file that is there; undefined for none. */
  readonly validators: Validators | undefined;
}

interface Kept {
  readonly file: StoredFile;
  readonly checked: number;
}

/**
 * Never shown: hidden files but RFC 8615's `.well-known`, scripts, compiled ones too, and what editors leave beside
 * them, other streams of a file.
 */
const SECRET = /^\.(?!well-known$)|\.luac?(?![a-z0-9])|:/i;

/** Folder of what scripts keep, at the top. */
const DATA = "data";

const ENCODINGS = [["br", ".br"], ["gzip", ".gz"]] as const;

/** The files of `www/`, each application's within its own folder; small ones are kept in memory. */
export class FileStore {
  readonly disk: Disk;
  readonly #root: string;
  readonly #clock: Clock;
  readonly #cache: Map<string, Kept> = new Map();
  #cached = 0;

  /** @param root the folder `www/`, absolute */
  constructor(disk: Disk, root: string, clock: Clock) {
    this.disk = disk;
    this.#root = root;
    this.#clock = clock;
  }

  /**
   * What lies under an application's folder; undefined for nothing that may be seen. At once when
   * it was looked up a moment ago.
   * @param application "" or "/a/b"
   * @param name "" for the folder itself, may hold "/"
   */
  find(
    application: string,
    name: string,
  ): StoredFile | undefined | Promise<StoredFile | undefined> {
    const key = `${application}/${name}`;
    const kept = this.#cache.get(key);
    if (kept !== undefined && this.#clock.now() - kept.checked < FILE_FRESHNESS) return kept.file;
    return this.#look(application, name, key, kept?.file);
  }

  /** Where a file may be stored, and what is there; undefined when it may not. */
  async destination(application: string, name: string): Promise<Destination | undefined> {
    const folder = await this.#folderOf(application, name);
    if (folder === undefined) return undefined;
    const path = `${folder}/${name}`;
    const key = `${application}/${name}`;
    const entry = await this.disk.find(path);
    if (entry === undefined) return { path, key, validators: undefined };
    if (entry.isFolder || entry.path !== path) return undefined;
    return { path, key, validators: validatorsOf(entry) };
  }

  /** Stores a whole file, or none of it; the next request for it gets the new one. */
  async store({ path, key }: Destination, body: Uint8Array): Promise<void> {
    await this.disk.store(path, body);
    this.#forget(key);
  }

  /** The entries of an application's folder that {@link find} would show, folders first. */
  async list(application: string) {
    const folder = await this.#folderOf(application, "");
    if (folder === undefined) return [];
    const entries = await this.disk.list(folder);
    return entries
      .filter(({ name, isFolder, path }) =>
        isVisible(application, name) &&
        (isFolder ? path === `${folder}/${name}` : isShown(path, folder))
      )
      .sort((a, b) => Number(b.isFolder) - Number(a.isFolder) || (a.name < b.name ? -1 : 1));
  }

  async #look(
    application: string,
    name: string,
    key: string,
    last: StoredFile | undefined,
  ): Promise<StoredFile | undefined> {
    const folder = await this.#folderOf(application, name);
    const entry = folder === undefined ? undefined : await this.disk.find(`${folder}/${name}`);
    if (folder === undefined || entry === undefined || !isShown(entry.path, folder)) {
      this.#forget(key);
      return undefined;
    }
    const file = await this.#describe(entry, last, `${folder}/${name}`);
    this.#keep(key, file);
    return file;
  }

  /** The real folder of an application, when the name in it may be seen at all. */
  async #folderOf(application: string, name: string): Promise<string | undefined> {
    if (!isVisible(application, name)) return undefined;
    const root = await this.disk.find(this.#root);
    const folder = root && await this.disk.find(root.path + application);
    return folder?.isFolder && folder.path === root?.path + application ? folder.path : undefined;
  }

  /** @param wanted the path that was asked for, where the entry's has links resolved */
  async #describe(
    entry: DiskEntry,
    last: StoredFile | undefined,
    wanted: string,
  ): Promise<StoredFile> {
    const { modified, etag } = validatorsOf(entry);
    const isSame = last !== undefined && last.etag === etag && last.path === entry.path;
    const type = contentTypeOf(entry.path);
    const isSmall = !entry.isFolder && entry.size <= CACHED_FILE_SIZE;
    return {
      ...entry,
      modified,
      etag,
      type,
      lastModified: new Date(modified).toUTCString(),
      bytes: !isSmall ? undefined : isSame ? last.bytes : await this.disk.read(entry.path),
      encodings: entry.isFolder || !isTextType(type)
        ? []
        : await this.#encodings(wanted, entry.path, type, modified),
    };
  }

  /** Compressed forms beside a file, but those of a second before its last change. */
  async #encodings(
    wanted: string,
    path: string,
    type: string,
    modified: number,
  ): Promise<Encoding[]> {
    const encodings: Encoding[] = [];
    for (const [name, suffix] of ENCODINGS) {
      const entry = await this.disk.find(wanted + suffix);
      if (entry === undefined || entry.isFolder || entry.path !== path + suffix) continue;
      const file = await this.#describe(entry, undefined, entry.path);
      if (file.modified < modified) continue;
      encodings.push({ name, file: { ...file, type } });
    }
    return encodings;
  }

  #keep(key: string, file: StoredFile): void {
    this.#forget(key);
    this.#cache.set(key, { file, checked: this.#clock.now() });
    this.#cached += weightOf(key, file);
    for (const oldest of this.#cache.keys()) {
      if (this.#cached <= CACHE_SIZE) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const kept = this.#cache.get(key);
    if (kept === undefined) return;
    this.#cache.delete(key);
    this.#cached -= weightOf(key, kept.file);
  }
}

function validatorsOf({ size, modified }: DiskEntry): Validators {
  return {
    etag: `"${size.toString(36)}-${modified.toString(36)}"`,
    modified: Math.floor(modified / 1000) * 1000,
  };
}

/** Bytes that an entry of the cache takes, about. */
function weightOf(key: string, file: StoredFile): number {
  const encoded = file.encodings.reduce((sum, { file }) => sum + (file.bytes?.length ?? 0), 0);
  return 1024 + key.length * 2 + (file.bytes?.length ?? 0) + encoded;
}

function isVisible(application: string, name: string): boolean {
  const parts = `${application}/${name}`.split("/").filter((part) => part !== "");
  return parts[0]?.toLowerCase() !== DATA && !parts.some((part) => SECRET.test(part));
}

/** Whether what really lies at `path` may be seen as part of a folder, however a link names it. */
function isShown(path: string, folder: string): boolean {
  const isInside = path === folder || path.startsWith(`${folder}/`);
  return isInside && isVisible("", path.slice(folder.length));
}
