import type { Storage, WritableFile } from "../../src/recordings/storage.ts";

interface Stored {
  bytes: Uint8Array<ArrayBuffer>;
  modified: number;
}

/** A disk in memory that can be full, broken or slow. */
export class MemoryStorage implements Storage {
  readonly files = new Map<string, Stored>();
  /** What each write of media fails with. */
  failure: string | undefined;
  freeBytes: number | undefined = 1e12;
  modified = 0;
  open_ = 0;
  #stall: PromiseWithResolvers<void> | undefined;

  /** Writes wait until {@link go}. */
  stall(): void {
    this.#stall ??= Promise.withResolvers();
  }

  go(): void {
    this.#stall?.resolve();
    this.#stall = undefined;
  }

  bytes(path: string): Uint8Array<ArrayBuffer> {
    const file = this.files.get(path);
    if (file === undefined) throw new Error(`${path}: no such file; there are ${this.paths}`);
    return file.bytes;
  }

  get paths(): string[] {
    return [...this.files.keys()].sort();
  }

  put(path: string, bytes: Uint8Array | string, modified = this.modified): void {
    const content = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes.slice();
    this.files.set(path, { bytes: content, modified });
  }

  create(path: string): Promise<WritableFile | undefined> {
    if (this.files.has(path)) return Promise.resolve(undefined);
    this.put(path, "");
    return Promise.resolve(this.#writable(path));
  }

  resume(path: string, position: number): Promise<WritableFile> {
    this.put(path, this.bytes(path).subarray(0, position));
    return Promise.resolve(this.#writable(path));
  }

  async open(path: string) {
    const bytes = this.bytes(path);
    const { modified } = this.files.get(path)!;
    this.open_++;
    return await Promise.resolve({
      size: bytes.length,
      modified,
      read: (position: number, buffer: Uint8Array) => {
        const part = bytes.subarray(position, position + buffer.length);
        buffer.set(part);
        return Promise.resolve(part.length);
      },
      close: () => void this.open_--,
    });
  }

  find(path: string) {
    const file = this.files.get(path);
    if (file === undefined) return Promise.resolve(undefined);
    return Promise.resolve({ path, size: file.bytes.length, modified: file.modified });
  }

  real(folder: string): Promise<string | undefined> {
    const isThere = this.paths.some((path) => path.startsWith(`${folder}/`));
    return Promise.resolve(isThere ? folder : undefined);
  }

  async readText(path: string, limit: number): Promise<string> {
    const { length } = this.bytes(path);
    if (length > limit) throw new Error(`${path} has ${length} bytes, ${limit} are allowed`);
    return await Promise.resolve(new TextDecoder().decode(this.bytes(path)));
  }

  writeText(path: string, text: string): Promise<void> {
    this.put(path, text);
    return Promise.resolve();
  }

  async *list(folder: string, suffix: string): AsyncIterable<string> {
    for (const path of this.paths) {
      if (path.startsWith(`${folder}/`) && path.endsWith(suffix)) yield await Promise.resolve(path);
    }
  }

  remove(path: string): Promise<void> {
    this.files.delete(path);
    return Promise.resolve();
  }

  free(): Promise<number | undefined> {
    return Promise.resolve(this.freeBytes);
  }

  #writable(path: string): WritableFile {
    this.open_++;
    return {
      write: async (bytes) => {
        await this.#stall?.promise;
        if (this.failure !== undefined) throw new Error(this.failure);
        // A file that was deleted is written to, to no end.
        if (!this.files.has(path)) return;
        const before = this.bytes(path);
        const after = new Uint8Array(before.length + bytes.length);
        after.set(before);
        after.set(bytes, before.length);
        this.put(path, after);
      },
      patch: (position, bytes) => {
        if (this.files.has(path)) this.bytes(path).set(bytes, position);
        return Promise.resolve();
      },
      close: () => void this.open_--,
    };
  }
}
