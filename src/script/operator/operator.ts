import { decodeText, encodeText } from "../../bytes/mod.ts";
import { JsonReader, JsonWriter } from "../../codecs/mod.ts";
import type { Application } from "../applications/application.ts";
import type { Host } from "../host.ts";
import { LuaError } from "../lua/error.ts";
import { LuaReader } from "../lua/reader.ts";
import { Type } from "../lua/stack.ts";
import { ALL } from "../lua/vm.ts";
import { LuaWriter } from "../lua/writer.ts";
import { readSource, type SourceFile, sourceFiles } from "./source_files.ts";
import { type ScriptError, ScriptErrors } from "./script_errors.ts";

/** How the console's source is named in messages. */
const CONSOLE = "console";

/** A global, or one of a table. */
const FUNCTION_NAME = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;

/** Characters of one result that are shown. */
const LONGEST_RESULT = 16_384;
/** Lines that are kept of what is printed meanwhile. */
const MOST_PRINTED = 1_000;

/** An application as it is now. */
export interface ApplicationFacts {
  /** "/" for the root, else "/a/b". */
  readonly path: string;
  /** A folder without a main.lua runs nothing: it is `idle`. */
  readonly state: "running" | "failed" | "stopped" | "idle";
  readonly clients: number;
  readonly resources: number;
  readonly errors: number;
  readonly lastError: ScriptError | null;
}

/** Applications as operators look at them and act on them, by paths such as "/" and "/a/b". */
export class Operator {
  readonly errors: ScriptErrors;
  readonly #host: Host;
  #printed: string[] | undefined;

  constructor(host: Host) {
    this.#host = host;
    this.errors = new ScriptErrors(host.options.clock);
    host.applications.onError = ({ path }, message) => this.errors.add(path, message);
  }

  /** Takes a line that a script prints, where the console runs it. */
  print(line: Uint8Array): void {
    if (this.#printed !== undefined && this.#printed.length < MOST_PRINTED) {
      this.#printed.push(shortened(decodeText(line)));
    }
  }

  /** Every application that was used, parents before their children. */
  *list(): Generator<ApplicationFacts> {
    for (const application of this.#host.applications.all()) yield this.#facts(application);
  }

  restart(path: string): ApplicationFacts | undefined {
    const application = this.#find(path);
    if (application === undefined) return undefined;
    this.#host.applications.restart(application);
    return this.#facts(application);
  }

  /** Calls a global function, or one of a table (`table.name`). @throws LuaError */
  call(path: string, name: string, args: readonly unknown[]): readonly unknown[] | undefined {
    const application = this.#find(path);
    if (application === undefined) return undefined;
    const { vm, objects, applications } = this.#host;
    if (!FUNCTION_NAME.test(name)) throw new LuaError(`${name} is no name of a function`);
    return this.#asEvent((base) => {
      this.#load(`return ${name}`, application);
      applications.run(application, 0, 1);
      if (vm.type(-1) !== Type.function) throw new LuaError(`${name} is no function`);
      const first = vm.top;
      const writer = new LuaWriter(vm, objects.typed, true);
      new JsonReader(encodeText(JSON.stringify(args))).read(writer);
      applications.run(application, writer.finish(), ALL);
      const out = new JsonWriter();
      new LuaReader(vm, first, vm.top, objects.typed).read(out);
      vm.top = base;
      return JSON.parse(decodeText(out.take()));
    });
  }

  /** Runs an expression, or statements. @throws LuaError */
  evaluate(
    path: string,
    source: string,
  ): { readonly results: string[]; readonly printed: string[] } | undefined {
    const application = this.#find(path);
    if (application === undefined) return undefined;
    const { vm, applications } = this.#host;
    const printed = this.#printed = [];
    try {
      return this.#asEvent((base) => {
        try {
          this.#load(`return ${source}`, application);
        } catch {
          // No expression: statements, whose own message counts.
          this.#load(source, application);
        }
        applications.run(application, 0, ALL);
        const results: string[] = [];
        for (let at = base + 1, { top } = vm; at <= top; at++) {
          results.push(this.#shown(at, application));
        }
        return { results, printed };
      });
    } finally {
      this.#printed = undefined;
    }
  }

  files(path: string): SourceFile[] | undefined {
    const application = this.#find(path);
    return application && sourceFiles(application);
  }

  read(path: string, file: string): string | undefined {
    const application = this.#find(path);
    return application && readSource(application, file);
  }

  /** All that is run has one budget, and leaves nothing on the stack. */
  #asEvent<R>(run: (base: number) => R): R {
    const { vm } = this.#host;
    vm.begin();
    try {
      return vm.scoped(run);
    } finally {
      vm.end();
    }
  }

  /** Pushes the function that source is, with the globals of an application. @throws LuaError */
  #load(source: string, { environment }: Application): void {
    const { vm } = this.#host;
    vm.load(encodeText(source), CONSOLE);
    vm.pushRef(environment);
    vm.setGlobals(-2);
  }

  /** A value as a text: tables as JSON where they can be, all else as `tostring` has it. */
  #shown(index: number, application: Application): string {
    const { vm, objects, applications } = this.#host;
    if (vm.type(index) === Type.table) {
      try {
        const out = new JsonWriter(undefined, false);
        new LuaReader(vm, index, index, objects.typed).read(out);
        return shortened(decodeText(out.take()));
      } catch {
        // Too deep, or of itself.
      }
    }
    if (vm.type(index) === Type.string) return shortened(JSON.stringify(vm.toText(index)));
    return vm.scoped(() => {
      vm.load(encodeText("return tostring((...))"), CONSOLE);
      vm.pushCopy(index);
      applications.run(application, 1, 1);
      return shortened(vm.toText(-1) ?? "");
    });
  }

  /** One that was used; none is started for a question. */
  #find(path: string): Application | undefined {
    const wanted = path === "/" ? "" : path;
    for (const each of this.#host.applications.all()) if (each.path === wanted) return each;
    return undefined;
  }

  #facts(application: Application): ApplicationFacts {
    const { path, title, clients, resources } = application;
    const { count = 0, last = null } = this.errors.of(path) ?? {};
    const state = stateOf(application);
    return {
      path: title,
      state,
      clients: clients.size,
      resources: resources.size,
      errors: count,
      lastError: last,
    };
  }
}

function stateOf({ isRunning, fault, version }: Application): ApplicationFacts["state"] {
  if (fault !== undefined) return "failed";
  if (!isRunning) return "stopped";
  return version === "" ? "idle" : "running";
}

function shortened(text: string): string {
  if (text.length <= LONGEST_RESULT) return text;
  return `${text.slice(0, LONGEST_RESULT)}… (${text.length} characters)`;
}
