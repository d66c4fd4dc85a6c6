import { errorText } from "../base/mod.ts";
import type { Log } from "../logs/mod.ts";

/** A file of the settings, and what becomes of its text. */
export interface WatchedFileOptions {
  readonly path: string;
  /** What it holds, as the end of "… was read again". */
  readonly what: string;
  readonly log: Log;
  readonly onText: (text: string) => void;
  /** It cannot be read. */
  readonly onLost: () => void;
}

/** A file that is read at once, and again when it changes. */
export class WatchedFile {
  readonly #options: WatchedFileOptions;
  /** Of what was read last, or why it was not. */
  #version = "";

  constructor(options: WatchedFileOptions) {
    this.#options = options;
  }

  /** Keys of a file that cannot be read are not valid: deleting the file revokes them. */
  look(): void {
    const { path, what, log, onText, onLost } = this.#options;
    try {
      const { mtime, size, ino } = Deno.statSync(path);
      const version = `${mtime?.getTime()} ${size} ${ino}`;
      if (version === this.#version) return;
      onText(Deno.readTextFileSync(path));
      if (this.#version !== "") log.note(`${what} were read again`);
      this.#version = version;
    } catch (error) {
      const version = errorText(error);
      if (version === this.#version) return;
      this.#version = version;
      onLost();
      log.error(`none of its keys is valid: ${version}`);
    }
  }
}
