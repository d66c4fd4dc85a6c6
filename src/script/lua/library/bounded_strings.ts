import { ByteWriter } from "../../../bytes/mod.ts";
import type { Pointer } from "../build.ts";
import { Type } from "../stack.ts";
import { BYTES_PER_INSTRUCTION, type HostFunction, type LuaVM, type Original } from "../vm.ts";
import { type Capture, isDigit, isSpecial, PatternMatch, worstSteps } from "./pattern.ts";
import { PlainSearch } from "./plain_search.ts";

/**
 * Steps that one call of Lua's own library may take at most to be left to it: some milliseconds.
 * Nothing can stop it once it runs.
 */
const MAX_STEPS = 4_000_000;
/** Steps of a plain search that cost as much as one of a pattern. */
const PLAIN = 32;

/** A call that may take as many steps is compared with the clock: what it does may be far less. */
const TIMED_STEPS = 100_000;
const TIMED = 10_000;
const ESCAPE = 0x25;

/**
 * Makes the string functions that match patterns stop at the instruction budget. A call that cannot
 * take long, whatever the subject, is Lua's own; any other is done here, with its steps counted.
 * `maxSteps`: what is left to Lua; for tests.
 */
export function boundPatterns(vm: LuaVM, maxSteps: number = MAX_STEPS): void {
  vm.intercept("string", "find", (own) => () => {
    const steps = isPlain(vm) ? plainSteps(vm) / PLAIN : patternSteps(vm, bytesLeft(vm));
    return steps <= maxSteps ? timed(vm, steps, own) : search(vm, true);
  });
  vm.intercept("string", "match", (own) => () => {
    const steps = patternSteps(vm, bytesLeft(vm));
    return steps <= maxSteps ? timed(vm, steps, own) : search(vm, false);
  });
  vm.intercept("string", "gmatch", (own) => () => {
    return patternSteps(vm) <= maxSteps ? own() : iterate(vm);
  });
  vm.intercept("string", "gsub", (own) => () => {
    repairReplacement(vm);
    const steps = patternSteps(vm);
    return steps <= maxSteps ? timed(vm, steps, own) : replace(vm);
  });
  vm.intercept("string", "rep", repeat(vm));
}

/** Lua's own function, which nothing looks at while it runs. */
function timed(vm: LuaVM, steps: number, own: Original): number {
  if (steps < TIMED_STEPS) return own();
  vm.spend(TIMED);
  const count = own();
  vm.spend(TIMED);
  return count;
}

/** Lua's `rep` counts to any number when there is nothing to repeat. */
function repeat(vm: LuaVM): (own: Original) => HostFunction {
  const isNothing = (index: number) => vm.isNil(index) || vm.stringAt(index) !== 0 && vm.size === 0;
  return (own) => () => {
    if (vm.type(1) === Type.string && isNothing(1) && isNothing(3)) {
      vm.top = 1;
      return 1;
    }
    if (vm.type(2) === Type.number) {
      const bytes = (stringSize(vm, 1) + stringSize(vm, 3)) * vm.toNumber(2);
      if (bytes > 0 && bytes <= vm.memoryLimit) vm.spend(bytes / BYTES_PER_INSTRUCTION);
    }
    return own();
  };
}

/** 0 for what is no pattern and no subject: numbers are short, and errors are Lua's own. */
function patternSteps(vm: LuaVM, length = stringSize(vm, 1)): number {
  if (vm.type(1) !== Type.string || vm.type(2) !== Type.string) return 0;
  const at = vm.stringAt(2);
  return worstSteps(length, vm.memory, at, at + vm.size);
}

function plainSteps(vm: LuaVM): number {
  return bytesLeft(vm) * stringSize(vm, 2);
}

/** Bytes of the subject from the position on that argument 3 says. */
function bytesLeft(vm: LuaVM): number {
  const length = stringSize(vm, 1);
  const init = vm.type(3) === Type.number ? vm.toNumber(3) : 1;
  return Math.min(length, Math.max(0, init > 0 ? length - init + 1 : init === 0 ? length : -init));
}

/** 0 for anything but strings. */
function stringSize(vm: LuaVM, index: number): number {
  return vm.type(index) === Type.string && vm.stringAt(index) !== 0 ? vm.size : 0;
}

