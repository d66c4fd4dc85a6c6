import type { DataReader } from "../../codecs/mod.ts";
import { Pushed } from "./definition.ts";
import { LuaError } from "./error.ts";
import { LuaReader } from "./reader.ts";
import type { Objects } from "./objects.ts";
import { Type } from "./stack.ts";
import type { LuaVM } from "./vm.ts";
import { LuaWriter } from "./writer.ts";

/** The arguments of one call from a script, counted from 1. Only valid during the call. */
export class Arguments {
  readonly vm: LuaVM;
  readonly objects: Objects;
  readonly #name: string;
  /** Stack index of the argument before the first. */
  readonly #base: number;
  readonly count: number;

  /** `name` is the function's, for errors. */
  constructor(objects: Objects, name: string, base: number) {
    this.objects = objects;
    this.vm = objects.vm;
    this.#name = name;
    this.#base = base;
    this.count = Math.max(0, this.vm.top - base);
  }

  /** Stack index of an argument. */
  at(index: number): number {
    return this.#base + index;
  }

  /** False for nil and for what was not passed. */
  has(index: number): boolean {
    return index <= this.count && !this.vm.isNil(this.at(index));
  }

  /** What `type(argument)` says. */
  type(index: number): number {
    return index <= this.count ? this.vm.type(this.at(index)) : Type.none;
  }

  /** A string (or number) as text; `otherwise` when it is nil. */
  text(index: number, otherwise?: string): string {
    if (otherwise !== undefined && !this.has(index)) return otherwise;
    this.#count(index);
    return this.#expect(index, "string", this.vm.toText(this.at(index)));
  }

  /** A number, or a string that spells one; `otherwise` when it is nil. */
  number(index: number, otherwise?: number): number {
    if (otherwise !== undefined && !this.has(index)) return otherwise;
    const type = this.type(index);
    let number = type === Type.number || type === Type.string
      ? this.vm.toNumber(this.at(index))
      : undefined;
    if (number === 0 && type === Type.string && Number(this.text(index)) !== 0) number = undefined;
    return this.#expect(index, "number", number);
  }

  /** True for everything but false and nil. */
  boolean(index: number, otherwise = false): boolean {
    return this.has(index) ? this.vm.toBoolean(this.at(index)) : otherwise;
  }

  /** A copy of a string's bytes. */
  bytes(index: number): Uint8Array<ArrayBuffer> {
    this.#count(index);
    return this.#expect(index, "string", this.vm.toBytes(this.at(index)));
  }

  /** A view of a string's bytes in Lua's memory: only valid until the next call into the VM. */
  view(index: number): Uint8Array<ArrayBuffer> {
    this.#count(index);
    const at = index <= this.count ? this.vm.stringAt(this.at(index)) : 0;
    if (at === 0) this.#expect(index, "string", undefined);
    return this.vm.memory.subarray(at, at + this.vm.size);
  }

  /** The object of ours that the argument is; undefined when it is none, or another class's. */
  // deno-lint-ignore no-explicit-any
  object<T>(index: number, type: abstract new (...args: any[]) => T): T | undefined {
    const found = index <= this.count ? this.objects.at(this.at(index)) : undefined;
    return found instanceof type ? found : undefined;
  }

  /** Keeps an argument (a function, say) until {@link LuaVM.unref}. */
  ref(index: number): number {
    this.vm.pushCopy(this.at(index));
    return this.vm.ref();
  }

  /** All arguments from `first` on, as data; `orders` as in {@link LuaReader}. */
  reader(first = 1, orders = 0): DataReader {
    const { vm, objects, count } = this;
    return new LuaReader(vm, this.at(first), this.at(count), objects.typed, orders, true);
  }

  /** Pushes all values of `reader`, each as one result; `orders` as in {@link LuaWriter}. */
  answer(reader: DataReader, orders = 0): Pushed {
    const writer = new LuaWriter(this.vm, this.objects.typed, reader.isTree, orders);
    reader.read(writer);
    return new Pushed(writer.finish());
  }

  /** Raises an error about an argument. */
  fail(index: number, problem: string): never {
    throw new LuaError(
      `${this.vm.where(1)}bad argument #${index} to '${this.#name}' (${problem})`,
    );
  }

  /** A long text is work, whatever becomes of it. */
  #count(index: number): void {
    if (index <= this.count && this.vm.stringAt(this.at(index)) !== 0) {
      this.vm.spendCopy(this.vm.size);
    }
  }

  #expect<V>(index: number, wanted: string, value: V | undefined): V {
    if (value !== undefined && index <= this.count) return value;
    const got = index <= this.count ? this.vm.typeName(this.at(index)) : "no value";
    return this.fail(index, `${wanted} expected, got ${got}`);
  }
}
