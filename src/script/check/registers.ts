import { type Compiled, type Instruction, type Local, Op } from "./bytecode.ts";
import { argumentOf, ENVIRONMENT, resultOf, type Vocabulary } from "./vocabulary.ts";

/** What is known of a value without running anything. */
export type Known =
  | { readonly kind: "object"; readonly class: string }
  /** A function that gives objects of a class. */
  | { readonly kind: "maker"; readonly class: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "function" }
  | undefined;

const FUNCTION: Known = { kind: "function" };
const object = (name: string | undefined): Known =>
  name && { kind: "object", class: name } || undefined;

/** How a function came to be: as a global, as a member of an object, or otherwise. */
export interface Use {
  readonly name: string;
  /** Class of the object it became a member of; undefined for a global. */
  readonly object: string | undefined;
}

/**
 * What the registers of one function hold, found by going back to the instruction that filled one,
 * as Lua does for its messages (ldebug.c, `findsetreg`). Where ways meet nothing is known.
 */
export class Registers {
  readonly compiled: Compiled;
  readonly #vocabulary: Vocabulary;
  readonly #outer: { registers: Registers; at: number } | undefined;
  readonly #use: Use | undefined;
  readonly #targets: ReadonlySet<number>;
  readonly #locals = new Map<Local, Known>();
  /** Names of variables that inner functions assign. */
  #assigned: ReadonlySet<string> | undefined;

  constructor(
    compiled: Compiled,
    vocabulary: Vocabulary,
    outer?: { registers: Registers; at: number },
  ) {
    this.compiled = compiled;
    this.#vocabulary = vocabulary;
    this.#outer = outer;
    this.#use = outer?.registers.useOf(outer.at);
    this.#targets = new Set(compiled.code.flatMap(jumps));
  }

  /** The text of a constant. */
  constant(index: number): string | undefined {
    return this.compiled.constants[index];
  }

  isEnvironment(upvalue: number): boolean {
    return this.compiled.upvalues[upvalue]?.name === "_ENV";
  }

  /** What a register holds before the instruction at `at` runs. */
  known(register: number, at: number): Known {
    const local = this.#local(register, at);
    return local === undefined ? this.#temporary(register, at) : this.#ofLocal(local);
  }

  /** The name of a field that an instruction reads or writes, and of what. */
  member(at: number): { readonly of: Known; readonly name: string | undefined } | undefined {
    const { op, a, b, c, k } = this.compiled.code[at] as Instruction;
    const text = (register: number) => {
      const known = this.known(register, at);
      return known?.kind === "text" ? known.text : undefined;
    };
    switch (op) {
      case Op.gettabup:
        return this.isEnvironment(b)
          ? { of: object(ENVIRONMENT), name: this.constant(c) }
          : { of: this.#upvalue(b), name: this.constant(c) };
      case Op.settabup:
        return this.isEnvironment(a)
          ? { of: object(ENVIRONMENT), name: this.constant(b) }
          : { of: this.#upvalue(a), name: this.constant(b) };
      case Op.getfield:
        return { of: this.known(b, at), name: this.constant(c) };
      case Op.setfield:
        return { of: this.known(a, at), name: this.constant(b) };
      case Op.gettable:
        return { of: this.known(b, at), name: text(c) };
      case Op.settable:
        return { of: this.known(a, at), name: text(b) };
      case Op.self:
        return { of: this.known(b, at), name: k ? this.constant(c) : text(c) };
    }
    return undefined;
  }

  /** True when what the instruction at `at` reads is called. */
  isCalled(at: number): boolean {
    const { code } = this.compiled;
    const { op, a } = code[at] as Instruction;
    return op === Op.self || this.#call(at, a) !== undefined;
  }

  /** True when what the instruction at `at` reads is asked for, and not used by itself. */
  isTested(at: number): boolean {
    const { code } = this.compiled;
    const { a } = code[at] as Instruction;
    const next = code[at + 1];
    switch (next?.op) {
      case Op.test:
      case Op.eqk:
        return next.a === a;
      case Op.testset:
      case Op.not:
        return next.b === a;
      case Op.call: {
        // type(x)
        const before = code[at - 1];
        return next.a === a - 1 && before?.op === Op.gettabup && before.a === next.a &&
          this.constant(before.c) === "type";
      }
    }
    return false;
  }

  /** What a function gets that the instruction at `at` reads; `index` from 1. */
  argument(at: number, index: number): Known {
    const { a } = this.compiled.code[at] as Instruction;
    const call = this.#call(at, a);
    return call === undefined ? undefined : this.known(a + index, call);
  }

  /** The call of the function that the instruction at `at` puts into a register. */
  #call(at: number, register: number): number | undefined {
    const { code } = this.compiled;
    for (let next = at + 1; next < code.length; next++) {
      const instruction = code[next] as Instruction;
      const { op, a } = instruction;
      if ((op === Op.call || op === Op.tailcall) && a === register) return next;
      if (writes(instruction, register)) return undefined;
    }
    return undefined;
  }

  /** What becomes of the function that the closure at `at` makes. */
  useOf(at: number): Use | undefined {
    const next = this.compiled.code[at + 1];
    if (next === undefined || next.k || next.c !== this.compiled.code[at]?.a) return undefined;
    if (![Op.settabup, Op.setfield, Op.settable].some((op) => op === next.op)) return undefined;
    const { of, name } = this.member(at + 1) ?? {};
    if (name === undefined || of?.kind !== "object") return undefined;
    return { name, object: of.class === ENVIRONMENT ? undefined : of.class };
  }

  #local(register: number, at: number): Local | undefined {
    return this.compiled.locals.find((local) =>
      local.register === register && local.start <= at && at < local.end
    );
  }

