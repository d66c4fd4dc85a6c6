import { deepEqual, equal, match } from "node:assert/strict";
import { FetchRules } from "../../src/services/mod.ts";

const allows = (text: string, host: string, address = host, port = 80) =>
  new FetchRules(text).allows(host, address, port);

/** Ways to say 169.254.169.254, and what other clouds have for it. */
const METADATA = [
  "169.254.169.254",
  "::ffff:169.254.169.254",
  "::ffff:a9fe:a9fe",
  "::ffff:0:a9fe:a9fe",
  "64:ff9b::169.254.169.254",
  "64:ff9b:1:a9fe:a9fe::",
  "2002:a9fe:a9fe::1",
  "::a9fe:a9fe",
  "fe80::a9fe:a9fe",
  "fd00:ec2::254",
  "FD00:EC2:0:0::0254",
  "100.100.100.200",
  "::ffff:100.100.100.200",
  "168.63.129.16",
  "192.0.0.192",
];
const NEVER = ["0.0.0.0", "::", "255.255.255.255", "224.0.0.1", "ff02::1", "240.0.0.1"];
const PRIVATE = [
  "127.0.0.1",
  "::1",
  "10.1.2.3",
  "192.168.0.9",
  "172.16.0.1",
  "fd12::1",
  "100.64.0.1",
];
const PUBLIC = ["93.184.216.34", "2606:2800:220:1::1"];

Deno.test("words allow kinds of addresses, and none the metadata of a cloud", () => {
  for (const word of ["none", "public", "private", "all", "public, private"]) {
    for (const address of [...METADATA, ...NEVER]) equal(allows(word, address), false, address);
  }
  for (const address of PRIVATE) {
    deepEqual(["none", "public", "private", "all"].map((word) => allows(word, address)), [
      ...[false, false, true, true],
    ], address);
    equal(allows("public", `::ffff:${address.includes(":") ? "7f00:1" : address}`), false);
  }
  for (const address of PUBLIC) {
    deepEqual(["none", "public", "private", "all"].map((word) => allows(word, address)), [
      ...[false, true, false, true],
    ], address);
  }
});

Deno.test("a list names hosts with or without ports, domains, addresses and networks", () => {
  const text = "api.example.com, backend:8080, *.example.org, 10.0.0.0/8, [fd00::5]:81, 192.0.2.1";
  const yes = (host: string, address = host, port = 80) =>
    equal(allows(text, host, address, port), true);
  const no = (host: string, address = host, port = 80) =>
    equal(allows(text, host, address, port), false);
  equal(new FetchRules(text).fault, undefined);
  yes("api.example.com", "203.0.113.9", 443);
  yes("API.example.com.", "169.254.169.254");
  no("notapi.example.com", "203.0.113.9");
  no("api.example.com.evil.net", "203.0.113.9");
  yes("backend", "127.0.0.1", 8080);
  no("backend", "127.0.0.1", 80);
  yes("a.b.example.org", "127.0.0.1");
  no("example.org", "203.0.113.9");
  yes("whatever.net", "10.9.8.7");
  yes("::ffff:10.9.8.7");
  no("11.0.0.1");
  yes("fd00::5", "fd00::5", 81);
  no("fd00::5");
  yes("192.0.2.1");
});

Deno.test("what is wrong with a list is named", () => {
  for (
    const part of ["pubic things", "http://a", "10.0.0.0/33", "a:0", "a:70000", "*", "*.", "a b"]
  ) {
    match(
      new FetchRules(`all, ${part}`).fault ?? "",
      new RegExp(`^"${part.replace(/[*/.]/g, "\\$&")}" is none`),
    );
  }
  for (const text of ["", "none", "all,", "localhost", "a-b_c.d"]) {
    equal(new FetchRules(text).fault, undefined, text);
  }
});

Deno.test("a refusal names the kind of address and the key", () => {
  equal(
    new FetchRules("public").refusal("inner.example", "10.0.0.1"),
    "not allowed: inner.example has a private address, [lua] fetch is public",
  );
  equal(
    new FetchRules("").refusal("169.254.169.254", "169.254.169.254"),
    "not allowed: 169.254.169.254 is a reserved address, [lua] fetch is none",
  );
});
