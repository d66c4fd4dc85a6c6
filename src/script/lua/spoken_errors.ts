import { BoundedMap } from "../../base/mod.ts";
import { Type } from "./stack.ts";
import type { LuaVM } from "./vm.ts";

/** Longer texts are for no client. */
const LONGEST = 8_192;
/** A failure is looked at when it comes out of Lua: only the newest can be it. */
const KEPT = 16;
/** A text may have been raised again and again. */
const MAX_LOCATIONS = 16;

/** What Lua puts before a text: the file or the string, and the line. */
const LOCATION = /^(?:\[string "[^\n]*"\]|[^\n:]*\.lua|[^\s:]+\.\w+|\.\.\.[^\n:]*):\d+: /;

/** What Lua's own errors are not: values that only a script raises. */
const NO_TEXT = "(error object is a ";

/**
 * Remembers what scripts passed to `error`, to know which failures have a text for the client:
 * errors that Lua itself raises name files, lines and variables of the application.
 */
export class SpokenErrors {
  /** By the message that became of it, what the script passed. */
  readonly #texts = new BoundedMap<string, string>(KEPT);

  constructor(vm: LuaVM) {
    vm.intercept("_G", "error", (own) => () => {
      this.#note(vm);
      return own();
    });
  }

  /**
   * The words of the script that raised this message, or raised it again: empty when it had none,
   * undefined when Lua, or a function of the library, raised it.
   */
  of(message: string): string | undefined {
    if (message.startsWith(NO_TEXT)) return "";
    let text = message;
    let said: string | undefined;
    for (let count = 0; count < MAX_LOCATIONS; count++) {
      const passed = this.#texts.get(text);
      if (passed !== undefined && passed !== text) {
        text = said = passed;
        continue;
      }
      const inner = text.replace(LOCATION, "");
      if (inner === text) return passed ?? said;
      text = inner;
      said = undefined;
    }
    return undefined;
  }

  #note(vm: LuaVM): void {
    const type = vm.type(1);
    const isLong = type === Type.string && vm.stringAt(1) !== 0 && vm.size > LONGEST;
    if (isLong || (type !== Type.string && type !== Type.number)) return;
    vm.pushCopy(1);
    const text = vm.toText(-1) ?? "";
    vm.pop();
    const level = vm.type(2) === Type.number ? vm.toNumber(2) : 1;
    const location = type === Type.string && level > 0 ? vm.where(Math.min(level, 0x7fff)) : "";
    const message = location + text;
    // Raised again as it came out of a pcall.
    if (location === "" && this.#texts.has(message)) return;
    this.#texts.set(message, text);
  }
}
