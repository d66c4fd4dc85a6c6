import { Op } from "./bytecode.ts";
import { type Known, Registers } from "./registers.ts";
import { ENVIRONMENT, type Vocabulary } from "./vocabulary.ts";

/** Globals whose use defines names that cannot be read from the text. */
const DYNAMIC = ["setfenv", "module", "loadstring", "load"];

/** All that the scripts define, test and use, whatever the application. */
export class Survey {
  /** Names that some script assigns, as a global or as a member. */
  readonly defined = new Set<string>();
  readonly globals = new Set<string>();
  /** Names that some script asks for before it uses them, as in `if x then`. */
  readonly tested = new Set<string>();
  /** Names that some script reads. */
  readonly used = new Set<string>();
  /** Folders of applications that may have globals which no text shows, each with a `/` behind. */
  readonly #dynamic = new Set<string>();
  /** Whether there may be functions that no text shows: those of a file that is elsewhere. */
  isIncomplete = false;
  /** Classes whose objects may have functions that no text shows. */
  readonly extended = new Set<string>();
  readonly #vocabulary: Vocabulary;
  readonly #paths: ReadonlySet<string>;
  #everywhere: Set<string> | undefined;

  /** `paths` of all files, relative to `www`: folders are names of applications. */
  constructor(vocabulary: Vocabulary, paths: readonly string[]) {
    this.#vocabulary = vocabulary;
    this.#paths = new Set(paths);
    for (const path of paths) {
      for (const folder of path.split("/").slice(0, -1)) {
        if (!vocabulary.globals.has(folder)) this.#define(folder, true);
      }
    }
  }

  /** Whether the application of a file, or one above it, may have globals that no text shows. */
  isDynamic(path: string): boolean {
    return [...this.#dynamic].some((folder) => path.startsWith(folder));
  }

  /** Notes what a function of a file, and those in it, do. */
  read(registers: Registers, path: string): void {
    const { code, inner } = registers.compiled;
    for (const [at, { op, bx }] of code.entries()) {
      const { of, name } = registers.member(at) ?? {};
      const isGlobal = of?.kind === "object" && of.class === ENVIRONMENT;
      if (op === Op.settabup || op === Op.setfield || op === Op.settable) {
        if (name !== undefined) this.#define(name, isGlobal);
        else this.#assignAny(registers, at, of, path);
      } else if (name !== undefined) {
        this.used.add(name);
        if (registers.isTested(at)) this.tested.add(name);
        if (isGlobal) this.#readGlobal(registers, at, name, path);
      }
      const function_ = op === Op.closure ? inner[bx] : undefined;
      if (function_) this.read(new Registers(function_, this.#vocabulary, { registers, at }), path);
    }
  }

  /** Names of members and functions, of whatever object. */
  get everywhere(): ReadonlySet<string> {
    if (this.#everywhere === undefined) {
      this.#everywhere = new Set(this.defined);
      for (const { members } of this.#vocabulary.classes.values()) {
        for (const name of members) this.#everywhere.add(name);
      }
    }
    return this.#everywhere;
  }

  /** The vocabulary without what scripts replace. */
  get vocabulary(): Vocabulary {
    const globals = new Map(this.#vocabulary.globals);
    for (const name of this.globals) globals.set(name, undefined);
    return { ...this.#vocabulary, globals };
  }

  #define(name: string, isGlobal: boolean): void {
    this.defined.add(name);
    if (isGlobal) this.globals.add(name);
  }

  /** An assignment to a name that the text does not show. */
  #assignAny(registers: Registers, at: number, of: Known, path: string): void {
    if (of?.kind === "object" && of.class === ENVIRONMENT) this.#makesGlobals(path);
    const { c = 0, k } = registers.compiled.code[at] ?? {};
    if (k || registers.known(c, at)?.kind !== "function") return;
    this.isIncomplete = true;
    if (of?.kind === "object") this.extended.add(of.class);
  }

  #makesGlobals(path: string): void {
    this.#dynamic.add(path.slice(0, path.lastIndexOf("/") + 1));
  }

  #readGlobal(registers: Registers, at: number, name: string, path: string): void {
    if (DYNAMIC.includes(name)) this.#mayDefine(path);
    if (name === "rawset" || name === "setmetatable") {
      const first = registers.argument(at, 1);
      if (first?.kind === "object" && first.class === ENVIRONMENT) this.#makesGlobals(path);
    }
    if (name === "require" || name === "dofile" || name === "loadfile") {
      const file = registers.argument(at, 1);
      if (file?.kind !== "text" || !this.#has(file.text)) this.#mayDefine(path);
    }
  }

  /** Code that is not here runs: it may make globals, and put functions anywhere. */
  #mayDefine(path: string): void {
    this.#makesGlobals(path);
    this.isIncomplete = true;
  }

  /** True when one of the files may be what `require` or `dofile` would find. */
  #has(name: string): boolean {
    const path = name.replaceAll(".", "/");
    const forms = [name, `${name}.lua`, `${path}.lua`, `${path}/init.lua`];
    return [...this.#paths].some((file) =>
      forms.some((form) => file === form || file.endsWith(`/${form}`))
    );
  }
}
