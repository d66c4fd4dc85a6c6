import { decodeText } from "../../bytes/mod.ts";
import { writeAll } from "./disk.ts";

const CHUNK = 8192;
const NEWLINE = 0x0a;
/** The longest numeral that "n" reads, as in C's library. */
const MAX_NUMERAL = 200;
const NUMERAL = /^[+-]?(0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]*([pP][+-]?\d*)?|\d*\.?\d*([eE][+-]?\d*)?)/;

/** A file on disk that Lua's `io` reads and writes: with a buffer for reading, none for writing. */
export class FileHandle {
  #file: Deno.FsFile | undefined;
  #buffer = new Uint8Array(0);
  #at = 0;

  constructor(file: Deno.FsFile) {
    this.#file = file;
  }

  get isOpen(): boolean {
    return this.#file !== undefined;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** `wanted` bytes or fewer; undefined at the end of the file. */
  read(wanted: number): Uint8Array | undefined {
    const count = Math.max(0, Math.trunc(wanted) || 0);
    while (this.#left < count && this.#fill(Math.max(CHUNK, this.#left)));
    if (this.#left === 0 && (count > 0 || !this.#fill(CHUNK))) return undefined;
    return this.#take(Math.min(count, this.#left));
  }

  /** All that is left. */
  readAll(): Uint8Array {
    while (this.#fill(Math.max(CHUNK, this.#left)));
    return this.#take(this.#left);
  }

  /** A line, with or without its end; undefined at the end of the file. */
  readLine(keepsEnd: boolean): Uint8Array | undefined {
    let from = this.#at;
    for (;;) {
      const end = this.#buffer.indexOf(NEWLINE, from);
      if (end >= 0) {
        const line = this.#take(end + 1 - this.#at);
        return keepsEnd ? line : line.subarray(0, line.length - 1);
      }
      const seen = this.#left;
      if (!this.#fill(Math.max(CHUNK, seen))) {
        return seen === 0 ? undefined : this.#take(seen);
      }
      from = this.#at + seen;
    }
  }

  /** The longest numeral after white space; undefined when there is none. */
  readNumber(): string | undefined {
    for (;;) {
      if (this.#left === 0 && !this.#fill(CHUNK)) return undefined;
      const byte = this.#buffer[this.#at] as number;
      if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) break;
      this.#at++;
    }
    while (this.#left < MAX_NUMERAL && this.#fill(CHUNK));
    const end = Math.min(this.#at + MAX_NUMERAL, this.#buffer.length);
    const numeral = NUMERAL.exec(decodeText(this.#buffer, this.#at, end))?.[0] ?? "";
    this.#at += numeral.length;
    return /\d/.test(numeral) ? numeral : undefined;
  }

  write(bytes: Uint8Array): void {
    const file = this.#opened();
    if (this.#left > 0) file.seekSync(-this.#left, Deno.SeekMode.Current);
    this.#drop();
    writeAll(file, bytes);
  }

  seek(from: "set" | "cur" | "end", offset: number): number {
    const ahead = from === "cur" ? this.#left : 0;
    const position = this.#opened().seekSync(offset - ahead, SEEK_MODES[from]);
    this.#drop();
    return position;
  }

  get #left(): number {
    return this.#buffer.length - this.#at;
  }

  #opened(): Deno.FsFile {
    if (this.#file === undefined) throw new TypeError("attempt to use a closed file");
    return this.#file;
  }

  #drop(): void {
    this.#buffer = new Uint8Array(0);
    this.#at = 0;
  }

  #take(count: number): Uint8Array {
    const taken = this.#buffer.subarray(this.#at, this.#at + count);
    this.#at += count;
    return taken;
  }

  /** Reads more from disk; false at the end of the file. */
  #fill(wanted: number): boolean {
    const left = this.#left;
    const grown = new Uint8Array(left + wanted);
    grown.set(this.#buffer.subarray(this.#at));
    const count = this.#opened().readSync(grown.subarray(left));
    if (count === null || count === 0) return false;
    this.#buffer = grown.subarray(0, left + count);
    this.#at = 0;
    return true;
  }
}

const SEEK_MODES = {
  set: Deno.SeekMode.Start,
  cur: Deno.SeekMode.Current,
  end: Deno.SeekMode.End,
} as const;

/** Opens a file as C's `fopen` would. @throws what the system says */
export function openFile(path: string, mode: string): FileHandle {
  const isUpdate = mode.includes("+");
  const kind = mode[0];
  return new FileHandle(Deno.openSync(path, {
    read: kind === "r" || isUpdate,
    write: kind === "w" || (kind === "r" && isUpdate),
    append: kind === "a",
    create: kind !== "r",
    truncate: kind === "w",
  }));
}

/** An unnamed file that is gone when it is closed. */
export function temporaryFile(): FileHandle {
  const path = Deno.makeTempFileSync({ prefix: "lua_" });
  const file = openFile(path, "w+");
  Deno.removeSync(path);
  return file;
}
