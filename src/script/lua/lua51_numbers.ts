import type { Change } from "./module_changes.ts";

/**
 * Numbers of Lua 5.4 act towards scripts as Lua 5.1's and LuaJIT's did: `10 / 2` prints as `5`, and
 * library functions that want an integer drop a fraction, as in `s:sub(1, #s / 2)` and
 * `("%d"):format(3.7)`, and `0/0` prints as `nan`.
 */
export const LUA51_NUMBERS: readonly Change[] = [
  {
    // lobject.c, tostringbuff: a float gets ".0" when `buff[strspn(buff, "-0123456789")]` ends the
    // text. Of an empty set strspn makes 0, and no number's text is empty. Nothing else uses it.
    what: "the digits that make a float's text look like an integer's",
    from: text("\0-0123456789\0"),
    to: text("\0\x000123456789\0"),
    count: 1,
  },
  {
    // lapi.c, lua_tointegerx: `f = floor(n); if (f != n) fail` becomes `f = trunc(n); if (f != f)`,
    // so that only NaN fails there; numbers out of range still do, in what follows.
    what: "the test for fractions in lua_tointegerx",
    // f64.load, tee n, f64.floor, tee f, get n, f64.ne, br_if 1
    from: [0x2b, 0x03, 0x00, 0x22, 0x07, 0x9c, 0x22, 0x06, 0x20, 0x07, 0x62, 0x0d, 0x01],
    // f64.load, tee n, f64.trunc, tee f, get f, f64.ne, br_if 1
    to: [0x2b, 0x03, 0x00, 0x22, 0x07, 0x9d, 0x22, 0x06, 0x20, 0x06, 0x62, 0x0d, 0x01],
    count: 1,
  },
  {
    // musl's vfprintf.c, fmt_fp: `if (signbit(y))`. x86 makes a NaN with its sign set, other
    // processors without; LuaJIT writes none.
    what: "the sign of a number that is printed",
    // get y, i64.reinterpret_f64, tee bits, i64.const 0, i64.lt_s, if, i32.const 1
    from: [0x20, 0x01, 0xbd, 0x22, 0x19, 0x42, 0x00, 0x53, 0x04, 0x40, 0x41, 0x01],
    // ..., i64.lt_s, get y, get y, f64.eq, i32.and, if, i32.const 1
    to: [
      ...[0x20, 0x01, 0xbd, 0x22, 0x19, 0x42, 0x00, 0x53],
      ...[0x20, 0x01, 0x20, 0x01, 0x61, 0x71, 0x04, 0x40, 0x41, 0x01],
    ],
    count: 1,
  },
];

function text(characters: string): number[] {
  return [...new TextEncoder().encode(characters)];
}
