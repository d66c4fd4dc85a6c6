import { type FlowWriter, Invocation, invoke } from "../../hub/mod.ts";
import type { Arguments } from "../lua/arguments.ts";
import { Type } from "../lua/stack.ts";

/** Arguments, and bytes of all their strings, up to which a call is remembered. */
const MAX_VALUES = 16;
const MAX_BYTES = 1_024;

/** Instructions that a call costs which is encoded already. */
export const TOLD = 50;

/**
 * Calls of clients' functions. A script that goes through its clients tells each of them the same:
 * from the second equal call on all get one encoding, as those of a broadcast do. Tables are not
 * compared, and calls with one are encoded each time.
 */
export class RepeatedCall {
  #name = "";
  /** Arguments of the last call, its name included; -1 when it cannot come again. */
  #count = -1;
  readonly #types = new Int8Array(MAX_VALUES + 1);
  /** The number, or a boolean as one, or the length of the string. */
  readonly #numbers = new Float64Array(MAX_VALUES + 1);
  /** All strings, one behind the other. */
  readonly #bytes = new Uint8Array(MAX_BYTES);
  /** Those of the call under way. */
  #args: Arguments | undefined;
  #invocation: Invocation | undefined;

  /** Calls `name` of a client, which is the first argument, with those behind it. */
  write(flow: FlowWriter, args: Arguments): void {
    const name = args.text(1);
    if (!this.#isSame(name, args)) {
      this.#keep(name, args);
      return flow.writeInvocation(name, args.reader(2));
    }
    args.vm.spend(TOLD);
    this.#args = args;
    try {
      invoke(flow, this.#invocation ??= new Invocation(name, () => this.#args!.reader(2)));
    } finally {
      this.#args = undefined;
    }
  }

  #isSame(name: string, args: Arguments): boolean {
    const { vm, count } = args;
    if (count !== this.#count || name !== this.#name) return false;
    let start = 0;
    for (let i = 2; i <= count; i++) {
      const index = args.at(i);
      const type = vm.type(index);
      if (type !== this.#types[i]) return false;
      const kept = this.#numbers[i]!;
      if (type === Type.number) {
        if (!Object.is(vm.toNumber(index), kept)) return false;
      } else if (type === Type.boolean) {
        if (vm.toBoolean(index) !== (kept === 1)) return false;
      } else if (type === Type.string) {
        const at = vm.stringAt(index);
        if (vm.size !== kept) return false;
        const { memory } = vm;
        for (let j = 0; j < kept; j++) if (memory[at + j] !== this.#bytes[start + j]) return false;
        start += kept;
      }
    }
    return true;
  }

  #keep(name: string, args: Arguments): void {
    const isKept = name.length <= MAX_BYTES && this.#keepValues(args);
    this.#name = isKept ? name : "";
    this.#count = isKept ? args.count : -1;
    this.#invocation = undefined;
  }

  /** False when they cannot be compared. */
  #keepValues(args: Arguments): boolean {
    const { vm, count } = args;
    if (count > MAX_VALUES) return false;
    let used = 0;
    for (let i = 2; i <= count; i++) {
      const index = args.at(i);
      const type = this.#types[i] = vm.type(index);
      if (type === Type.number) {
        const value = this.#numbers[i] = vm.toNumber(index);
        // Integers of 64 bits differ where their numbers do not.
        if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false;
      } else if (type === Type.boolean) {
        this.#numbers[i] = vm.toBoolean(index) ? 1 : 0;
      } else if (type === Type.string) {
        const at = vm.stringAt(index);
        const size = this.#numbers[i] = vm.size;
        if (used + size > MAX_BYTES) return false;
        const { memory } = vm;
        for (let j = 0; j < size; j++) this.#bytes[used + j] = memory[at + j]!;
        used += size;
      } else if (type !== Type.nil) {
        return false;
      }
    }
    return true;
  }
}
