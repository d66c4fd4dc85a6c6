import type { Host } from "../host.ts";
import { Arguments } from "../lua/arguments.ts";
import { dateFields } from "../lua/date.ts";
import type { Answer } from "../lua/definition.ts";
import { LuaError } from "../lua/error.ts";
import { Type } from "../lua/stack.ts";
import type { LuaVM } from "../lua/vm.ts";
import { environmentVariables } from "./disk.ts";
import { attempt, publishLibrary } from "./io.ts";
import { strftime } from "./strftime.ts";

/** Lua's `os` library on the real system; programs are not started. */
export function defineOs(host: Host): void {
  const { vm, objects, options } = host;
  const started = options.clock.now();
  const library: Record<string, (args: Arguments) => Answer> = {
    time: (args) => args.has(1) ? timeOf(args) : Math.floor(options.clock.epoch() / 1000),
    date: (args) => date(args, options.clock.epoch()),
    clock: () => (vm) => vm.pushFloat((options.clock.now() - started) / 1000),
    difftime: (args) => args.number(1) - args.number(2, 0),
    getenv: (args) => environmentVariables()[args.text(1)],
    remove: (args) => {
      const path = args.text(1);
      return attempt(path, () => {
        Deno.removeSync(path);
        return true;
      });
    },
    rename: (args) => {
      const path = args.text(1);
      const to = args.text(2);
      return attempt(path, () => {
        Deno.renameSync(path, to);
        return true;
      });
    },
    tmpname: () => Deno.makeTempFileSync({ prefix: "lua_" }),
    setlocale: (args) => /^(C|POSIX)?$/.test(args.text(1, "")) ? "C" : null,
    execute: (args) => {
      if (!args.has(1)) return false;
      throw new LuaError(`${vm.where(1)}os.execute is refused: scripts start no programs`);
    },
    exit: (args) => {
      const code = args.type(1) === Type.boolean ? (args.boolean(1) ? 0 : 1) : args.number(1, 0);
      options.exit(code);
      throw new LuaError(`${vm.where(1)}os.exit: the server stops`);
    },
  };
  vm.pushTable();
  for (const [name, call] of Object.entries(library)) {
    vm.pushFunction(() => objects.answer(call(new Arguments(objects, name, 0))));
    vm.setField(-2, name);
  }
  publishLibrary(vm, "os");
}

/** What C's `int` holds: the fields of a date are such. */
const MAX_INT = 2 ** 31 - 1;

/** `os.time(table)`: local time, fields out of range carried over. */
function timeOf(args: Arguments): number {
  const { vm } = args;
  if (args.type(1) !== Type.table) args.fail(1, "table expected");
  const fail = (problem: string): never => {
    throw new LuaError(`${vm.where(1)}${problem}`);
  };
  const field = (name: string, otherwise?: number, base = 0): number => {
    const type = vm.getField(args.at(1), name);
    const value = Math.trunc(type === Type.nil ? otherwise ?? NaN : numberAt(vm));
    vm.pop();
    if (Number.isSafeInteger(value)) {
      return Math.abs(value - base) <= MAX_INT ? value : fail(`field '${name}' is out-of-bound`);
    }
    return type === Type.nil
      ? fail(`field '${name}' missing in date table`)
      : fail(`field '${name}' is not an integer`);
  };
  const [year, month, day] = [
    field("year", undefined, 1900),
    field("month", undefined, 1),
    field("day"),
  ];
  const date = new Date(2000, 0, 1, field("hour", 12), field("min", 0), field("sec", 0));
  date.setFullYear(year, month - 1, day);
  const time = Math.floor(date.getTime() / 1000);
  return Number.isNaN(time) ? fail("time result cannot be represented in this installation") : time;
}

/** The number on top of the stack, or the one that text there spells; NaN for anything else. */
function numberAt(vm: LuaVM): number {
  const type = vm.type(-1);
  if (type === Type.number) return vm.toNumber(-1);
  const text = type === Type.string ? vm.toText(-1)?.trim() : "";
  return text === "" ? NaN : Number(text);
}

/** `os.date([format [, time]])`. */
function date(args: Arguments, now: number): Answer {
  let format = args.text(1, "%c");
  const time = args.has(2) ? args.number(2) * 1000 : now;
  const isUtc = format.startsWith("!");
  if (isUtc) format = format.slice(1);
  if (Number.isNaN(new Date(time).getTime())) {
    throw new LuaError(
      `${args.vm.where(1)}date result cannot be represented in this installation`,
    );
  }
  const zone = isUtc ? 0 : -new Date(time).getTimezoneOffset();
  if (format.startsWith("*t")) return (vm) => pushFields(vm, time, zone);
  const text = strftime(format, time, zone);
  if (text !== undefined) return text;
  return args.fail(1, `invalid conversion specifier '${format}'`);
}

function pushFields(vm: LuaVM, time: number, zone: number): void {
  vm.pushTable(0, 9);
  for (const [name, value] of dateFields(time, zone)) {
    if (name === "msec") continue;
    vm.pushNumber(value);
    vm.setField(-2, name);
  }
  const january = -new Date(new Date(time).getFullYear(), 0, 1).getTimezoneOffset();
  const july = -new Date(new Date(time).getFullYear(), 6, 1).getTimezoneOffset();
  vm.pushBoolean(zone !== 0 && january !== july && zone === Math.max(january, july));
  vm.setField(-2, "isdst");
}
