import type { Client } from "../../hub/mod.ts";
import type { Objects } from "../lua/objects.ts";
import { Type } from "../lua/stack.ts";
import type { LuaVM } from "../lua/vm.ts";
import type { Application } from "./application.ts";

/** The functions in an application's clients that are of the files it ran so far. */
export interface KeptFunctions {
  /** How many clients have one of them still; may be asked once. */
  count(): number;
}

/**
 * Finds what an edit cannot reach: functions that a script put into connected clients stay as they
 * are when its file runs anew, with the locals they share.
 */
export class FunctionKeeper {
  readonly #vm: LuaVM;
  readonly #objects: Objects;
  /** Reference of prelude's function that tells where a function was written. */
  readonly #sourceOf: number;

  constructor(objects: Objects, sourceOf: number) {
    this.#vm = objects.vm;
    this.#objects = objects;
    this.#sourceOf = sourceOf;
  }

  /** Notes them before the application starts again: `clients` are its own and those below it. */
  note(application: Application, clients: () => Iterable<Client>): KeptFunctions {
    const vm = this.#vm;
    vm.pushTable();
    const set = vm.top;
    for (const client of clients()) {
      this.#each(client, () => {
        if (!application.chunks.has(this.#source())) return true;
        vm.pushCopy(-1);
        vm.pushBoolean(true);
        vm.rawSet(set);
        return true;
      });
    }
    const noted = vm.ref();
    return {
      count: () => {
        vm.pushRef(noted);
        vm.unref(noted);
        const set = vm.top;
        let count = 0;
        for (const client of clients()) {
          this.#each(client, () => {
            vm.pushCopy(-1);
            const isKept = vm.rawGet(set) !== Type.nil;
            vm.pop();
            if (isKept) count++;
            return !isKept;
          });
        }
        vm.pop();
        return count;
      },
    };
  }

  /** Calls `visit` with each function in a client on top of the stack, until it says false. */
  #each(client: Client, visit: () => boolean): void {
    const vm = this.#vm;
    vm.scoped((base) => {
      if (!this.#objects.pushKnown(client)) return;
      vm.pushNil();
      while (vm.next(base + 1)) {
        if (vm.type(-1) === Type.function && !visit()) break;
        vm.pop();
      }
    });
  }

  /** The name of the file that the function on top of the stack was written in. */
  #source(): string {
    const vm = this.#vm;
    vm.pushRef(this.#sourceOf);
    vm.pushCopy(-2);
    vm.call(1, 1);
    const source = vm.toText(-1) ?? "";
    vm.pop();
    return source;
  }
}
