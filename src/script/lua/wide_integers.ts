import { ANY, type Change } from "./module_changes.ts";

/**
 * This Lua is built for 32 bits, and its library cuts 64-bit integers down to positions and lengths:
 * `("abc"):sub(1 << 32)` began at the byte before the string. Here they go no further than the
 * largest, so that the answers are those of a Lua built for 64 bits.
 */
export const WIDE_INTEGERS: readonly Change[] = [
  {
    // lstrlib.c, posrelatI, which is inlined: `if (pos > 0) return (size_t)pos`.
    what: "the start position of sub, byte, find, gmatch and unpack",
    // i64.const 0, i64.gt_s, if, get pos, i32.wrap_i64, set position, br 1, end
    from: [0x42, 0x00, 0x55, 0x04, 0x40, 0x20, ANY, 0xa7, 0x21, ANY, 0x0c, 0x01, 0x0b],
    // ..., get pos, f64.convert_i64_s, i32.trunc_sat_f64_u, set position, br 1, end
    to: [0x42, 0x00, 0x55, 0x04, 0x40, 0x20, ANY, 0xb9, 0xfc, 0x03, 0x21, ANY, 0x0c, 0x01, 0x0b],
    count: 5,
  },
  {
    // lstrlib.c, str_unpack: `size_t len = (size_t)unpackint(L, ..., size, 0)`.
    what: "the length of a string in unpack",
    // i32.const 0, call unpackint, i32.wrap_i64, tee len
    from: [0x41, 0x00, 0x10, 0xfe, 0x03, 0xa7, 0x22, ANY],
    // i32.const 0, call unpackint, f64.convert_i64_u, i32.trunc_sat_f64_u, tee len
    to: [0x41, 0x00, 0x10, 0xfe, 0x03, 0xba, 0xfc, 0x03, 0x22, ANY],
    count: 1,
  },
];
