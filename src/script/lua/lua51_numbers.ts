/** A place in Lua's WebAssembly module, and the bytes that take its place. */
interface Change {
  readonly what: string;
  readonly from: readonly number[];
  readonly to: readonly number[];
}

const CHANGES: readonly Change[] = [
  {
    // lobject.c, tostringbuff: a float gets ".0" when `buff[strspn(buff, "-0123456789")]` ends the
    // text. Of an empty set strspn makes 0, and no number's text is empty. Nothing else uses it.
    what: "the digits that make a float's text look like an integer's",
    from: text("\0-0123456789\0"),
    to: text("\0\0"),
  },
  {
    // lapi.c, lua_tointegerx: `f = floor(n); if (f != n) fail` becomes `f = trunc(n); if (f != f)`,
    // so that only NaN fails there; numbers out of range still do, in what follows.
    what: "the test for fractions in lua_tointegerx",
    // f64.load, tee n, f64.floor, tee f, get n, f64.ne, br_if 1
    from: [0x2b, 0x03, 0x00, 0x22, 0x07, 0x9c, 0x22, 0x06, 0x20, 0x07, 0x62, 0x0d, 0x01],
    // f64.load, tee n, f64.trunc, tee f, get f, f64.ne, br_if 1
    to: [0x2b, 0x03, 0x00, 0x22, 0x07, 0x9d, 0x22, 0x06, 0x20, 0x06, 0x62, 0x0d, 0x01],
  },
];

/**
 * A copy of Lua 5.4's module whose numbers act towards scripts as Lua 5.1's and LuaJIT's did:
 * `10 / 2` prints as `5`, and library functions that want an integer drop a fraction, as in
 * `s:sub(1, #s / 2)` and `("%d"):format(3.7)`.
 * @throws Error for a build of Lua that it does not know
 */
export function withLua51Numbers(module: Uint8Array): Uint8Array<ArrayBuffer> {
  const changed = new Uint8Array(module);
  for (const { what, from, to } of CHANGES) {
    const at = find(changed, from, 0);
    if (at < 0 || find(changed, from, at + 1) >= 0) {
      throw new Error(`this build of Lua is not the expected one: ${what} must be there once`);
    }
    changed.set(to, at);
  }
  return changed;
}

function find(bytes: Uint8Array, wanted: readonly number[], start: number): number {
  for (let at = bytes.indexOf(wanted[0] as number, start); at >= 0;) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
    at = bytes.indexOf(wanted[0] as number, at + 1);
  }
  return -1;
}

function text(characters: string): number[] {
  return [...new TextEncoder().encode(characters)];
}
