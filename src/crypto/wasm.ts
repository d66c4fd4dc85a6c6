/**
 * Writes WebAssembly modules in their binary format, as far as the ciphers need it: functions over
 * one memory, 32-bit integers and vectors of 16 bytes. An expression is the code that leaves its
 * value on the stack, a statement leaves nothing.
 */
export type Code = number | readonly Code[];

type Type = "i32" | "v128";
const TYPES = { i32: 0x7f, v128: 0x7b } as const;
const FUNCTION_TYPE = 0x60;
const NO_RESULT = 0x40;
const MEMORY_EXPORT = 2;
const END = 0x0b;
const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const Section = {
  type: 1,
  function: 3,
  memory: 5,
  export: 7,
  code: 10,
  data: 11,
} as const;
type Section = (typeof Section)[keyof typeof Section];

/** A parameter or variable of one function. */
export class Local {
  readonly get: Code;
  readonly #index: Code;

  constructor(index: number) {
    this.#index = unsigned(index);
    this.get = [0x20, this.#index];
  }

  set(value: Code): Code {
    return [value, 0x21, this.#index];
  }

  /** Sets it and leaves the value on the stack. */
  tee(value: Code): Code {
    return [value, 0x22, this.#index];
  }
}

/** A function without result whose parameters are 32-bit integers. */
export class WasmFunction<Parameter extends string = string> {
  readonly name: string;
  readonly parameters: Readonly<Record<Parameter, Local>>;
  readonly #parameterCount: number;
  readonly #locals: Type[] = [];
  #body: Code = [];

  constructor(name: string, ...parameters: Parameter[]) {
    this.name = name;
    this.#parameterCount = parameters.length;
    this.parameters = named(parameters, parameters.map((_, index) => new Local(index)));
  }

  local(type: Type): Local {
    return new Local(this.#parameterCount + this.#locals.push(type) - 1);
  }

  locals<Name extends string>(type: Type, ...names: Name[]): Readonly<Record<Name, Local>> {
    return named(names, names.map(() => this.local(type)));
  }

  set body(statements: Code) {
    this.#body = statements;
  }

  get type(): Code {
    return [FUNCTION_TYPE, vector(Array(this.#parameterCount).fill(TYPES.i32)), vector([])];
  }

  get code(): Code {
    const locals = this.#locals.map((type) => [1, TYPES[type]]);
    return sized([vector(locals), this.#body, END]);
  }
}

function named<Name extends string>(
  names: readonly Name[],
  locals: readonly Local[],
): Record<Name, Local> {
  const entries = names.map((name, index) => [name, locals[index]]);
  return Object.fromEntries(entries) as Record<Name, Local>;
}

/** Repeats the statements while the condition, computed after them, is not 0. */
export function repeat(statements: Code, condition: Code): Code {
  return [0x03, NO_RESULT, statements, condition, 0x0d, 0, END];
}

/** Bytes that are in memory from the start. */
export interface Data {
  readonly at: number;
  readonly bytes: Iterable<number>;
}

/** The module: its functions and its memory, of pages of 64 kB, are exported. */
export function wasmModule(
  { pages, data, functions }: {
    readonly pages: number;
    readonly data: readonly Data[];
    readonly functions: readonly WasmFunction[];
  },
): Uint8Array<ArrayBuffer> {
  const exports = functions.map(({ name }, index) => [text(name), 0, unsigned(index)]);
  const segments = data.map(({ at, bytes }) => [0, i32.const(at), END, vector([...bytes])]);
  return Uint8Array.from(flat([
    HEADER,
    section(Section.type, functions.map(({ type }) => type)),
    section(Section.function, functions.map((_, index) => unsigned(index))),
    section(Section.memory, [[1, unsigned(pages), unsigned(pages)]]),
    section(Section.export, [[text("memory"), MEMORY_EXPORT, 0], ...exports]),
    section(Section.code, functions.map(({ code }) => code)),
    section(Section.data, segments),
  ]));
}

/** Instructions on 32-bit integers. Offsets of memory are added to an address. */
export const i32 = {
  const: (value: number): Code => [0x41, signed(value)],
  add: (...values: Code[]): Code => chained(0x6a, values),
  and: (...values: Code[]): Code => chained(0x71, values),
  or: (...values: Code[]): Code => chained(0x72, values),
  xor: (...values: Code[]): Code => chained(0x73, values),
  shiftRight: (value: Code, bits: number): Code => [value, i32.const(bits), 0x76],
  rotateRight: (value: Code, bits: number): Code => [value, i32.const(bits), 0x78],
  /** 1 when `a` is less than `b`, both without sign. */
  less: (a: Code, b: Code): Code => [a, b, 0x49],
  load: (address: Code, offset = 0): Code => [address, 0x28, 2, unsigned(offset)],
  store: (address: Code, offset: number, value: Code): Code => [
    address,
    value,
    0x36,
    2,
    unsigned(offset),
  ],
};

/** Instructions on vectors of 16 bytes. */
export const v128 = {
  and: (a: Code, b: Code): Code => [a, b, vectorOp(0x4e)],
  xor: (...values: Code[]): Code => chained(vectorOp(0x51), values),
  /** Each four bytes as a number, shifted. */
  shiftRight32: (value: Code, bits: number): Code => [value, i32.const(bits), vectorOp(0xad)],
  /**
   * Byte `indices[i]` of `table` at each index i, and 0 where the index has its high bit set
   * (relaxed: from 16 to 127 it depends on the machine, which needs one instruction).
   */
  lookup: (table: Code, indices: Code): Code => [table, indices, vectorOp(0x100)],
  load: (address: Code, offset = 0): Code => [address, vectorOp(0x00), 0, unsigned(offset)],
  store: (address: Code, offset: number, value: Code): Code => [
    address,
    value,
    vectorOp(0x0b),
    0,
    unsigned(offset),
  ],
};

function vectorOp(code: number): Code {
  return [0xfd, unsigned(code)];
}

/** All values joined by an operation of two. */
function chained(operation: Code, [first, ...others]: readonly Code[]): Code {
  return [first ?? [], others.map((value) => [value, operation])];
}

function section(id: Section, entries: readonly Code[]): Code {
  return [id, sized(vector(entries))];
}

function vector(entries: readonly Code[]): Code {
  return [unsigned(entries.length), entries];
}

function sized(code: Code): Code {
  const bytes = flat(code);
  return [unsigned(bytes.length), bytes];
}

/** ASCII. */
function text(name: string): Code {
  return vector([...name].map((letter) => letter.charCodeAt(0)));
}

function flat(code: Code, into: number[] = []): number[] {
  if (typeof code === "number") into.push(code);
  else for (const part of code) flat(part, into);
  return into;
}

/** LEB128, without sign. */
function unsigned(value: number): Code {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

/** LEB128 of 32 bits, with sign. */
function signed(value: number): Code {
  const bytes: number[] = [];
  let rest = value | 0;
  for (; rest < -0x40 || rest > 0x3f; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest & 0x7f];
}
