import { equal } from "node:assert/strict";
import { isAddress, isHost } from "../../src/base/mod.ts";

Deno.test("an address has four decimal parts without leading zeros, or is IPv6", () => {
  const good = ["1.2.3.4", "0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::1"];
  for (const text of [...good, "::ffff:1.2.3.4", "fe80::1%eth0"]) {
    equal(isAddress(text), true, text);
  }
  const bad = ["", "1", "1.2", "1.2.3", "01.2.3.4", "1.2.3.04", "0x7f.0.0.1", "256.1.1.1"];
  const worse = ["1.2.3.4.5", "1.2.3.4.", "::ffff:1.2.3", "::ffff:01.2.3.4", ":", "host", "a:80"];
  for (const text of [...bad, ...worse]) equal(isAddress(text), false, text);
});

Deno.test("a host is an address, or a name that does not end with a number", () => {
  for (const text of ["localhost", "a.example", "7.example", "1.2.3.4", "::1", "1e", "x1"]) {
    equal(isHost(text), true, text);
  }
  // The system's resolver would make 1.2.0.3, 10.0.0.1 and 127.0.0.1 of them.
  for (const text of ["1.2.3", "012.0.0.1", "0x7f.1", "2130706433", "a.1", "1.2.3.", "1:2"]) {
    equal(isHost(text), false, text);
  }
});