/** True when `find` takes its pattern for plain text. */
function isPlain(vm: LuaVM): boolean {
  if (vm.toBoolean(4) || vm.type(2) !== Type.string) return true;
  const at = vm.stringAt(2);
  return !isSpecial(vm.memory, at, at + vm.size);
}

/** The subject and the pattern of a call, copied: scripts run before the last match is made. */
function copiedMatch(vm: LuaVM): PatternMatch {
  return new PatternMatch(bytesAt(vm, 1), bytesAt(vm, 2), (steps) => vm.spend(steps));
}

function bytesAt(vm: LuaVM, index: number): Uint8Array {
  return vm.toBytes(index) ?? new Uint8Array();
}

/** A view of a string in Lua's memory: only valid until something is pushed. */
function viewAt(vm: LuaVM, index: number): Uint8Array {
  const at = vm.stringAt(index);
  return vm.memory.subarray(at, at + vm.size);
}

/** `find` and `match`. A text that is cut up piece by piece is not copied for each. */
function search(vm: LuaVM, isFind: boolean): number {
  const init = firstPosition(vm, stringSize(vm, 1));
  const subject = viewAt(vm, 1);
  const { length } = subject;
  if (init > length) return nothing(vm);
  if (isFind && isPlain(vm)) return findPlain(vm, subject, viewAt(vm, 2), init);
  const match = new PatternMatch(subject, viewAt(vm, 2), (steps) => vm.spend(steps));
  const from = match.isAnchored ? 1 : 0;
  const last = match.isAnchored ? init : length;
  for (let start = init; start <= last; start++) {
    const end = match.at(start, from);
    if (end < 0) continue;
    match.finish();
    const source = vm.stringAt(1);
    if (!isFind) return pushCaptures(vm, match, source, start, end);
    const count = pushRange(vm, start, end);
    return match.captures === 0 ? count : count + pushCaptures(vm, match, source, start, end);
  }
  match.finish();
  return nothing(vm);
}

/** Argument 3 as a position in the subject, counted from 0; it counts from 1, or back from the end. */
function firstPosition(vm: LuaVM, length: number): number {
  const given = vm.isNil(3) ? 1 : vm.checkInteger(3);
  if (given > 0) return given - 1;
  return given === 0 || given < -length ? 0 : length + given;
}

function findPlain(vm: LuaVM, subject: Uint8Array, wanted: Uint8Array, init: number): number {
  const found = new PlainSearch(wanted, (steps) => vm.spend(steps)).next(subject, init);
  return found < 0 ? nothing(vm) : pushRange(vm, found, found + wanted.length);
}

function iterate(vm: LuaVM): number {
  const match = copiedMatch(vm);
  let start = firstPosition(vm, match.subject.length);
  let previous = -1;
  vm.pushClosure(() => {
    for (; start <= match.subject.length; start++) {
      const end = match.at(start, 0);
      if (end < 0 || end === previous) continue;
      const count = pushCaptures(vm, match, match.subject, start, end);
      start = previous = end;
      match.finish();
      return count;
    }
    match.finish();
    return 0;
  });
  return 1;
}

function replace(vm: LuaVM): number {
  const match = copiedMatch(vm);
  const { subject } = match;
  const type = vm.type(3);
  if (type !== Type.number && type !== Type.string && type !== Type.table) {
    vm.checkType(3, Type.function, "string/function/table");
  }
  const most = vm.isNil(4) ? subject.length + 1 : vm.checkInteger(4);
  const from = match.isAnchored ? 1 : 0;
  const out = new ByteWriter();
  const append = (bytes: Uint8Array) => {
    if (out.length + bytes.length > vm.memoryLimit) throw new Error("resulting string too large");
    out.bytes(bytes);
  };
  let count = 0;
  let previous = -1;
  let done = 0;
  for (let start = 0; start <= subject.length && count < most;) {
    const end = match.at(start, from);
    if (end >= 0 && end !== previous) {
      count++;
      append(subject.subarray(done, start));
      append(replacement(vm, match, start, end));
      start = previous = done = end;
    } else {
      start++;
    }
    if (match.isAnchored) break;
  }
  match.finish();
  append(subject.subarray(done));
  vm.pushBytes(out.take());
  vm.pushNumber(count);
  return 2;
}

