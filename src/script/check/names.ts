import { nearest } from "../../config/mod.ts";
import { EVENTS } from "../events.ts";
import { LuaError } from "../lua/error.ts";
import { LuaVM } from "../lua/vm.ts";
import { compile, type Compiled, Op } from "./bytecode.ts";
import { Registers } from "./registers.ts";
import { Survey } from "./survey.ts";
import { ENVIRONMENT, type Vocabulary } from "./vocabulary.ts";

/** A file below `www`, `path` relative to it. */
export interface ScriptFile {
  readonly path: string;
  readonly source: Uint8Array;
}

/** A name that means nothing, and where it stands. */
export interface NameWarning {
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly message: string;
}

const MEMORY = 256 * 1024 * 1024;

/**
 * Finds undefined globals and members: typos that Lua reports only when the line runs. `scripts` are
 * all files of all applications, since they see each other's names. Names that may be defined in a
 * way that the text does not show are not reported.
 */
export function checkNames(scripts: readonly ScriptFile[], vocabulary: Vocabulary): NameWarning[] {
  const survey = new Survey(vocabulary, scripts.map(({ path }) => path));
  const compiled = compileAll(scripts, () => survey.isIncomplete = true);
  for (const [path, main] of compiled) survey.read(new Registers(main, vocabulary), path);
  const effective = survey.vocabulary;
  const found: NameWarning[] = [];
  for (const [path, main] of compiled) {
    /** The first line of each message, and how many lines have it. */
    const said = new Map<string, { line: number; lines: Set<number> }>();
    const report = (line: number, message: string) => {
      const before = said.get(message);
      if (before === undefined) said.set(message, { line, lines: new Set([line]) });
      else before.lines.add(line);
    };
    new NameCheck(survey, effective, path, report).check(new Registers(main, effective));
    for (const [message, { line, lines: { size } }] of said) {
      found.push({ path, line, message: size === 1 ? message : `${message} (in ${size} lines)` });
    }
  }
  const order = new Map(scripts.map(({ path }, index) => [path, index]));
  return found.sort((a, b) =>
    (order.get(a.path) ?? 0) - (order.get(b.path) ?? 0) || a.line - b.line
  );
}

function compileAll(
  scripts: readonly ScriptFile[],
  failed: () => void,
): [path: string, main: Compiled][] {
  const vm = new LuaVM({ memory: MEMORY, warn: () => {} });
  try {
    return scripts.flatMap(({ path, source }) => {
      try {
        return [[path, compile(vm, path, source)] as [string, Compiled]];
      } catch (error) {
        if (!(error instanceof LuaError)) throw error;
        failed();
        return [];
      }
    });
  } finally {
    vm.close();
  }
}

class NameCheck {
  readonly #survey: Survey;
  readonly #vocabulary: Vocabulary;
  readonly #path: string;
  readonly #report: (line: number, message: string) => void;

  constructor(
    survey: Survey,
    vocabulary: Vocabulary,
    path: string,
    report: (line: number, message: string) => void,
  ) {
    this.#survey = survey;
    this.#vocabulary = vocabulary;
    this.#path = path;
    this.#report = report;
  }

  check(registers: Registers): void {
    const { code, inner } = registers.compiled;
    for (const [at, { op, bx, line }] of code.entries()) {
      if (op === Op.gettabup || op === Op.getfield || op === Op.self) {
        const message = this.#ofRead(registers, at);
        if (message !== undefined) this.#report(line, message);
      } else if (op === Op.closure) {
        const message = this.#ofFunction(registers, at);
        if (message !== undefined) this.#report(code[at + 1]?.line ?? line, message);
        const function_ = inner[bx];
        if (function_) this.check(new Registers(function_, this.#vocabulary, { registers, at }));
      }
    }
  }

  #ofRead(registers: Registers, at: number): string | undefined {
    const survey = this.#survey;
    const { of, name } = registers.member(at) ?? {};
    if (name === undefined || survey.defined.has(name) || survey.tested.has(name)) return undefined;
    const isCall = registers.isCalled(at);
    const known = of?.kind === "text" ? "string" : of?.kind === "object" ? of.class : undefined;
    if (known === ENVIRONMENT) {
      if (survey.isDynamic(this.#path) || this.#vocabulary.globals.has(name)) return undefined;
      const names = [...this.#vocabulary.globals.keys(), ...survey.globals];
      return `undefined global "${name}"${meant(name, names)}`;
    }
    const names = known === undefined ? undefined : this.#vocabulary.classes.get(known);
    if (names === undefined) {
      if (!isCall || survey.isIncomplete || survey.everywhere.has(name)) return undefined;
      return `undefined function "${name}"${meant(name, survey.everywhere)}`;
    }
    if (names.members.has(name) || survey.extended.has(known as string)) return undefined;
    if (names.isOpen && !isCall) return undefined;
    return `${known} has no member "${name}"${meant(name, [...names.members, ...survey.defined])}`;
  }

  /** A function that looks like an event, and is none. */
  #ofFunction(registers: Registers, at: number): string | undefined {
    const { name, object } = registers.useOf(at) ?? {};
    if (name === undefined || !/^on/i.test(name) || this.#survey.used.has(name)) return undefined;
    const events = object === undefined
      ? EVENTS
      : this.#vocabulary.classes.get(object)?.events ?? [];
    const event = nearest(name, events);
    if (event === undefined || event === name) return undefined;
    return `"${name}" is not an event and is never called; did you mean "${event}"?`;
  }
}

function meant(name: string, names: Iterable<string>): string {
  const word = nearest(name, names);
  return word === undefined ? "" : `; did you mean "${word}"?`;
}
