import type { Host } from "../host.ts";
import { Arguments } from "../lua/arguments.ts";
import {
  type Answer,
  define,
  type Definition,
  method,
  type Pushed,
  Results,
} from "../lua/definition.ts";
import { LuaError } from "../lua/error.ts";
import { Type } from "../lua/stack.ts";
import type { LuaVM } from "../lua/vm.ts";
import { writeAll } from "./disk.ts";
import { type FileHandle, openFile, temporaryFile } from "./file_handle.ts";
import { systemError } from "./os_error.ts";

/** The system's number for an argument that is none. */
const EINVAL = 22;

/** A file as scripts hold it; the console's are never closed. */
class LuaFile {
  readonly handle: FileHandle | undefined;
  readonly console: { writeSync(bytes: Uint8Array): number } | undefined;

  constructor(handle?: FileHandle, console?: { writeSync(bytes: Uint8Array): number }) {
    this.handle = handle;
    this.console = console;
  }

  get isOpen(): boolean {
    return this.handle === undefined || this.handle.isOpen;
  }

  /** The file on disk; undefined for the console. */
  opened(): FileHandle | undefined {
    if (!this.isOpen) throw new LuaError("attempt to use a closed file");
    return this.handle;
  }
}

/** Lua's `io` library on the real disk, with Lua's results: `nil, message, code` for a failure. */
export function defineIo(host: Host): void {
  const { vm, objects } = host;
  objects.define(fileDefinition);
  const stdin = new LuaFile();
  const stdout = new LuaFile(undefined, Deno.stdout);
  const stderr = new LuaFile(undefined, Deno.stderr);
  const standard = { stdin, stdout, stderr };
  let input: LuaFile = stdin;
  let output: LuaFile = stdout;

  const library: Record<string, (args: Arguments) => Answer | Pushed | void> = {
    open: (args) => {
      const path = args.text(1);
      const mode = args.text(2, "r");
      // As Lua 5.1, which asks the system: later ones raise an error.
      if (!/^[rwa]\+?b?$/.test(mode)) return new Results(null, `${path}: Invalid argument`, EINVAL);
      return attempt(path, () => new LuaFile(openFile(path, mode)));
    },
    close: (args) => close(args.count === 0 ? output : fileArgument(args, 1)),
    read: (args) => read(input, args, 1),
    write: (args) => write(output, args),
    lines: (args) => {
      if (!args.has(1)) return lines(input, args, 2, false);
      const path = args.text(1);
      const file = attempt(path, () => new LuaFile(openFile(path, "r")));
      if (file instanceof LuaFile) return lines(file, args, 2, true);
      throw new LuaError(`${vm.where(1)}${(file as Results).values[1]}`);
    },
    input: (args) => {
      if (args.has(1)) input = standardFile(args, "r");
      return input;
    },
    output: (args) => {
      if (args.has(1)) output = standardFile(args, "w");
      return output;
    },
    tmpfile: () => attempt(undefined, () => new LuaFile(temporaryFile())),
    type: (args) => {
      const file = args.object(1, LuaFile);
      return file === undefined ? null : file.isOpen ? "file" : "closed file";
    },
    popen: () => {
      throw new LuaError(`${vm.where(1)}io.popen is refused: scripts start no programs`);
    },
  };
  vm.pushTable();
  for (const [name, call] of Object.entries(library)) {
    vm.pushFunction(() => objects.answer(call(new Arguments(objects, name, 0))));
    vm.setField(-2, name);
  }
  for (const [name, file] of Object.entries(standard)) {
    objects.pushObject(file);
    vm.setField(-2, name);
  }
  publishLibrary(vm, "io");
}

/** Makes the table on top a library of that name, and pops it. */
export function publishLibrary(vm: LuaVM, name: string): void {
  vm.pushGlobals();
  vm.pushCopy(-2);
  vm.setField(-2, name);
  vm.getField(-1, "package");
  vm.getField(-1, "loaded");
  vm.pushCopy(-4);
  vm.setField(-2, name);
  vm.pop(4);
}