  #ofLocal(local: Local): Known {
    let known = this.#locals.get(local);
    if (known === undefined && !this.#locals.has(local)) {
      known = this.#unchanged(local);
      this.#locals.set(local, known);
    }
    return known;
  }

  /** What a local variable holds that nothing assigns after its declaration. */
  #unchanged(local: Local): Known {
    const { code, parameters } = this.compiled;
    for (let at = local.start; at < local.end - 1; at++) {
      if (writes(code[at] as Instruction, local.register)) return undefined;
    }
    this.#assigned ??= new Set(assignedWithin(this.compiled));
    if (this.#assigned.has(local.name)) return undefined;
    if (local.start > 0) return this.#temporary(local.register, local.start);
    if (local.register >= parameters || this.#use === undefined) return undefined;
    const { name, object: of } = this.#use;
    if (of !== undefined && local.register === 0 && local.name !== "self") return undefined;
    return object(argumentOf(name, local.register, of));
  }

  #temporary(register: number, before: number): Known {
    const { code } = this.compiled;
    if (this.#targets.has(before)) return undefined;
    for (let at = before - 1; at >= 0; at--) {
      if (writes(code[at] as Instruction, register)) return this.#result(at, register);
      if (this.#targets.has(at)) return undefined;
    }
    return undefined;
  }

  #result(at: number, register: number): Known {
    const { op, a, b, bx } = this.compiled.code[at] as Instruction;
    switch (op) {
      case Op.move:
        return this.known(b, at);
      case Op.loadk: {
        const text = this.constant(bx);
        return text === undefined ? undefined : { kind: "text", text };
      }
      case Op.getupval:
        return this.isEnvironment(b) ? object(ENVIRONMENT) : this.#upvalue(b);
      case Op.closure:
        return FUNCTION;
      case Op.call: {
        const called = this.known(a, at);
        return called?.kind === "maker" && register === a ? object(called.class) : undefined;
      }
      case Op.self:
        if (register === a + 1) return this.known(b, at);
        return this.#ofMember(at);
      case Op.gettabup:
      case Op.getfield:
      case Op.gettable:
        return this.#ofMember(at);
    }
    return undefined;
  }

  #ofMember(at: number): Known {
    const { of, name } = this.member(at) ?? {};
    if (of?.kind !== "object" || name === undefined) return undefined;
    if (of.class === ENVIRONMENT) return object(this.#vocabulary.globals.get(name));
    const result = resultOf(of.class, name);
    if (result === undefined) return undefined;
    const isMethod = this.#vocabulary.classes.get(of.class)?.methods.has(name);
    return { kind: isMethod ? "maker" : "object", class: result };
  }

  #upvalue(index: number): Known {
    const upvalue = this.compiled.upvalues[index];
    if (upvalue === undefined || this.#outer === undefined) return undefined;
    const { registers, at } = this.#outer;
    if (!upvalue.isRegister) return registers.#upvalue(upvalue.index);
    const local = registers.#local(upvalue.index, at) ??
      // A local function is alive one instruction after its closure.
      registers.#local(upvalue.index, at + 1);
    return local && registers.#ofLocal(local);
  }
}

/** The names of variables that inner functions assign and that are not their own. */
function* assignedWithin(compiled: Compiled): Generator<string> {
  for (const inner of compiled.inner) {
    for (const { op, b } of inner.code) {
      const upvalue = op === Op.setupval ? inner.upvalues[b] : undefined;
      if (upvalue !== undefined) yield upvalue.name;
    }
    yield* assignedWithin(inner);
  }
}

/** Where an instruction may go on, other than at the next one. */
function jumps({ op, sj, bx }: Instruction, at: number): number[] {
  switch (op) {
    case Op.jmp:
      return [at + 1 + sj];
    case Op.forloop:
    case Op.tforloop:
      return [at + 1 - bx];
    case Op.forprep:
      return [at + 2 + bx];
    case Op.tforprep:
      return [at + 1 + bx];
    case Op.skip:
      return [at + 2];
  }
  return [];
}

/** Instructions that write no register. */
const SILENT: ReadonlySet<number> = new Set([
  Op.setupval,
  Op.settabup,
  Op.settable,
  Op.seti,
  Op.setfield,
  Op.setlist,
  Op.extraarg,
  Op.varargprep,
]);

/** Whether an instruction may write a register. */
function writes({ op, a, b }: Instruction, register: number): boolean {
  if (SILENT.has(op)) return false;
  if (op >= Op.mmbin && op <= Op.mmbink || op >= Op.close && op <= Op.test) return false;
  if (op >= Op.return && op <= Op.return1) return false;
  switch (op) {
    case Op.call:
    case Op.tailcall:
    case Op.vararg:
      return register >= a;
    case Op.loadnil:
      return register >= a && register <= a + b;
    case Op.self:
      return register === a || register === a + 1;
    case Op.forloop:
    case Op.forprep:
      return register >= a && register <= a + 3;
    case Op.tforprep:
      return false;
    case Op.tforcall:
      return register >= a + 4;
    case Op.tforloop:
      return register === a + 2;
  }
  return register === a;
}
