import { deepEqual, equal } from "node:assert/strict";
import { asksForPolicy, PolicyExchange } from "../../src/protocols/rtmp/policy.ts";

const REQUEST = new TextEncoder().encode("<policy-file-request/>\0");

function exchange() {
  const events: string[] = [];
  const output = {
    send: (bytes: Uint8Array) => void events.push(new TextDecoder().decode(bytes)),
    end: () => void events.push("end"),
    abort: () => void events.push("abort"),
    attach() {},
    detach() {},
    wake() {},
  };
  return { events, exchange: new PolicyExchange(output, "<policy/>") };
}

Deno.test("a policy is sent for its request, however that was cut", () => {
  for (const size of [1, 7, REQUEST.length]) {
    const { events, exchange: asked } = exchange();
    for (let at = 0; at < REQUEST.length; at += size) asked.onData(REQUEST.subarray(at, at + size));
    deepEqual(events, ["<policy/>\0", "end"]);
  }
});

Deno.test("what is no request for a policy is cut at once", () => {
  const { events, exchange: asked } = exchange();
  asked.onData(REQUEST.subarray(0, 4));
  asked.onData(new TextEncoder().encode("x"));
  deepEqual(events, ["abort"]);
});

Deno.test("RTMP does not begin like a request for a policy", () => {
  equal(asksForPolicy(REQUEST), true);
  for (const version of [3, 6, 8, 9]) equal(asksForPolicy(Uint8Array.of(version)), false);
  equal(asksForPolicy(new Uint8Array(0)), false);
});
