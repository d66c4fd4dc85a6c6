import type { Value } from "../../../src/codecs/mod.ts";
import { object, type TextGolden } from "./json.ts";

const response = (params: string) =>
  `<?xml version="1.0"?><methodResponse><params>${params}</params></methodResponse>`;
const param = (value: string) => response(`<param><value>${value}</value></param>`);

/** spec: xmlrpc.com/spec */
export const xmlRpcGolden: readonly TextGolden[] = [
  { name: "no parameters (MonaServer)", values: [], text: response("") },
  { name: "no params at all", values: [], text: "<methodResponse/>", written: response("") },
  { name: "whole numbers", values: [41, -2147483648], text: response("<param><value><int>41</int></value></param><param><value><int>-2147483648</int></value></param>") },
  { name: "whole numbers as i4 with sign and space (spec)", values: [-12, 5], text: response("<param><value><i4>-12</i4></value></param> <param> <value><i4> +5 </i4></value> </param>"), written: response("<param><value><int>-12</int></value></param><param><value><int>5</int></value></param>") },
  { name: "whole numbers past 2^53", values: [9007199254740993n], text: param("<i8>9007199254740993</i8>") },
  { name: "doubles", values: [-12.214], text: param("<double>-12.214</double>") },
  { name: "doubles far from one", values: [1e21, 1.5e-7, -2.5e+25, 2147483648], text: response(["1000000000000000000000", "0.00000015", "-25000000000000000000000000", "2147483648"].map((text) => `<param><value><double>${text}</double></value></param>`).join("")) },
  { name: "minus zero", values: [-0], text: param("<double>-0.0</double>") },
  { name: "booleans", values: [true, false], text: response("<param><value><boolean>1</boolean></value></param><param><value><boolean>0</boolean></value></param>") },
  { name: "strings", values: ["a <b> & c", ""], text: response("<param><value><string>a &lt;b&gt; &amp; c</string></value></param><param><value><string></string></value></param>") },
  { name: "a string without type (spec)", values: [" South Dakota "], text: param(" South Dakota "), written: param("<string> South Dakota </string>") },
  { name: "a string of CDATA", values: ["<x>"], text: param("<string><![CDATA[<x>]]></string>"), written: param("<string>&lt;x&gt;</string>") },
  { name: "a date (spec)", values: [new Date("1998-07-17T14:08:55Z")], text: param("<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>") },
  { name: "a date with zone and fraction", values: [new Date("1998-07-17T12:08:55.250Z")], text: param("<dateTime.iso8601>1998-07-17T14:08:55.250+0200</dateTime.iso8601>"), written: param("<dateTime.iso8601>19980717T12:08:55</dateTime.iso8601>") },
  { name: "base64 (spec)", values: [new TextEncoder().encode("you can't read this!")], text: param("<base64>eW91IGNhbid0IHJlYWQgdGhpcyE=</base64>") },
  { name: "nil", values: [null], text: param("<nil/>") },
  { name: "nil of the Apache extensions", values: [null], text: param('<ex:nil xmlns:ex="x"/>'), written: param("<nil/>") },
  { name: "a struct (spec)", values: [object({ lowerBound: 18, upperBound: 139 })], text: param("<struct><member><name>lowerBound</name><value><int>18</int></value></member><member><name>upperBound</name><value><int>139</int></value></member></struct>") },
  { name: "a struct named like a prototype", values: [object(JSON.parse('{"__proto__":1}'))], text: param("<struct><member><name>__proto__</name><value><int>1</int></value></member></struct>") },
  { name: "a typed object", values: [object({ a: 1 }, "X")], text: param("<struct><member><name>__type</name><value><string>X</string></value></member><member><name>a</name><value><int>1</int></value></member></struct>") },
  { name: "an array (spec)", values: [[12, "Egypt", false, []]], text: param("<array><data><value><int>12</int></value><value><string>Egypt</string></value><value><boolean>0</boolean></value><value><array><data></data></array></value></data></array>") },
  { name: "a mixed array", values: [new Map<Value, Value>([["a", 1], [0, 2]])], text: param("<array><data><value><struct><member><name>a</name><value><int>1</int></value></member></struct></value><value><int>2</int></value></data></array>"), writeOnly: true },
  { name: "an associative array", values: [new Map<Value, Value>([["a", 1]])], text: param("<struct><member><name>a</name><value><int>1</int></value></member></struct>"), writeOnly: true },
  { name: "a dictionary", values: [new Map<Value, Value>([[true, 1]])], text: param("<array><data><value><string>__size</string></value><value><int>1</int></value><value><boolean>1</boolean></value><value><int>1</int></value></data></array>"), writeOnly: true },
  { name: "what XML-RPC lacks", values: [[undefined, NaN, new Date(NaN)]], text: param("<array><data><value><nil/></value><value><nil/></value><value><nil/></value></data></array>"), writeOnly: true },
];

export const xmlRpcRefused: readonly (readonly [string, RegExp])[] = [
  ["<a/>", /neither a methodCall nor a methodResponse/],
  ["<methodCall/>", /no <methodName> in <methodCall>/],
  ["<methodCall>", /unclosed tag/],
  [response("<value/>"), /<value> where it wants <param>/],
  [response("<param/>"), /no <value> in <param>/],
  [param("<int>1.5</int>"), /<int> with '1.5'/],
  [param("<int></int>"), /<int> with ''/],
  [param("<boolean>2</boolean>"), /<boolean> with '2'/],
  [param("<double>x</double>"), /<double> with 'x'/],
  [param("<dateTime.iso8601>yesterday</dateTime.iso8601>"), /with 'yesterday'/],
  [param("<dateTime.iso8601>19981317T14:08:55</dateTime.iso8601>"), /with '1998/],
  [param("<base64>*</base64>"), /<base64> with/],
  [param("<money>1</money>"), /<money> with '1'/],
  [param("<array/>"), /no <data> in <array>/],
  [param("<struct><value/></struct>"), /<value> where it wants <member>/],
  [param("<struct><member><value/></member></struct>"), /no <name> in <member>/],
];
