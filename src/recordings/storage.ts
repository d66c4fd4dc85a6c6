/** A file that is being written. Each call waits for the one before. */
export interface WritableFile {
  /** Appends all of the bytes. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes over what is there, from `position` on. */
  patch(position: number, bytes: Uint8Array): Promise<void>;
  close(): void;
}

/** A file that is being read. */
export interface ReadableFile {
  /** Bytes when it was opened. */
  readonly size: number;
  /** Milliseconds since the Unix epoch, then. */
  readonly modified: number;
  /** Fills `buffer` from `position` on, as far as one read goes; 0 at the file's end. */
  read(position: number, buffer: Uint8Array): Promise<number>;
  /** What to wait for, between looks at what was read, so that others have their turn. */
  rest?(): Promise<void> | undefined;
  close(): void;
}

/** What the disk says of a file. */
export interface FileInfo {
  /** Absolute, with links resolved. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Milliseconds since the Unix epoch. */
  readonly modified: number;
}

/** The disk as recordings and playback see it. Paths are absolute; what fails, rejects. */
export interface Storage {
  /** Makes a new file, and the folders above it; undefined when there is one of that name. */
  create(path: string): Promise<WritableFile | undefined>;
  /** Opens a file to go on at `position`, what stands behind it is cut off. */
  resume(path: string, position: number): Promise<WritableFile>;
  open(path: string): Promise<ReadableFile>;
  /** A file, no folder; undefined when there is none. */
  find(path: string): Promise<FileInfo | undefined>;
  /** Where a folder really is, with links resolved; undefined when there is none. */
  real(folder: string): Promise<string | undefined>;
  /** The whole of a small file. @throws when it is larger than `limit` bytes */
  readText(path: string, limit: number): Promise<string>;
  /** Puts a small file in the place of the one that is there. */
  writeText(path: string, text: string): Promise<void>;
  /** Paths of all files below a folder that end with `suffix`; none when there is no folder. */
  list(folder: string, suffix: string): AsyncIterable<string>;
  /** Removes a file, and the folders above it that are empty, up to `root`. */
  remove(path: string, root: string): Promise<void>;
  /** Bytes that may still be written to the disk of a folder; undefined when that is not known. */
  free(folder: string): Promise<number | undefined>;
}
