import type { LuaVM } from "../vm.ts";

/** A heap up to here is collected at once, in bytes: some milliseconds. */
const SMALL_HEAP = 4 * 1024 * 1024;
/** Minimum cost of a collection in instructions, plus one per {@link BYTES_PER_INSTRUCTION}. */
const COLLECTION = 10_000;
const BYTES_PER_INSTRUCTION = 8;
/** Instructions that one step of the collector costs at least: it may take a millisecond. */
const STEP = 20_000;
/** What Lua takes for one step when it is asked for kilobytes. */
const STEP_KILOBYTES = 8;

/** Lua's own values for a new state (Lua 5.4 Reference Manual §2.5). */
const PAUSE = 200;
const STEP_MULTIPLIER = 100;

/**
 * `collectgarbage` in a state that belongs to all applications. Its pace is the server's: what
 * scripts set is remembered and answered, to no effect, since a pause of 100 has Lua 5.4 collect
 * all of a small heap at every allocation, and a collector that stands still takes the memory of
 * all. What scripts ask to have collected counts as instructions.
 */
export function boundCollector(vm: LuaVM): void {
  let pause = PAUSE;
  let multiplier = STEP_MULTIPLIER;
  let mode = "incremental";
  let isRunning = true;
  const number = (index: number) => vm.isNil(index) ? 0 : vm.checkInteger(index);
  const answer = (value: number | string | boolean): number => {
    if (typeof value === "string") vm.pushText(value);
    else if (typeof value === "number") vm.pushNumber(value);
    else vm.pushBoolean(value);
    return 1;
  };
  const change = (to: string): number => {
    const before = mode;
    mode = to;
    return answer(before);
  };
  vm.intercept("_G", "collectgarbage", (own) => () => {
    switch (vm.isNil(1) ? "collect" : vm.toText(1)) {
      case "collect":
        return collect(vm, own);
      case "step": {
        const steps = Math.max(1, Math.ceil(number(2) / STEP_KILOBYTES));
        const ended = cycle(vm, (done) => done < steps);
        if (ended === undefined) vm.pushNil();
        else vm.pushBoolean(ended);
        return 1;
      }
      case "stop":
        isRunning = false;
        return answer(0);
      case "restart":
        isRunning = true;
        return answer(0);
      case "isrunning":
        return answer(isRunning);
      case "setpause": {
        const before = pause;
        pause = number(2);
        return answer(before);
      }
      case "setstepmul": {
        const before = multiplier;
        multiplier = number(2);
        return answer(before);
      }
      case "incremental":
        pause = number(2) || pause;
        multiplier = number(3) || multiplier;
        number(4);
        return change("incremental");
      case "generational":
        number(2);
        number(3);
        return change("generational");
      default:
        return own();
    }
  });
}

/**
 * A full collection. That of a large heap goes by steps, the first of which end the cycle that was
 * under way, and takes at most half of what the event has left: the rest follows as Lua allocates.
 */
function collect(vm: LuaVM, own: () => number): number {
  const { used } = vm;
  if (used <= SMALL_HEAP) {
    vm.spend(COLLECTION + used / BYTES_PER_INSTRUCTION);
    return own();
  }
  const least = vm.left / 2;
  const isAffordable = (done: number) => done === 0 || vm.left > least;
  if (cycle(vm, isAffordable)) cycle(vm, isAffordable);
  vm.pushNumber(0);
  return 1;
}

/** Steps to the end of a cycle: whether it came to it. Undefined inside of a finalizer. */
function cycle(vm: LuaVM, goesOn: (done: number) => boolean): boolean | undefined {
  for (let done = 0; goesOn(done); done++) {
    vm.spend(STEP);
    const ended = vm.collectStep();
    if (ended !== false) return ended;
  }
  return false;
}
