import { equal } from "node:assert/strict";
import fc from "fast-check";
import { cookieHeader } from "../../src/protocols/http/cookie.ts";
import { parseCookies } from "../../src/protocols/http/properties.ts";

Deno.test("a cookie's value comes back as it was set, whatever is in it", () => {
  const comesBack = (value: string) => {
    const header = cookieHeader("name", value, new Map(), 0);
    equal(parseCookies(`a=1; ${header}; b=2`).get("name"), value);
  };
  for (const value of ["", "a b;ü", "100%", "%41", '"quoted"', "a=b", "\0\r\n", "☀️"]) {
    comesBack(value);
  }
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), comesBack));
});

Deno.test("a cookie of somebody else that is no percent-encoding stays as it is", () => {
  const cookies = parseCookies("a=100%; b=%zz; c=%ff; d=%C3%BC; e=1+2");
  equal([...cookies.values()].join(" "), "100% %zz %ff ü 1+2");
});
