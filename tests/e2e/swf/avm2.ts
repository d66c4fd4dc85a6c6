import { ByteWriter, encodeText } from "../../../src/bytes/mod.ts";
import { Attribute, swf, Tag } from "./file.ts";

/**
 * A movie in ActionScript 3: one class, whose constructor runs a list of expressions.
 * Source: ActionScript Virtual Machine 2 Overview.
 */
export interface Movie {
  /** Variables that all callbacks see. */
  readonly variables?: readonly string[];
  readonly script: readonly Value[];
}

/** Writes code that leaves one value on the stack. */
export type Expression = (code: Code) => void;
export type Value = Expression | string | number | boolean | null;

const Op = {
  label: 0x09,
  jump: 0x10,
  ifFalse: 0x12,
  pushNull: 0x20,
  pushTrue: 0x26,
  pushFalse: 0x27,
  pushString: 0x2c,
  pushInt: 0x2d,
  pushScope: 0x30,
  pop: 0x29,
  popScope: 0x1d,
  newFunction: 0x40,
  callProperty: 0x46,
  returnVoid: 0x47,
  returnValue: 0x48,
  constructSuper: 0x49,
  constructProperty: 0x4a,
  newObject: 0x55,
  newClass: 0x58,
  findPropertyStrict: 0x5d,
  getLexical: 0x60,
  setProperty: 0x61,
  getLocal: 0x62,
  getScopeObject: 0x65,
  getProperty: 0x66,
  initProperty: 0x68,
  equals: 0xab,
  greaterEquals: 0xb0,
} as const;

/** Bytes of a branch. */
const BRANCH = 4;

/** A parameter of the callback, a variable of the movie, or a class such as `flash.net.Socket`. */
export const name = (path: string): Expression => (code) => {
  const local = code.locals.indexOf(path);
  if (local === -1) code.op(Op.getLexical, code.pool.name(path));
  else code.op(Op.getLocal, local + 1);
};

export const member = (object: Value, property: string): Expression => (code) => {
  code.push(object);
  code.op(Op.getProperty, code.pool.name(property));
};

export const call = (object: Value, method: string, ...args: Value[]): Expression => (code) => {
  code.push(object, ...args);
  code.op(Op.callProperty, code.pool.name(method), args.length);
};

/** Calls a method of the movie itself. */
export const own = (method: string, ...args: Value[]): Expression => (code) => {
  code.op(Op.findPropertyStrict, code.pool.name(method));
  code.push(...args);
  code.op(Op.callProperty, code.pool.name(method), args.length);
};

export const make = (path: string, ...args: Value[]): Expression => (code) => {
  code.op(Op.findPropertyStrict, code.pool.name(path));
  code.push(...args);
  code.op(Op.constructProperty, code.pool.name(path), args.length);
};

/** An object without a class. */
export const record = (properties: Readonly<Record<string, Value>>): Expression => (code) => {
  const entries = Object.entries(properties);
  code.push(...entries.flat());
  code.op(Op.newObject, entries.length);
};

/** Gives a variable of the movie a value. */
export const assign = (variable: string, value: Value): Expression => (code) => {
  code.op(Op.findPropertyStrict, code.pool.name(variable));
  code.push(value);
  code.op(Op.setProperty, code.pool.name(variable));
  code.push(null);
};

/** Gives a property of an object a value. */
export const set = (object: Value, property: string, value: Value): Expression => (code) => {
  code.push(object, value);
  code.op(Op.setProperty, code.pool.name(property));
  code.push(null);
};

export const atLeast = (value: Value, limit: Value): Expression => (code) => {
  code.push(value, limit);
  code.op(Op.greaterEquals);
};

export const equals = (value: Value, other: Value): Expression => (code) => {
  code.push(value, other);
  code.op(Op.equals);
};

/** Ends the callback with a value. */
export const answer = (value: Value): Expression => (code) => {
  code.push(value);
  code.op(Op.returnValue);
  code.push(null);
};

export const when = (condition: Value, ...script: Value[]): Expression => (code) => {
  const body = code.fork((inner) => inner.run(script));
  code.push(condition);
  code.branch(Op.ifFalse, body.length);
  code.out.bytes(body);
  code.push(null);
};

export const repeat = (condition: Value, ...script: Value[]): Expression => (code) => {
  const test = code.fork((inner) => inner.push(condition));
  const body = code.fork((inner) => inner.run(script));
  code.op(Op.label);
  code.out.bytes(test);
  code.branch(Op.ifFalse, body.length + BRANCH);
  code.out.bytes(body);
  code.branch(Op.jump, -(1 + test.length + BRANCH + body.length + BRANCH));
  code.push(null);
};

export const callback = (parameters: readonly string[], ...script: Value[]): Expression => (code) =>
  code.op(Op.newFunction, code.pool.method(parameters, (body) => body.run(script)));

/** Calls the page's function `report`. */
export const report = (...values: Value[]): Expression =>
  call(name("flash.external.ExternalInterface"), "call", "report", ...values);

/** One part of the constant pool: index 0 is never written. */
class Pool {
  readonly #indices = new Map<string, number>();
  readonly #out = new ByteWriter();

