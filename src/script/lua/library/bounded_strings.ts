import { ByteWriter } from "../../../bytes/mod.ts";
import { Type } from "../stack.ts";
import { type HostFunction, type LuaVM, type Original } from "../vm.ts";
import { type Capture, isDigit, PatternMatch, worstSteps } from "./pattern.ts";

/**
 * Steps that one call of Lua's own library may take at most to be left to it: some milliseconds.
 * Nothing can stop it once it runs.
 */
const MAX_STEPS = 4_000_000;
/** Steps of a plain search that cost as much as one of a pattern. */
const PLAIN = 32;

const ESCAPE = 0x25;

/**
 * Makes the string functions that match patterns stop at the instruction budget. A call that cannot
 * take long, whatever the subject, is Lua's own; any other is done here, with its steps counted.
 * `maxSteps`: what is left to Lua; for tests.
 */
export function boundPatterns(vm: LuaVM, maxSteps: number = MAX_STEPS): void {
  const isShort = () => patternSteps(vm) <= maxSteps;
  vm.intercept("string", "find", (own) => () => {
    const isOwn = vm.toBoolean(4) ? plainSteps(vm) <= maxSteps * PLAIN : isShort();
    return isOwn ? own() : search(vm, true);
  });
  vm.intercept("string", "match", (own) => () => isShort() ? own() : search(vm, false));
  vm.intercept("string", "gmatch", (own) => () => isShort() ? own() : iterate(vm));
  vm.intercept("string", "gsub", (own) => () => {
    repairReplacement(vm);
    return isShort() ? own() : replace(vm);
  });
  vm.intercept("string", "rep", repeat(vm));
}

/** Lua's `rep` counts to any number when there is nothing to repeat. */
function repeat(vm: LuaVM): (own: Original) => HostFunction {
  const isNothing = (index: number) => vm.isNil(index) || vm.stringAt(index) !== 0 && vm.size === 0;
  return (own) => () => {
    if (vm.type(1) !== Type.string || !isNothing(1) || !isNothing(3)) return own();
    vm.top = 1;
    return 1;
  };
}

/** 0 for what is no pattern and no subject: numbers are short, and errors are Lua's own. */
function patternSteps(vm: LuaVM): number {
  if (vm.type(1) !== Type.string || vm.type(2) !== Type.string) return 0;
  vm.stringAt(1);
  const length = vm.size;
  const at = vm.stringAt(2);
  return worstSteps(length, vm.memory, at, at + vm.size);
}

function plainSteps(vm: LuaVM): number {
  if (vm.type(1) !== Type.string || vm.type(2) !== Type.string) return 0;
  vm.stringAt(1);
  const length = vm.size;
  vm.stringAt(2);
  return length * vm.size;
}

/** The subject and the pattern of a call, copied: scripts run before the last match is made. */
function patternMatch(vm: LuaVM): PatternMatch {
  const [subject, pattern] = [bytesAt(vm, 1), bytesAt(vm, 2)];
  return new PatternMatch(subject, pattern, (steps) => vm.spend(steps));
}

function bytesAt(vm: LuaVM, index: number): Uint8Array {
  return vm.toBytes(index) ?? new Uint8Array();
}

/** `find` and `match`. */
function search(vm: LuaVM, isFind: boolean): number {
  const match = patternMatch(vm);
  const init = firstPlace(vm, match.subject.length);
  if (init > match.subject.length) return nothing(vm);
  if (isFind && (vm.toBoolean(4) || !match.isSpecial)) {
    return findPlain(vm, match.subject, bytesAt(vm, 2), init);
  }
  const from = match.isAnchored ? 1 : 0;
  const last = match.isAnchored ? init : match.subject.length;
  for (let start = init; start <= last; start++) {
    const end = match.at(start, from);
    if (end < 0) continue;
    match.finish();
    if (!isFind) return pushCaptures(vm, match, start, end);
    const count = place(vm, start, end);
    return match.captures === 0 ? count : count + pushCaptures(vm, match, start, end);
  }
  match.finish();
  return nothing(vm);
}

/** Argument 3 as a place in the subject, counted from 0; it counts from 1, or back from the end. */
function firstPlace(vm: LuaVM, length: number): number {
  const given = vm.isNil(3) ? 1 : vm.checkInteger(3);
  if (given > 0) return given - 1;
  return given === 0 || given < -length ? 0 : length + given;
}

/** Finds without going back in the subject (Knuth, Morris and Pratt, 1977). */
function findPlain(vm: LuaVM, subject: Uint8Array, wanted: Uint8Array, init: number): number {
  vm.spend(subject.length - init + wanted.length);
  // For each length of a match so far: how much of it also begins the wanted bytes.
  const borders = new Uint32Array(wanted.length + 1);
  for (let i = 1, border = 0; i < wanted.length; i++) {
    while (border > 0 && wanted[i] !== wanted[border]) border = borders[border] as number;
    if (wanted[i] === wanted[border]) border++;
    borders[i + 1] = border;
  }
  if (wanted.length === 0) return place(vm, init, init);
  for (let i = init, matched = 0; i < subject.length; i++) {
    while (matched > 0 && subject[i] !== wanted[matched]) matched = borders[matched] as number;
    if (subject[i] === wanted[matched]) matched++;
    if (matched < wanted.length) continue;
    return place(vm, i + 1 - wanted.length, i + 1);
  }
  return nothing(vm);
}

function iterate(vm: LuaVM): number {
  const match = patternMatch(vm);
  let start = firstPlace(vm, match.subject.length);
  let previous = -1;
  vm.pushClosure(() => {
    for (; start <= match.subject.length; start++) {
      const end = match.at(start, 0);
      if (end < 0 || end === previous) continue;
      const count = pushCaptures(vm, match, start, end);
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
  const match = patternMatch(vm);
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
  let start = 0;
  while (count < most) {
    const end = match.at(start, from);
    if (end >= 0 && end !== previous) {
      count++;
      append(replacement(vm, match, start, end));
      start = previous = end;
    } else if (start < subject.length) {
      append(subject.subarray(start, ++start));
    } else break;
    if (match.isAnchored) break;
  }
  match.finish();
  append(subject.subarray(start));
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
      vm.callThrough(pushCaptures(vm, match, start, end), 1);
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

/** The replacing text, with captures in place of `%0` to `%9`. */
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

function pushCaptures(vm: LuaVM, match: PatternMatch, start: number, end: number): number {
  const count = Math.max(1, match.captures);
  vm.reserve(count + 4);
  for (let i = 0; i < count; i++) pushCapture(vm, match.subject, match.capture(i, start, end));
  return count;
}

function pushCapture(vm: LuaVM, subject: Uint8Array, capture: Capture): void {
  if (typeof capture === "number") vm.pushNumber(capture);
  else vm.pushBytes(subject, ...capture);
}

/** A place in the subject, as scripts count. */
function place(vm: LuaVM, start: number, end: number): number {
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
