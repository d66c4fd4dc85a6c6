import { deepEqual, equal } from "node:assert/strict";
import { Announced } from "../../src/server/announced.ts";

const OPEN = new Map([["RTMP", 1935], ["RTMFP", 1935], ["HTTP", 80], ["servers", 1936]]);

/** What is announced, its host, RTMFP's address, and ports as they are outside. */
const cases: [string, string, string, Record<string, number>][] = [
  ["a.example", "a.example", "a.example:1935", {}],
  ["a.example:4000", "a.example", "a.example:4000", { RTMP: 4000, RTMFP: 4000 }],
  ["203.0.113.7:4000", "203.0.113.7", "203.0.113.7:4000", { RTMP: 4000, RTMFP: 4000 }],
  ["2001:db8::1", "2001:db8::1", "[2001:db8::1]:1935", {}],
  ["[2001:db8::1]", "2001:db8::1", "[2001:db8::1]:1935", {}],
  ["[2001:db8::1]:4000", "2001:db8::1", "[2001:db8::1]:4000", { RTMP: 4000, RTMFP: 4000 }],
];
for (const [text, host, rtmfp, mapped] of cases) {
  Deno.test(`a server announced as ${text} keeps its port where clients are sent to it`, () => {
    const announced = new Announced(text);
    equal(announced.host, host);
    equal(announced.address(1935), rtmfp);
    const outside = Object.fromEntries(announced.outside(OPEN));
    deepEqual(outside, { ...Object.fromEntries(OPEN), ...mapped });
  });
}

Deno.test("an announced port is that of the protocol there is, where RTMFP is off or alone on its port", () => {
  const announced = new Announced("a.example:4000");
  const outside = (ports: [string, number][]) => [...announced.outside(new Map(ports))];
  deepEqual(outside([["RTMP", 1935], ["HTTP", 80]]), [["RTMP", 4000], ["HTTP", 80]]);
  deepEqual(outside([["RTMP", 1930], ["RTMFP", 1935]]), [["RTMP", 1930], ["RTMFP", 4000]]);
  deepEqual(outside([["servers", 1936]]), [["servers", 1936]]);
});
