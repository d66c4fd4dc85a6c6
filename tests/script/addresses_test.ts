import { deepEqual, match } from "node:assert/strict";
import { NameTable } from "../../src/services/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { ServiceServer } from "./service_server.ts";
import { TestServer } from "./support.ts";

Deno.test("addresses are made from every form, and say what they are", () => {
  using server = new TestServer("");
  deepEqual(
    server.run(`local a = mona:createSocketAddress("192.0.2.1", 80)
      local b = mona:createSocketAddress(mona:createIPAddress("::1"), "81")
      local c = mona:createSocketAddress(a)
      return a.value, b.value, b.isIPv6, b.host.isLoopback, mona:createIPAddress(a).value, c.port,
        mona:createSocketAddress(a, 82).value, tostring(mona:createIPAddress(b))`),
    ["192.0.2.1:80", "[::1]:81", true, true, "192.0.2.1", 80, "192.0.2.1:82", "::1"],
  );
  deepEqual(
    server.run(`local faults = {}
      for i, text in ipairs {"host:80", "1.2.3.4", "1.2.3.4:65536", "::1:80", "1.2.3.4:x"} do
        local address, fault = mona:createSocketAddress(text)
        faults[i] = address == nil and fault
      end
      return table.unpack(faults)`),
    ["host:80", "1.2.3.4", "1.2.3.4:65536", "::1:80", "1.2.3.4:x"].map((text) =>
      `'${text}' is no address`
    ),
  );
});

Deno.test("two addresses are equal when they are the same, and never equal to another thing", () => {
  using server = new TestServer("");
  deepEqual(
    server.run(`local function ip(text) return mona:createIPAddress(text) end
      local function at(text) return mona:createSocketAddress(text) end
      return ip("192.0.2.1") == ip("192.0.2.1"), ip("::1") == ip("0:0::1"),
        ip("::ffff:192.0.2.1") == ip("192.0.2.1"), ip("192.0.2.1") == ip("192.0.2.2"),
        at("192.0.2.1:80") == at("192.0.2.1:80"), at("192.0.2.1:80") == at("192.0.2.1:81"),
        at("192.0.2.1:80").host == ip("192.0.2.1"), at("192.0.2.1:80") == ip("192.0.2.1"),
        ip("192.0.2.1") == setmetatable({}, {}), ip("192.0.2.1") == "192.0.2.1"`),
    [true, true, true, false, true, false, true, false, false, false],
  );
});

/** The members that are true of an address, by the reference's own list of them. */
const kinds: readonly (readonly [address: string, ...kinds: string[]])[] = [
  ["0.0.0.0", "isIPv4Compatible", "isIPv4Mapped", "isWildcard"],
  ["255.255.255.255", "isAnyBroadcast", "isBroadcast", "isIPv4Compatible", "isIPv4Mapped"],
  ["127.0.0.1", "isIPv4Compatible", "isIPv4Mapped", "isLocal", "isLoopback", "isUnicast"],
  ["192.0.2.1", "isIPv4Compatible", "isIPv4Mapped", "isUnicast"],
  ["192.0.2.255", "isAnyBroadcast", "isIPv4Compatible", "isIPv4Mapped", "isUnicast"],
  ["169.254.1.1", "isIPv4Compatible", "isIPv4Mapped", "isLinkLocal", "isLocal", "isUnicast"],
  ...["10.255.0.1", "172.16.0.1", "172.31.9.9", "192.168.0.1"].map((address) =>
    [
      address,
      "isIPv4Compatible",
      "isIPv4Mapped",
      "isLocal",
      "isSiteLocal",
      "isUnicast",
    ] as const
  ),
  ["172.32.0.1", "isIPv4Compatible", "isIPv4Mapped", "isUnicast"],
  [
    "224.0.0.1",
    "isIPv4Compatible",
    "isIPv4Mapped",
    "isLinkLocalMC",
    "isMulticast",
    "isWellKnownMC",
  ],
  ["224.0.1.0", "isGlobalMC", "isIPv4Compatible", "isIPv4Mapped", "isMulticast", "isWellKnownMC"],
  ["238.255.255.255", "isGlobalMC", "isIPv4Compatible", "isIPv4Mapped", "isMulticast"],
  ["239.255.0.1", "isIPv4Compatible", "isIPv4Mapped", "isMulticast", "isSiteLocalMC"],
  ["239.192.0.1", "isIPv4Compatible", "isIPv4Mapped", "isMulticast", "isOrgLocalMC"],
  ["::", "isIPv4Compatible", "isIPv6", "isWildcard"],
  ["::1", "isIPv4Compatible", "isIPv6", "isLocal", "isLoopback", "isUnicast"],
  ["2001:db8::1", "isIPv6", "isUnicast"],
  ["fe80::1", "isIPv6", "isLinkLocal", "isLocal", "isUnicast"],
  ["fec0::1", "isIPv6", "isLocal", "isSiteLocal", "isUnicast"],
  ["ff01::1", "isIPv6", "isMulticast", "isNodeLocalMC", "isWellKnownMC"],
  ["ff12::1", "isIPv6", "isLinkLocalMC", "isMulticast"],
  ["ff05::1", "isIPv6", "isMulticast", "isSiteLocalMC", "isWellKnownMC"],
  ["ff08::1", "isIPv6", "isMulticast", "isOrgLocalMC", "isWellKnownMC"],
  ["ff0e::1", "isGlobalMC", "isIPv6", "isMulticast", "isWellKnownMC"],
];

