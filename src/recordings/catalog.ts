import type { RecordedFile } from "../hub/mod.ts";
import { MAX_INDEX, MAX_KNOWN } from "./params.ts";
import { INDEX_ENDING, indexText, readIndex, recordedFile } from "./recording_index.ts";
import type { Storage } from "./storage.ts";

/** Which recordings are asked for: all by default. */
export interface RecordingFilter {
  /** Path of an application: "" for the root, else "/a/b". */
  readonly application?: string;
  /** A stream's name; with `*` at its end the beginning of one; or what tells which are meant. */
  readonly stream?: string | ((name: string) => boolean);
}

/** The recordings that are over, as their indexes tell of them. */
export class Catalog {
  readonly #storage: Storage;
  readonly #root: string;
  readonly #files = new Map<string, RecordedFile>();
  /** Milliseconds of what a file holds, for one that was not ended. */
  readonly #measure: (path: string) => Promise<number | undefined>;

  /**
   * @param root the folder of all recordings, absolute
   * @param measure tells the length of a file, in milliseconds
   */
  constructor(
    storage: Storage,
    root: string,
    measure: (path: string) => Promise<number | undefined> = () => Promise.resolve(undefined),
  ) {
    this.#storage = storage;
    this.#root = root;
    this.#measure = measure;
  }

  get size(): number {
    return this.#files.size;
  }

  /** All of them, in no order. */
  get files(): Iterable<RecordedFile> {
    return this.#files.values();
  }

  add(file: RecordedFile): void {
    this.#files.delete(file.path);
    if (this.#files.size >= MAX_KNOWN) return;
    this.#files.set(file.path, file);
  }

  /** The recordings that are asked for, oldest first. */
  find({ application, stream = "*" }: RecordingFilter = {}): RecordedFile[] {
    const isMeant = typeof stream === "function" ? stream : pattern(stream);
    return [...this.#files.values()].filter((file) =>
      (application === undefined || file.application === application) && isMeant(file.stream)
    ).sort((a, b) => a.start - b.start);
  }

  /** The recording of that name in an application's folder. */
  named(application: string, name: string): RecordedFile | undefined {
    return this.#files.get(`${this.#root}${application}/${name}`);
  }

  /** Deletes a recording with its index. @throws when the disk does not */
  async remove(file: RecordedFile): Promise<void> {
    this.#files.delete(file.path);
    const isThere = await this.#storage.find(file.path) !== undefined;
    if (isThere) await this.#storage.remove(file.path, this.#root);
    const index = file.path + INDEX_ENDING;
    if (await this.#storage.find(index) !== undefined) {
      await this.#storage.remove(index, this.#root);
    }
  }

  /**
   * Reads the indexes below the folder, and forgets what is gone.
   * @param now milliseconds since the Unix epoch: what began since is being written, or just was
   */
  async load(now: number): Promise<void> {
    const before = [...this.#files.keys()];
    const seen = new Set<string>();
    for await (const indexPath of this.#storage.list(this.#root, INDEX_ENDING)) {
      const path = indexPath.slice(0, -INDEX_ENDING.length);
      seen.add(path);
      if (this.#files.has(path)) continue;
      try {
        const file = await this.#read(path, now);
        if (file !== undefined) this.add(file);
      } catch {
        // It vanished meanwhile, or cannot be read: it is none of ours.
      }
    }
    for (const path of before) if (!seen.has(path)) this.#files.delete(path);
  }

  async #read(path: string, now: number): Promise<RecordedFile | undefined> {
    const index = readIndex(await this.#storage.readText(path + INDEX_ENDING, MAX_INDEX));
    const info = index && await this.#storage.find(path);
    if (index === undefined || info === undefined) return undefined;
    const folder = `${this.#root}${index.application}/`;
    const name = path.startsWith(folder)
      ? path.slice(folder.length)
      : path.slice(this.#root.length + 1);
    if (index.duration !== undefined) {
      return recordedFile(index, { name, path, size: info.size, duration: index.duration });
    }
    if (index.start >= now) return undefined;
    // The server was killed while it was written.
    const duration = await this.#measure(path) ?? Math.max(0, info.modified - index.start);
    const whole = { ...index, duration, size: info.size, end: "killed" };
    await this.#storage.writeText(path + INDEX_ENDING, indexText(whole));
    return recordedFile(whole, { name, path, size: info.size, duration });
  }
}

function pattern(text: string): (name: string) => boolean {
  if (!text.endsWith("*")) return (name) => name === text;
  const start = text.slice(0, -1);
  return (name) => name.startsWith(start);
}
