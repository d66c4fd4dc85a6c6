import { Dictionary, type Value, Vector, Xml, ZonedDate } from "../../../src/codecs/mod.ts";
import { object } from "./json.ts";

/** One class of values, and what comes back from each format where that is not the same. */
export interface ValueClass {
  readonly name: string;
  readonly value: Value;
  readonly losses: Readonly<Partial<Record<string, readonly Value[]>>>;
  /** What XML, which holds trees of text, makes of it. */
  readonly xml: string;
}

const shared = object({ k: 1 });
const cyclic: Value[] = [1];
cyclic.push(cyclic);
const weak = new Dictionary([[true, 1]]);
weak.weakKeys = true;

/** The names are those of the table in docs/data.md. */
export const valueClasses: readonly ValueClass[] = [
  { name: "null", value: null, losses: { Query: ["null"] }, xml: "" },
  { name: "undefined", value: undefined, losses: { JSON: [null], Query: ["null"], "XML-RPC": [null] }, xml: "" },
  { name: "boolean", value: true, losses: {}, xml: "<value >true</value>" },
  { name: "number", value: 1.5, losses: {}, xml: "<value >1.5</value>" },
  { name: "NaN, infinity", value: NaN, losses: { JSON: [null], Query: ["NaN"], "XML-RPC": [null] }, xml: "<value >NaN</value>" },
  { name: "whole number past 2^53", value: 9007199254740993n, losses: { AMF0: [9007199254740992], "AMF0 alone": [9007199254740992], AMF3: [9007199254740992] }, xml: "<value >9007199254740993</value>" },
  { name: "text", value: "é<", losses: {}, xml: "<value >é&lt;</value>" },
  { name: "date", value: new Date(1_000_000_000_005), losses: { Query: ["2001-09-09T01:46:40.005Z"], "XML-RPC": [new Date(1_000_000_000_000)] }, xml: "<value >2001-09-09T01:46:40.005Z</value>" },
  { name: "date with zone", value: new ZonedDate(1_000_000_000_000, 60), losses: { AMF3: [new Date(1_000_000_000_000)], JSON: [new Date(1_000_000_000_000)], Query: ["2001-09-09T01:46:40.000Z"], "XML-RPC": [new Date(1_000_000_000_000)] }, xml: "<value >2001-09-09T01:46:40.000Z</value>" },
  { name: "bytes", value: Uint8Array.of(0x61, 0x62), losses: { "AMF0 alone": ["ab"], Query: ["ab"] }, xml: "<value >YWI=</value>" },
  { name: "XML text (E4X)", value: new Xml("<a/>"), losses: { AMF0: [new Xml("<a/>", true)], "AMF0 alone": [new Xml("<a/>", true)], JSON: ["<a/>"], Query: ["<a/>"], "XML-RPC": ["<a/>"] }, xml: "<value >&lt;a/&gt;</value>" },
  { name: "XML text (XMLDocument)", value: new Xml("<a/>", true), losses: { JSON: ["<a/>"], Query: ["<a/>"], "XML-RPC": ["<a/>"] }, xml: "<value >&lt;a/&gt;</value>" },
  { name: "object", value: object({ a: object({ b: 1 }) }), losses: { Query: [object({ a: '{"b":1}' })] }, xml: '<a b="1" />' },
  { name: "object with an empty name", value: object({ "": 1, b: 2 }), losses: { AMF3: [object({ b: 2 })] }, xml: "<_ >1</_><b >2</b>" },
  { name: "typed object", value: object({ a: 1 }, "org.X"), losses: { Query: [object({ a: 1 })] }, xml: '<org.X a="1" />' },
  { name: "array", value: [1, ["x"]], losses: { Query: [1, "x"] }, xml: "<value >1</value><value >x</value>" },
  { name: "associative array", value: new Map([["a", 1]]), losses: { JSON: [object({ a: 1 })], Query: [object({ a: 1 })], "XML-RPC": [object({ a: 1 })] }, xml: "<a >1</a>" },
  { name: "mixed array", value: new Map<Value, Value>([["a", 1], [0, 2]]), losses: { JSON: [[object({ a: 1 }), 2]], Query: [object({ a: 1 }), 2], "XML-RPC": [[object({ a: 1 }), 2]] }, xml: "<a >1</a><value >2</value>" },
  { name: "vector", value: new Vector("int", [1], true), losses: { "AMF0 alone": [[1]], JSON: [[1]], Query: [1], "XML-RPC": [[1]] }, xml: "<value >1</value>" },
  { name: "vector of objects", value: new Vector({ object: "X" }, [object({ a: 1 }, "X")]), losses: { "AMF0 alone": [[object({ a: 1 }, "X")]], JSON: [[object({ a: 1 }, "X")]], Query: [object({ a: 1 })], "XML-RPC": [[object({ a: 1 }, "X")]] }, xml: '<X a="1" />' },
  { name: "dictionary", value: new Dictionary([["a", 1], [2, "b"]]), losses: { "AMF0 alone": [["a", 1, 2, "b"]], Query: ['{"__size":2,"a":1,"2":"b"}'] }, xml: "<key >a</key><value >1</value><key >2</key><value >b</value>" },
  { name: "dictionary with weak keys", value: weak, losses: { "AMF0 alone": [[true, 1]], JSON: [new Dictionary([[true, 1]])], Query: ['{"__size":1,"true":1}'], "XML-RPC": [new Dictionary([[true, 1]])] }, xml: "<key >true</key><value >1</value>" },
  { name: "shared container", value: [shared, shared], losses: { Query: [object({ k: 1 })] }, xml: "<k >1</k><k >1</k>" },
  { name: "cyclic container", value: cyclic, losses: { JSON: [[1, null]], Query: [1, "null"], "XML-RPC": [[1, null]] }, xml: "<value >1</value>" },
  { name: "ArrayCollection of Flex", value: object({ source: [1] }, "flex.messaging.io.ArrayCollection"), losses: { Query: [object({ source: "[1]" })] }, xml: "<flex.messaging.io.ArrayCollection ><source >1</source></flex.messaging.io.ArrayCollection>" },
];
