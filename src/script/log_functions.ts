import { type Level, levels } from "../base/mod.ts";
import type { Log } from "../logs/mod.ts";
import type { HostFunction, LuaVM } from "./lua/vm.ts";

/** Makes `ERROR(...)`, `INFO(...)`, ...: arguments without separator, after file and line. */
export function defineLogFunctions(vm: LuaVM, log: Log): void {
  vm.pushGlobals();
  for (const level of levels) {
    vm.pushFunction(write(log, level));
    vm.setField(-2, level);
  }
  vm.pop();
}

function write(log: Log, level: Level): HostFunction {
  const method = level.toLowerCase() as Lowercase<typeof level>;
  return (vm) => {
    if (!log.isEnabled(level)) return 0;
    const count = vm.top;
    let text = vm.where(1);
    for (let index = 1; index <= count; index++) {
      vm.pushDisplayed(index);
      const shown = vm.toText(-1) ?? "";
      vm.spendCopy(shown.length);
      text += shown;
      vm.pop();
    }
    log[method](text);
    return 0;
  };
}
