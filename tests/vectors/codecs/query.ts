import type { Value } from "../../../src/codecs/mod.ts";
import { object, type TextGolden } from "./json.ts";

export const queryGolden: readonly TextGolden[] = [
  { name: "nothing", values: [], text: "" },
  { name: "MonaServer's example", values: [object({ a: 1 }), "x#y", object({ b: true })], text: "a=1&x%23y&b=true" },
  { name: "one run of pairs", values: [object({ a: "1.50", b: "007", c: -2.5, d: false, e: "" })], text: "a=1.50&b=007&c=-2.5&d=false&e=" },
  { name: "plus and percent", values: [object({ "a b": "c d+e%" })], text: "a+b=c%20d%2Be%25", written: "a%20b=c%20d%2Be%25" },
  { name: "percent without digits", values: ["100%", "%zz", "%4", "%4z"], text: "100%&%zz&%4&%4z", written: "100%25&%25zz&%254&%254z" },
  { name: "empty parts", values: [object({ a: 1, b: 2 })], text: "&&a=1&&b=2&", written: "a=1&b=2" },
  { name: "equals signs in a value and an empty name", values: [object({ a: "b=c", "": "x" })], text: "a=b%3Dc&=x" },
  { name: "text beyond ASCII", values: [object({ é: "日" })], text: "%C3%A9=%E6%97%A5" },
  { name: "numbers that are text", values: ["0x10", "1e3", " 1", "NaN", "-", "00123456789012345678"], text: "0x10&1e3&%201&NaN&-&00123456789012345678" },
  { name: "whole numbers past 2^53", values: [1234567890123456789n, "12345678901234567890"], text: "1234567890123456789&12345678901234567890" },
  { name: "__proto__ as a name", values: [object(JSON.parse('{"__proto__":1}'))], text: "__proto__=1" },
  { name: "null, dates, bytes", values: [null, object({ d: new Date(0), b: Uint8Array.of(0, 65) })], text: "null&d=1970-01-01T00%3A00%3A00.000Z&b=%00A", writeOnly: true },
  { name: "arrays", values: [[1, [2, object({ a: 3 })]]], text: "1&2&a=3", writeOnly: true },
  { name: "containers in a pair", values: [object({ a: object({ b: [1, "x"] }), c: [] })], text: "a=%7B%22b%22%3A%5B1%2C%22x%22%5D%7D&c=%5B%5D", writeOnly: true },
  { name: "a mixed array", values: [new Map<Value, Value>([["a", 1], [0, "x"]])], text: "a=1&x", writeOnly: true },
  { name: "a dictionary", values: [new Map<Value, Value>([[1, "x"]])], text: "%7B%22__size%22%3A1%2C%221%22%3A%22x%22%7D", writeOnly: true },
];
