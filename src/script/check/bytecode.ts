import { decodeText } from "../../bytes/mod.ts";
import { LuaError } from "../lua/error.ts";
import type { LuaVM } from "../lua/vm.ts";

/** A compiled function, with the names that its compiler kept for messages. */
export interface Compiled {
  readonly parameters: number;
  readonly code: readonly Instruction[];
  /** Constants by index: only texts are of interest, the others are undefined. */
  readonly constants: readonly (string | undefined)[];
  readonly upvalues: readonly Upvalue[];
  readonly inner: readonly Compiled[];
  /** In order of declaration. */
  readonly locals: readonly Local[];
}

/** One instruction of Lua 5.4's machine (lopcodes.h): `iABC` unless `bx` is meant. */
export interface Instruction {
  readonly op: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  /** Whether an operand is a constant. */
  readonly k: boolean;
  readonly bx: number;
  /** Signed offset of a jump. */
  readonly sj: number;
  /** From 1. */
  readonly line: number;
}

export interface Upvalue {
  name: string;
  /** Whether it is a register of the enclosing function, else an upvalue of that. */
  readonly isRegister: boolean;
  readonly index: number;
}

/** A local variable: alive from instruction `start` until before `end`. */
export interface Local {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly register: number;
}

/** Opcodes of Lua 5.4 (lopcodes.h) that say something of names. */
export const Op = {
  move: 0,
  loadk: 3,
  /** Loads false, and leaves the next instruction out. */
  skip: 6,
  loadnil: 8,
  getupval: 9,
  setupval: 10,
  gettabup: 11,
  gettable: 12,
  getfield: 14,
  settabup: 15,
  settable: 16,
  seti: 17,
  setfield: 18,
  self: 20,
  mmbin: 46,
  mmbink: 48,
  not: 51,
  close: 54,
  jmp: 56,
  eqk: 60,
  test: 66,
  testset: 67,
  call: 68,
  tailcall: 69,
  return: 70,
  return1: 72,
  forloop: 73,
  forprep: 74,
  tforprep: 75,
  tforcall: 76,
  tforloop: 77,
  setlist: 78,
  closure: 79,
  vararg: 80,
  varargprep: 81,
  extraarg: 82,
} as const;

/** Type byte of a constant (lobject.h): a tag and its variant. */
const Constant = { nil: 0x00, false: 0x01, integer: 0x03, short: 0x04, true: 0x11, float: 0x13 };
const LONG_TEXT = 0x14;
/** Signature, version, format, LUAC_DATA, three sizes, an integer and a number (ldump.c). */
const HEADER = 4 + 1 + 1 + 6 + 3 + 8 + 8;
/** In the line numbers: the instruction's line is in the other list. */
const ABSOLUTE = -0x80;

/**
 * Compiles a source and reads what Lua made of it: its own compiler tells locals from globals.
 * @throws LuaError for a syntax error
 */
export function compile(vm: LuaVM, path: string, source: Uint8Array): Compiled {
  vm.load(source, path);
  vm.pushGlobals();
  vm.getField(-1, "string");
  vm.getField(-1, "dump");
  vm.pushCopy(-4);
  vm.call(1, 1);
  const bytes = vm.toBytes(-1);
  vm.pop(4);
  if (bytes === undefined) throw new LuaError("string.dump gave nothing");
  return new BytecodeReader(bytes).read();
}

class BytecodeReader {
  readonly #bytes: Uint8Array;
  #at = HEADER + 1;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  read(): Compiled {
    this.#text();
    const firstLine = this.#size();
    this.#size();
    const parameters = this.#byte();
    this.#at += 2;
    const words = this.#list(() => this.#word());
    const constants = this.#list(() => this.#constant());
    const upvalues = this.#list((): Upvalue => {
      const isRegister = this.#byte() !== 0;
      const index = this.#byte();
      this.#at++;
      return { name: "", isRegister, index };
    });
    const inner = this.#list(() => this.read());
    const lines = this.#lines(firstLine);
    const locals = withRegisters(this.#list(() => ({
      name: this.#text(),
      start: this.#size(),
      end: this.#size(),
    })));
    for (const [index, name] of this.#list(() => this.#text()).entries()) {
      const upvalue = upvalues[index];
      if (upvalue !== undefined) upvalue.name = name;
    }
    const code = words.map((word, at) => instruction(word, lines[at] ?? firstLine));
    return { parameters, code, constants, upvalues, inner, locals };
  }

  #lines(first: number): number[] {
    const deltas = this.#list(() => (this.#byte() << 24) >> 24);
    const absolute = new Map(this.#list(() => [this.#size(), this.#size()] as const));
    let line = first;
    return deltas.map((delta, at) =>
      line = delta === ABSOLUTE ? absolute.get(at) ?? line : line + delta
    );
  }

  #constant(): string | undefined {
    switch (this.#byte()) {
      case Constant.short:
      case LONG_TEXT:
        return this.#text();
      case Constant.integer:
      case Constant.float:
        this.#at += 8;
        return undefined;
      default:
        return undefined;
    }
  }

  #list<T>(read: () => T): T[] {
    return Array.from({ length: this.#size() }, read);
  }

  #byte(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  #word(): number {
    return this.#byte() | this.#byte() << 8 | this.#byte() << 16 | this.#byte() << 24;
  }

  /** Seven bits a byte, the most significant first; the last byte has its eighth bit set. */
  #size(): number {
    let size = 0;
    for (;;) {
      const byte = this.#byte();
      size = size * 128 + (byte & 0x7f);
      if (byte >= 0x80 || this.#at > this.#bytes.length) return size;
    }
  }

  #text(): string {
    const size = this.#size();
    if (size === 0) return "";
    const start = this.#at;
    this.#at += size - 1;
    return decodeText(this.#bytes, start, this.#at);
  }
}

function instruction(word: number, line: number): Instruction {
  return {
    op: word & 0x7f,
    a: word >>> 7 & 0xff,
    k: (word >>> 15 & 1) !== 0,
    b: word >>> 16 & 0xff,
    c: word >>> 24,
    bx: word >>> 15,
    sj: (word >>> 7) - 0xffffff,
    line,
  };
}

/** A local's register is the number of locals that are alive where it begins. */
function withRegisters(locals: readonly Omit<Local, "register">[]): Local[] {
  return locals.map((local, index) => {
    const alive = locals.slice(0, index).filter(({ end }) => end > local.start);
    return { ...local, register: alive.length };
  });
}
