import { className, type Value } from "../../../src/codecs/mod.ts";

/** One golden case of a text format. */
export interface TextGolden {
  readonly name: string;
  readonly values: readonly Value[];
  readonly text: string;
  /** As written by us, when that differs from what is read. */
  readonly written?: string;
  /** Only written: read back it is something else, as docs/data.md says. */
  readonly writeOnly?: true;
}

export function object(properties: Record<string, Value>, type?: string): Value {
  const made = Object.assign(Object.create(null), properties);
  if (type !== undefined) made[className] = type;
  return made;
}

/** Rules of the outer array, of mixed tables, dates and bytes: MonaServer's. RFC: RFC 8259. */
export const jsonGolden: readonly TextGolden[] = [
  { name: "no value", values: [], text: "[]" },
  { name: "one empty array", values: [[]], text: "[[]]" },
  { name: "one array in an array", values: [[[]]], text: "[[[]]]" },
  { name: "one object", values: [object({ a: 1 })], text: '[{"a":1}]' },
  { name: "one value without outer array", values: [object({ a: 1 })], text: '{"a":1}', written: '[{"a":1}]' },
  { name: "a bare text", values: ["x"], text: ' "x" ', written: '["x"]' },
  { name: "several values", values: ["onX", 1, true, null], text: '["onX",1,true,null]' },
  { name: "white space everywhere (RFC 2)", values: [[1, object({ a: 2 })]], text: '\t[\r\n [ 1 , { "a" : 2 } ] ] ', written: '[[1,{"a":2}]]' },
  { name: "empty containers", values: [object({}), [], object({ a: [] })], text: '[{},[],{"a":[]}]' },
  { name: "numbers (RFC 6)", values: [0, -0, -1, 1.5, 1e21, 1e-7, 9007199254740991, 9007199254740951], text: "[0,-0,-1,1.5,1e+21,1e-7,9007199254740991,9007199254740951]" },
  { name: "numbers in other forms (RFC 6)", values: [100, 0.5, 1000, Infinity], text: "[1E2,5e-1,1.0e+3,1e400]", written: "[100,0.5,1000,null]" },
  { name: "whole numbers past 2^53", values: [9007199254740993n, -(2 ** 63), 18446744073709551615n], text: "[9007199254740993,-9223372036854775808,18446744073709551615]" },
  { name: "a whole number past 64 bits", values: [18446744073709552000], text: "[18446744073709551616]", written: "[18446744073709552000]" },
  { name: "escapes (RFC 7)", values: ['"\\/\b\f\n\r\t\u0001é😀'], text: '["\\"\\\\/\\b\\f\\n\\r\\t\\u0001é😀"]' },
  { name: "escapes of other writers (RFC 7)", values: ["/é😀A"], text: '["\\/\\u00e9\\uD83D\\ude00\\u0041"]', written: '["/é😀A"]' },
  { name: "names with escapes", values: [object({ "a\nb": 1, "": 2 })], text: '[{"a\\nb":1,"":2}]' },
  { name: "__proto__ and constructor as names", values: [object(JSON.parse('{"__proto__":1,"constructor":2}'))], text: '[{"__proto__":1,"constructor":2}]' },
  { name: "a class name", values: [object({ a: 1 }, "org.X"), object({}, "Y")], text: '[{"__type":"org.X","a":1},{"__type":"Y"}]' },
  { name: "a class name that is none", values: [object({ __type: 1 }), object({ a: 1, __type: "X" })], text: '[{"__type":1},{"a":1,"__type":"X"}]' },
  { name: "bytes", values: [Uint8Array.of(0, 255, 1), new Uint8Array()], text: '[{"__raw":"AP8B"},{"__raw":""}]' },
  { name: "bytes as text", values: [Uint8Array.of(0x61, 0x21)], text: '[{ "__raw" : "a!" }]', written: '[{"__raw":"YSE="}]' },
  { name: "__raw beside other names", values: [object({ __raw: "AP8B", a: 1 })], text: '[{"__raw":"AP8B","a":1}]' },
  { name: "a repeated name: the last counts", values: [object({ a: 2 })], text: '[{"a":1,"a":2}]', written: '[{"a":2}]' },
  { name: "a date", values: [new Date(1_000_000_000_000)], text: '["2001-09-09T01:46:40.000Z"]', writeOnly: true },
  { name: "a date that is none", values: [new Date(NaN)], text: "[null]", writeOnly: true },
  { name: "what JSON lacks", values: [undefined, NaN, -Infinity], text: "[null,null,null]", writeOnly: true },
  { name: "a mixed array", values: [new Map<Value, Value>([["a", 1], [0, "x"], [1, [2]]])], text: '[[{"a":1},"x",[2]]]', writeOnly: true },
  { name: "an associative array", values: [new Map<Value, Value>([["a", 1], ["b", []]])], text: '[{"a":1,"b":[]}]', writeOnly: true },
  { name: "a dictionary", values: [new Map<Value, Value>([[true, 1], ["b", 2], [[1, "x"], [3]], [2.5, null]])], text: `[{"__size":4,"true":1,"b":2,"[1,'x']":[3],"2.5":null}]`, writeOnly: true },
];

/** Each with the reason that is given. */
export const jsonRefused: readonly (readonly [string, RegExp])[] = [
  ["", /the text ends where JSON wants a value.*byte 0/],
  ["[", /the text ends where JSON wants a value/],
  ["[1", /the text ends where JSON wants ',' or '\]'/],
  ["[1,]", /'\]' stands where JSON wants a value/],
  ["[1 2]", /'2' stands where JSON wants ','/],
  ["{", /wants a name/],
  ['{"a"}', /wants ':'/],
  ['{"a":1,}', /wants a name/],
  ['{a:1}', /wants a name/],
  ["[1}", /wants ',' or '\]'/],
  ["]", /wants a value/],
  ["[] []", /wants the end/],
  ["01", /wants the end/],
  ["1.", /wants a digit/],
  ["-", /wants a value/],
  ["1e", /wants a digit/],
  ["+1", /wants a value/],
  ["NaN", /wants a value/],
  ["nul", /wants 'null'/],
  ['"a', /does not end/],
  ['"a\n"', /control character/],
  ['"\\x"', /escape sequence/],
  ['"\\u12g4"', /four hex digits/],
  ['"\\', /escape sequence/],
  ["'a'", /wants a value/],
  ["[1,2,3]\0", /0x0 stands/],
];