Deno.test("an address says of what kind it is", () => {
  using server = new TestServer("");
  const members = [...new Set(kinds.flatMap(([, ...names]) => names))].sort();
  for (const [address, ...expected] of kinds) {
    deepEqual(
      server.run(`local address, found = mona:createIPAddress("${address}"), {}
        for member in ("${members.join(" ")}"):gmatch("%w+") do
          if address[member] == true then found[#found + 1] = member end
          assert(type(address[member]) == "boolean", member)
        end
        return found`),
      [expected],
      address,
    );
  }
});

Deno.test("a host name is nothing without DNS, and with it an address once it is known", async () => {
  const asked: string[] = [];
  const names = new NameTable(new FakeClock(), (name) => {
    asked.push(name);
    return name === "nowhere.test"
      ? Promise.reject(new Error("not found"))
      : Promise.resolve(["not an address", "2001:db8::7", "192.0.2.7"]);
  }, () => "192.0.2.9 own.test other.test");
  await using server = ServiceServer.start("", { names });
  deepEqual(server.run(`return mona:createIPAddress("own.test")`), [
    null,
    "'own.test' is no address",
  ]);
  deepEqual(
    server.run(`return mona:createIPAddressWithDNS("other.test").value,
      mona:createSocketAddressWithDNS("own.test:80").value,
      mona:createSocketAddressWithDNS("own.test", 81).value,
      mona:createIPAddressWithDNS("192.0.2.1").value, mona:createIPAddressWithDNS("localhost").value`),
    ["192.0.2.9", "192.0.2.9:80", "192.0.2.9:81", "192.0.2.1", "127.0.0.1"],
  );
  deepEqual(asked, []);
  server.run(`far = mona:createSocketAddressWithDNS("far.test:80")
    nowhere = mona:createIPAddressWithDNS("nowhere.test")`);
  const look = `return far.value, tostring(far.host), far.isIPv6, far.host.isUnicast,
    far.host.isWildcard, nowhere.value, nowhere.isIPv4Mapped`;
  deepEqual(server.run(look), [
    ...["far.test:80", "far.test", false, false, false, "nowhere.test", false],
  ]);
  await server.turn();
  deepEqual(server.run(look), [
    ...["[2001:db8::7]:80", "2001:db8::7", true, true, false, "nowhere.test", false],
  ]);
  deepEqual(
    server.run(`local gone, why = mona:createIPAddressWithDNS("nowhere.test")
      local wrong, reason = mona:createIPAddressWithDNS("a b")
      return gone, why, wrong, reason, far == mona:createSocketAddress("[2001:db8::7]:80")`),
    [null, "no address of 'nowhere.test' was found", null, "'a b' is no host name", true],
  );
  deepEqual(asked, ["far.test", "nowhere.test"]);
});

Deno.test("a socket is given the name while its address is not known", async () => {
  const names = new NameTable(new FakeClock(), () => new Promise(() => {}), () => "");
  await using server = ServiceServer.start("", { names });
  deepEqual(
    server.run(`local address = mona:createSocketAddressWithDNS("far.test:80")
      return mona:createTCPServer():start(address), mona:createUDPSocket():bind(address)`),
    [false, "'far.test' is no address to bind to"],
  );
  match(server.log.lines.at(-1) ?? "", /TCPServer: 'far\.test' is no address to listen on$/);
});

Deno.test("bans take addresses in every form, and ranges", () => {
  using server = new TestServer("");
  server.run(`mona:addToBlacklist(mona:createIPAddress("192.0.2.7"), "10.0.0.0/8")
    mona:removeFromBlacklist("10.0.0.0/8")`);
  deepEqual(server.banned, ["+192.0.2.7", "+10.0.0.0/8", "-10.0.0.0/8"]);
});