/** What a match becomes: by argument 3, a text, a table or a function. */
function replacement(vm: LuaVM, match: PatternMatch, start: number, end: number): Uint8Array {
  const { top } = vm;
  const whole = match.subject.subarray(start, end);
  switch (vm.type(3)) {
    case Type.function:
      vm.pushCopy(3);
      vm.callThrough(pushCaptures(vm, match, match.subject, start, end), 1);
      break;
    case Type.table:
      pushCapture(vm, match.subject, match.capture(0, start, end));
      vm.get(3);
      break;
    default:
      return substitute(vm, match, start, end);
  }
  const type = vm.type(-1);
  if (type === Type.nil || (type === Type.boolean && !vm.toBoolean(-1))) {
    vm.top = top;
    return whole;
  }
  const bytes = vm.toBytes(-1);
  if (bytes === undefined) {
    throw new Error(`invalid replacement value (a ${vm.typeName(-1)})`);
  }
  vm.top = top;
  return bytes;
}

/** The replacing text, with captures for `%0` to `%9`. */
function substitute(vm: LuaVM, match: PatternMatch, start: number, end: number): Uint8Array {
  const text = bytesAt(vm, 3);
  let at = text.indexOf(ESCAPE);
  if (at < 0) return text;
  const out = new ByteWriter();
  let done = 0;
  for (; at >= 0; at = text.indexOf(ESCAPE, done)) {
    out.bytes(text.subarray(done, at));
    const kind = text[at + 1] ?? 0;
    done = at + 2;
    if (kind === ESCAPE) out.u8(ESCAPE);
    else if (kind === 0x30) out.bytes(match.subject.subarray(start, end));
    else if (isDigit(kind)) {
      out.bytes(captured(match.subject, match.capture(kind - 0x31, start, end)));
    } else throw new Error("invalid use of '%' in replacement string");
  }
  return out.bytes(text.subarray(done)).take();
}

function captured(subject: Uint8Array, capture: Capture): Uint8Array {
  if (typeof capture === "number") return new TextEncoder().encode(String(capture));
  return subject.subarray(...capture);
}

function pushCaptures(
  vm: LuaVM,
  match: PatternMatch,
  source: Source,
  start: number,
  end: number,
): number {
  const count = Math.max(1, match.captures);
  vm.reserve(count + 4);
  for (let i = 0; i < count; i++) pushCapture(vm, source, match.capture(i, start, end));
  return count;
}

/** Where captures come from: a copy of the subject, or its address in the VM's memory. */
type Source = Uint8Array | Pointer;

function pushCapture(vm: LuaVM, source: Source, capture: Capture): void {
  if (typeof capture === "number") return vm.pushNumber(capture);
  const [start, end] = capture;
  if (typeof source === "number") vm.c.lua_pushlstring(vm.L, source + start, end - start);
  else vm.pushBytes(source, start, end);
}

/** Pushes a range of the subject, as scripts count. */
function pushRange(vm: LuaVM, start: number, end: number): number {
  vm.pushNumber(start + 1);
  vm.pushNumber(end);
  return 2;
}

function nothing(vm: LuaVM): number {
  vm.pushNil();
  return 1;
}

/**
 * In a replacement Lua 5.4 refuses a `%` before what is neither digit nor `%`; Lua 5.1 and LuaJIT
 * left it out, so that `s:gsub("-", "%-")` worked.
 */
function repairReplacement(vm: LuaVM): void {
  if (vm.type(3) !== Type.string) return;
  const at = vm.stringAt(3);
  const text = vm.memory.subarray(at, at + vm.size);
  if (!text.includes(ESCAPE)) return;
  const kept: number[] = [];
  for (let i = 0; i < text.length; i++) {
    const byte = text[i] as number;
    const next = text[i + 1];
    const isMeant = next === undefined || next === ESCAPE || isDigit(next);
    if (byte !== ESCAPE) kept.push(byte);
    else if (isMeant) kept.push(byte, ...text.subarray(++i, i + 1));
  }
  if (kept.length === text.length) return;
  vm.pushBytes(Uint8Array.from(kept));
  vm.insert(3);
  vm.remove(4);
}
