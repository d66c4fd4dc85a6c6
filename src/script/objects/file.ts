import { define, readonly } from "../lua/definition.ts";

/** A file or folder as `mona:files` found it. */
export class ScriptFile {
  readonly fullPath: string;
  readonly name: string;
  readonly size: number;
  /** Seconds since the Unix epoch. */
  readonly lastModified: number;
  readonly isDirectory: boolean;

  constructor(
    folder: string,
    name: string,
    info: { size: number; modified: number; isDirectory: boolean },
  ) {
    this.isDirectory = info.isDirectory;
    this.fullPath = `${folder}${name}${info.isDirectory ? "/" : ""}`;
    this.name = name;
    this.size = info.size;
    this.lastModified = Math.floor(info.modified / 1000);
  }

  get #dot(): number {
    const at = this.name.lastIndexOf(".");
    return at < 0 ? this.name.length : at;
  }

  get baseName(): string {
    return this.name.slice(0, this.#dot);
  }

  get extension(): string {
    return this.name.slice(this.#dot + 1);
  }

  /** The folder it is in, ending with "/". */
  get parent(): string {
    return this.fullPath.slice(0, this.fullPath.length - this.name.length - +this.isDirectory);
  }
}

/** Elements of `mona:files(folder)`. */
export const file = define<ScriptFile>({
  name: "File",
  type: ScriptFile,
  members: {
    fullPath: readonly((file) => file.fullPath),
    name: readonly((file) => file.name),
    baseName: readonly((file) => file.baseName),
    extension: readonly((file) => file.extension),
    size: readonly((file) => file.size),
    lastModified: readonly((file) => file.lastModified),
    isDirectory: readonly((file) => file.isDirectory),
    parent: readonly((file) => file.parent),
  },
  aliases: { value: "fullPath", isFolder: "isDirectory" },
  text: (file) => file.fullPath,
});
