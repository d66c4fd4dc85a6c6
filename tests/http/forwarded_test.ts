import { equal } from "node:assert/strict";
import { AddressRanges } from "../../src/base/mod.ts";
import { clientOf } from "../../src/protocols/http/forwarded.ts";
import type { SentFields } from "../../src/protocols/http/wire/fields.ts";

const proxies = AddressRanges.of("10.0.0.0/8, 2001:db8:1::/48");

function client(header: "X-Forwarded-For" | "Forwarded", value: string, remote = "10.0.0.1:5000") {
  const fields = new Map([[header.toLowerCase(), value]]) as unknown as SentFields;
  return clientOf(remote, fields, { proxies, header });
}

Deno.test("the client is the last hop that is no proxy of ours, whatever it says of others", () => {
  for (
    const [value, wanted] of [
      ["203.0.113.7", "203.0.113.7:0"],
      ["192.0.2.1, 203.0.113.7", "203.0.113.7:0"],
      ["192.0.2.1, 203.0.113.7, 10.2.3.4", "203.0.113.7:0"],
      ["203.0.113.7:4711", "203.0.113.7:4711"],
      ["2001:db8::7", "[2001:db8::7]:0"],
      ["[2001:db8::7]:4711", "[2001:db8::7]:4711"],
      ["2001:DB8:0:0::0007", "[2001:db8::7]:0"],
      ["[::FFFF:192.0.2.1]:5", "192.0.2.1:5"],
      ["10.2.3.4", "10.2.3.4:0"],
      ["192.0.2.1, unknown", "10.0.0.1:5000"],
      ["192.0.2.1, unknown, 10.2.3.4", "10.2.3.4:0"],
      ['203.0.113.7" OR 1', "10.0.0.1:5000"],
      ["0x7f.1", "10.0.0.1:5000"],
      ["", "10.0.0.1:5000"],
    ] as const
  ) equal(client("X-Forwarded-For", value), wanted, value);
  equal(client("X-Forwarded-For", "203.0.113.7", "192.0.2.9:1"), "192.0.2.9:1");
  equal(client("X-Forwarded-For", "203.0.113.7", "[2001:db8:1::1]:1"), "203.0.113.7:0");
});

Deno.test("the header Forwarded is read as RFC 7239 shows it", () => {
  for (
    const [value, wanted] of [
      ["for=192.0.2.43", "192.0.2.43:0"],
      ['for="192.0.2.43:47011"', "192.0.2.43:47011"],
      ['For="[2001:db8:cafe::17]:4711"', "[2001:db8:cafe::17]:4711"],
      ["for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60:0"],
      ["proto=http; for=192.0.2.60", "192.0.2.60:0"],
      ["for=192.0.2.43, for=198.51.100.17", "198.51.100.17:0"],
      ["for=192.0.2.43, for=10.1.1.1", "192.0.2.43:0"],
      ["for=_hidden, for=10.1.1.1", "10.1.1.1:0"],
      ["for=unknown", "10.0.0.1:5000"],
      ["by=192.0.2.43", "10.0.0.1:5000"],
    ] as const
  ) equal(client("Forwarded", value), wanted, value);
});
