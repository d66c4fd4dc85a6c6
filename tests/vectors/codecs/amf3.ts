import { className, Dictionary, type Value, Vector, Xml } from "../../../src/codecs/mod.ts";
import type { Golden } from "./golden.ts";

function object(properties: Record<string, Value>, type?: string): Value {
  const made: Record<string | symbol, Value> = Object.assign(Object.create(null), properties);
  if (type !== undefined) made[className] = type;
  return made as Value;
}

function dictionary(weakKeys: boolean, ...entries: [Value, Value][]): Dictionary {
  const made = new Dictionary(entries);
  made.weakKeys = weakKeys;
  return made;
}

const shared = object({ a: 1 });
const list = [1];
const day = new Date(0);
const raw = Uint8Array.of(1, 2);
const cyclic: Value[] = [];
cyclic.push(cyclic);

/** "spec" is amf-file-format-spec.pdf with its section; the others say whose choice they are. */
export const amf3Golden: readonly Golden[] = [
  { name: "undefined, null, false, true (spec 3.2-3.5)", values: [undefined, null, false, true], bytes: "00 01 02 03" },
  { name: "integers of one to four bytes (spec 1.3.1)", values: [0, 0x7f, 0x80, 0x3fff, 0x4000, 0x1fffff, 0x200000, 0xfffffff], bytes: "0400 047f 048100 04ff7f 04818000 04ffff7f 0480c08000 04bfffffff" },
  { name: "negative integers (spec 3.6)", values: [-1, -0x10000000], bytes: "04ffffffff 04c0808000" },
  { name: "numbers out of the range of integers (spec 3.6)", values: [0x10000000, -0x10000001], bytes: "05 41b0000000000000 05 c1b0000001000000" },
  { name: "doubles (spec 3.7)", values: [0.5, -0, NaN, Infinity], bytes: "05 3fe0000000000000 05 8000000000000000 05 7ff8000000000000 05 7ff0000000000000" },
  { name: "strings and their table (spec 3.8)", values: ["foo", "", "bar", "foo", "bar", ""], bytes: "06 07 666f6f 06 01 06 07 626172 06 00 06 02 06 01" },
  { name: "string of two bytes length (spec 3.8)", values: ["é".repeat(40)], bytes: "06 8121" + "c3a9".repeat(40) },
  { name: "XMLDocument and XML (spec 3.9, 3.13)", values: [new Xml("<a/>", true), new Xml("<b/>")], bytes: "07 09 3c612f3e 0b 09 3c622f3e" },
  { name: "date and a reference to it (spec 3.10)", values: [day, day], bytes: "08 01 0000000000000000 08 00" },
  { name: "dense array (spec 3.11)", values: [[1, "a", null]], bytes: "09 07 01 04 01 06 03 61 01" },
  { name: "empty array and a reference (spec 3.11)", values: [[[]], list, list], bytes: "09 03 01 09 01 01 09 03 01 04 01 09 04" },
  { name: "associative array (spec 3.11)", values: [new Map([["a", 1]])], bytes: "09 01 03 61 04 01 01" },
  { name: "mixed array (spec 3.11)", values: [new Map<Value, Value>([["a", true], [0, 5], [1, 6]])], bytes: "09 05 03 61 03 01 04 05 04 06" },
  { name: "dynamic object (spec 3.12)", values: [object({ a: 1, b: "a" })], bytes: "0a 0b 01 03 61 04 01 03 62 06 00 01" },
  { name: "two objects of the same anonymous traits (spec 3.12)", values: [shared, shared, object({ a: 2 })], bytes: "0a 0b 01 03 61 04 01 01 0a 00 0a 01 00 04 02 01" },
  { name: "typed objects sharing traits (spec 3.12)", values: [object({ x: 1 }, "P"), object({ x: 2 }, "P")], bytes: "0a 0b 03 50 03 78 04 01 01 0a 01 02 04 02 01" },
  { name: "sealed object (spec 3.12), as Flash Player writes its classes", values: [object({ x: 1, y: 2 }, "P"), object({ x: 3, y: 4 }, "P")], bytes: "0a 23 03 50 03 78 03 79 04 01 04 02 0a 01 04 03 04 04", written: "0a 0b 03 50 03 78 04 01 03 79 04 02 01 0a 01 02 04 03 04 04 04 01" },
  { name: "sealed and dynamic object (spec 3.12)", values: [object({ x: 1, z: 9 }, "P")], bytes: "0a 1b 03 50 03 78 04 01 03 7a 04 09 01", written: "0a 0b 03 50 03 78 04 01 03 7a 04 09 01" },
  { name: "ByteArray and a reference (spec 3.14)", values: [raw, raw], bytes: "0c 05 0102 0c 00" },
  { name: "vectors of numbers (spec 3.15)", values: [new Vector("int", [-1, 2], true), new Vector("uint", [4294967295]), new Vector("double", [0.5])], bytes: "0d 05 01 ffffffff 00000002 0e 03 00 ffffffff 0f 03 00 3fe0000000000000" },
  { name: "vector of objects (spec 3.15)", values: [new Vector({ object: "P" }, [object({}, "P"), null], false)], bytes: "10 05 00 03 50 0a 0b 00 01 01" },
  { name: "vector of vectors (spec 3.15)", values: [new Vector({ object: "" }, [new Vector("int", [1])])], bytes: "10 03 00 01 0d 03 00 00000001" },
  { name: "dictionary (spec 3.16)", values: [dictionary(false, ["a", 1], [2, "a"])], bytes: "11 05 00 06 03 61 04 01 04 02 06 00" },
  { name: "dictionary with weak keys and an object as key (spec 3.16)", values: [dictionary(true, [shared, shared])], bytes: "11 03 01 0a 0b 01 03 61 04 01 01 0a 02" },
  { name: "cyclic array (spec 2.2)", values: [cyclic], bytes: "09 03 01 09 00" },
  { name: "__proto__ and constructor as names", values: [object(JSON.parse('{"__proto__":1,"constructor":2}'))], bytes: "0a 0b 01 13 5f5f70726f746f5f5f 04 01 17 636f6e7374727563746f72 04 02 01" },
  {
    name: "ArrayCollection of Flex (BlazeDS AMF3: one value is its body)",
    values: [object({ source: [1, 2] }, "flex.messaging.io.ArrayCollection")],
    bytes: "0a 07 43 666c65782e6d6573736167696e672e696f2e4172726179436f6c6c656374696f6e 09 05 01 04 01 04 02",
  },
  {
    name: "ArrayList of Flex, twice",
    values: [object({ source: [] }, "flex.messaging.io.ArrayList"), object({ source: null }, "flex.messaging.io.ArrayList")],
    bytes: "0a 07 37 666c65782e6d6573736167696e672e696f2e41727261794c697374 09 01 01 0a 01 01",
  },
  {
    name: "ObjectProxy of Flex",
    values: [object({ object: object({ k: true }) }, "flex.messaging.io.ObjectProxy")],
    bytes: "0a 07 3b 666c65782e6d6573736167696e672e696f2e4f626a65637450726f7879 0a 0b 01 03 6b 03 01",
  },
];