/** What `work` gives, or `nil, message, code` when the system says no. */
export function attempt(path: string | undefined, work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    const known = systemError(error);
    if (known === undefined) throw error;
    const [code, text] = known;
    return new Results(null, path === undefined ? text : `${path}: ${text}`, code);
  }
}

const fileDefinition: Definition<LuaFile> = define<LuaFile>({
  name: "FILE*",
  type: LuaFile,
  onCollected: (file) => file.handle?.close(),
  text: (file) => file.isOpen ? "file" : "file (closed)",
  members: {
    read: method((file, args) => read(file, args, 1)),
    write: method((file, args) => write(file, args)),
    lines: method((file, args) => lines(file, args, 1, false)),
    close: method((file) => close(file)),
    flush: method((file) => {
      file.opened();
      return file;
    }),
    setvbuf: method((file) => {
      file.opened();
      return true;
    }),
    seek: method((file, args) => {
      const name = args.text(1, "cur");
      const from = SEEK_ORIGINS.find((origin) => origin === name) ??
        args.fail(1, `invalid option '${name}'`);
      return attempt(undefined, () => file.opened()?.seek(from, args.number(2, 0)) ?? 0);
    }),
  },
});

const SEEK_ORIGINS = ["set", "cur", "end"] as const;

function fileArgument(args: Arguments, index: number): LuaFile {
  return args.object(index, LuaFile) ?? args.fail(index, "FILE* expected");
}

function standardFile(args: Arguments, mode: "r" | "w"): LuaFile {
  if (args.type(1) !== Type.string) return fileArgument(args, 1);
  const path = args.text(1);
  const file = attempt(path, () => new LuaFile(openFile(path, mode)));
  if (file instanceof LuaFile) return file;
  throw new LuaError(`${args.vm.where(1)}${(file as Results).values[1]}`);
}

function close(file: LuaFile): Answer {
  file.opened()?.close();
  return true;
}

function write(file: LuaFile, args: Arguments): Answer {
  return attempt(undefined, () => {
    const handle = file.opened();
    for (let index = 1; index <= args.count; index++) {
      const bytes = args.bytes(index);
      if (handle !== undefined) handle.write(bytes);
      else if (file.console !== undefined) writeAll(file.console, bytes);
    }
    return file;
  });
}

function read(file: LuaFile, args: Arguments, first: number): Answer {
  return attempt(undefined, () => {
    const handle = file.opened();
    if (args.count < first) return handle?.readLine(false);
    const values: Answer[] = [];
    for (let index = first; index <= args.count; index++) {
      const value = handle && readFormat(handle, args, index);
      values.push(value);
      if (value === undefined) break;
    }
    return new Results(...values);
  });
}

/** One value by a format: a count of bytes, "n", "a", "l" or "L", older scripts' "*" in front. */
function readFormat(handle: FileHandle, args: Arguments, index: number): Answer {
  if (args.type(index) === Type.number) return handle.read(args.number(index));
  const format = args.text(index).replace(/^\*/, "")[0];
  switch (format) {
    case "n": {
      const numeral = handle.readNumber();
      return numeral === undefined ? undefined : Number(numeral);
    }
    case "a":
      return handle.readAll();
    case "l":
    case "L":
      return handle.readLine(format === "L");
    default:
      return args.fail(index, "invalid format");
  }
}

/** An iterator over a file; one that `io.lines` opened closes at its end, or with the iterator. */
function lines(file: LuaFile, args: Arguments, first: number, closes: boolean): Answer {
  const { objects } = args;
  const refs: number[] = [];
  for (let index = first; index <= args.count; index++) refs.push(args.ref(index));
  return (vm) => {
    const end = () => {
      if (closes && file.isOpen) file.handle?.close();
      for (const ref of refs.splice(0)) vm.unref(ref);
    };
    vm.pushClosure(() => {
      vm.top = 0;
      for (const ref of refs) vm.pushRef(ref);
      const answer = read(file, new Arguments(objects, "lines", 0), 1);
      const ends = answer === undefined ||
        (answer instanceof Results && answer.values[0] === undefined);
      if (!ends) return objects.answer(answer);
      end();
      return 0;
    }, end);
  };
}