  index(key: string, write: (out: ByteWriter) => void): number {
    const found = this.#indices.get(key);
    if (found !== undefined) return found;
    write(this.#out);
    this.#indices.set(key, this.#indices.size + 1);
    return this.#indices.size;
  }

  write(out: ByteWriter): void {
    const count = this.#indices.size;
    u30(out, count === 0 ? 0 : count + 1).bytes(this.#out.view());
  }
}

/** The constants and methods of one block of bytecode. */
class Block {
  readonly ints = new Pool();
  readonly strings = new Pool();
  readonly namespaces = new Pool();
  readonly names = new Pool();
  readonly signatures = new ByteWriter();
  readonly bodies = new ByteWriter();
  methods = 0;

  int(value: number): number {
    return this.ints.index(String(value), (out) => u30(out, value >>> 0));
  }

  string(value: string): number {
    const bytes = encodeText(value);
    return this.strings.index(value, (out) => u30(out, bytes.length).bytes(bytes));
  }

  /** A public name, with its package before the last dot. */
  name(path: string): number {
    const dot = path.lastIndexOf(".");
    const space = this.string(path.slice(0, Math.max(dot, 0)));
    const local = this.string(path.slice(dot + 1));
    const namespace = this.namespaces.index(String(space), (out) => u30(out.u8(0x16), space));
    return this.names.index(path, (out) => u30(u30(out.u8(0x07), namespace), local));
  }

  method(parameters: readonly string[], write: (code: Code) => void): number {
    const index = this.methods++;
    u30(this.signatures, parameters.length);
    for (let i = 0; i <= parameters.length; i++) u30(this.signatures, 0);
    u30(this.signatures, 0).u8(0);
    const code = new Code(this, parameters);
    write(code);
    code.op(Op.returnVoid);
    const [maxStack, maxScope] = [64, 16];
    for (const value of [index, maxStack, parameters.length + 1, 0, maxScope, code.out.length]) {
      u30(this.bodies, value);
    }
    this.bodies.bytes(code.out.view()).u8(0).u8(0);
    return index;
  }
}

class Code {
  readonly out = new ByteWriter();
  readonly pool: Block;
  readonly locals: readonly string[];

  constructor(pool: Block, locals: readonly string[]) {
    this.pool = pool;
    this.locals = locals;
  }

  op(code: number, ...operands: number[]): void {
    this.out.u8(code);
    for (const operand of operands) u30(this.out, operand);
  }

  push(...values: Value[]): void {
    for (const value of values) {
      if (typeof value === "function") value(this);
      else if (typeof value === "string") this.op(Op.pushString, this.pool.string(value));
      else if (typeof value === "number") this.op(Op.pushInt, this.pool.int(value));
      else this.op(value === null ? Op.pushNull : value ? Op.pushTrue : Op.pushFalse);
    }
  }

  run(script: readonly Value[]): void {
    for (const value of script) {
      this.push(value);
      this.op(Op.pop);
    }
  }

  /** Code of the same method, to be put somewhere. */
  fork(write: (code: Code) => void): Uint8Array {
    const inner = new Code(this.pool, this.locals);
    write(inner);
    return inner.out.take();
  }

  /** @param distance in bytes, from behind the branch */
  branch(code: number, distance: number): void {
    this.out.u8(code).u16LE(distance & 0xffff).u8(distance >> 16 & 0xff);
  }
}

/** A class `Movie` with a slot per variable, and the script that defines it. */
function bytecode({ variables = [], script }: Movie): Uint8Array {
  const block = new Block();
  const [self, parent] = [block.name("Movie"), block.name("flash.display.MovieClip")];
  const nothing = block.method([], () => {});
  const constructor = block.method([], (code) => {
    code.op(Op.getLocal, 0);
    code.op(Op.pushScope);
    code.op(Op.getLocal, 0);
    code.op(Op.constructSuper, 0);
    code.run(script);
  });
  const definition = block.method([], (code) => {
    code.op(Op.getLocal, 0);
    code.op(Op.pushScope);
    code.op(Op.getScopeObject, 0);
    code.op(Op.getLexical, parent);
    code.op(Op.pushScope);
    code.op(Op.getLexical, parent);
    code.op(Op.newClass, 0);
    code.op(Op.popScope);
    code.op(Op.initProperty, self);
  });
  const slots = new ByteWriter();
  for (const variable of variables) {
    for (const value of [block.name(variable), Trait.slot, 0, 0, 0]) u30(slots, value);
  }
  const out = new ByteWriter();
  out.u16LE(16).u16LE(46);
  block.ints.write(out);
  // Neither unsigned numbers nor fractions.
  out.u8(0).u8(0);
  block.strings.write(out);
  block.namespaces.write(out);
  // No sets of namespaces.
  out.u8(0);
  block.names.write(out);
  u30(out, block.methods).bytes(block.signatures.view());
  // No metadata, one class: instance, then the class itself.
  out.u8(0).u8(1);
  for (const value of [self, parent, 0, 0, constructor, variables.length]) u30(out, value);
  out.bytes(slots.view());
  for (const value of [nothing, 0]) u30(out, value);
  // One script, with the class as its trait.
  for (const value of [1, definition, 1, self, Trait.class, 0, 0]) u30(out, value);
  return u30(out, block.methods).bytes(block.bodies.view()).take();
}

const Trait = { slot: 0, class: 4 } as const;

/** The movie as a file. */
export const actionScript3 = (movie: Movie): Uint8Array<ArrayBuffer> =>
  swf(20, Attribute.actionScript3, [
    [Tag.doAbc, (body) => body.u32LE(0).u8(0).bytes(bytecode(movie))],
    [Tag.symbolClass, (body) => body.u16LE(1).u16LE(0).bytes(encodeText("Movie\0"))],
  ]);

/** A variable-length number of the bytecode: seven bits a byte, the lowest first. */
function u30(out: ByteWriter, value: number): ByteWriter {
  for (; value > 0x7f; value >>>= 7) out.u8(value & 0x7f | 0x80);
  return out.u8(value);
}
