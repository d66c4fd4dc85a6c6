import { deepEqual, equal, throws } from "node:assert/strict";
import { encodeText, fromHex } from "../../src/bytes/mod.ts";
import { readProxyHeader } from "../../src/net/proxy_header.ts";

/** What a header says, after it was read in pieces of each length. */
function read(bytes: Uint8Array) {
  for (let length = 0; length < bytes.length; length++) {
    const early = readProxyHeader(bytes.subarray(0, length));
    if (early !== "more") return early;
  }
  return readProxyHeader(bytes);
}

function addresses(from: string, fromPort: number, to: string, toPort: number) {
  return { remote: { hostname: from, port: fromPort }, local: { hostname: to, port: toPort } };
}

/** proxy-protocol.txt 2.1, 2.2 */
const SIGNATURE = "0d0a0d0a000d0a515549540a";

Deno.test("headers of version 1 are read as the specification shows them", () => {
  for (
    const [text, from, fromPort, to, toPort] of [
      [
        "PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n",
        ...["255.255.255.255", 65535, "255.255.255.255", 65535],
      ],
      [
        "PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n",
        "192.168.0.1",
        56324,
        "192.168.0.11",
        443,
      ],
      ["PROXY TCP6 2001:db8::1 ::1 1 2\r\n", "2001:db8::1", 1, "::1", 2],
      ["PROXY TCP6 2001:DB8:0:0::1 0:0:0:0:0:0:0:1 1 2\r\n", "2001:db8::1", 1, "::1", 2],
    ] as [string, string, number, string, number][]
  ) {
    deepEqual(read(encodeText(text)), {
      length: text.length,
      addresses: addresses(from, fromPort, to, toPort),
    });
  }
  for (const text of ["PROXY UNKNOWN\r\n", `PROXY UNKNOWN ${"ffff:".repeat(15)} 65535\r\n`]) {
    deepEqual(read(encodeText(text)), { length: text.length, addresses: undefined });
  }
});

Deno.test("headers of version 2 are read with what stands behind the addresses", () => {
  const v4 = fromHex(`${SIGNATURE}21110010c0000201c633640113880050` + "04000100")!;
  deepEqual(read(v4), { length: 32, addresses: addresses("192.0.2.1", 5000, "198.51.100.1", 80) });
  const v6 = fromHex(
    `${SIGNATURE}21210024` + "20010db8000000000000000000000001" + "0".repeat(31) + "1" + "13880050",
  )!;
  deepEqual(read(v6), { length: 52, addresses: addresses("2001:db8::1", 5000, "::1", 80) });
  for (const local of ["20000000", "20110000", "21000003aabbcc", "21310000"]) {
    const bytes = fromHex(SIGNATURE + local)!;
    deepEqual(read(bytes), { length: bytes.length, addresses: undefined }, local);
  }
});

Deno.test("what is no header, or a wrong one, is told apart from one that is not whole", () => {
  for (
    const text of [
      "PROXY TCP4 192.0.2.1 198.51.100.1 5000\r\n",
      "PROXY TCP4 192.0.2.1 198.51.100.1 5000 65536\r\n",
      "PROXY TCP4 2001:db8::1 ::1 1 2\r\n",
      "PROXY TCP6 192.0.2.1 198.51.100.1 1 2\r\n",
      "PROXY TCP4 192.0.2.1 198.51.100.1 1 2 3\r\n",
      "PROXY TCP4 192.0.2 198.51.100.1 1 2\r\n",
      "PROXY UDP4 192.0.2.1 198.51.100.1 1 2\r\n",
      "PROXY \r\n",
      `PROXY ${"x".repeat(200)}`,
    ]
  ) throws(() => read(encodeText(text)), /^ProtocolError: version 1 /, text);
  for (
    const hex of [`${SIGNATURE}11110000`, `${SIGNATURE}22110000`, `${SIGNATURE}211100040a000001`]
  ) {
    throws(() => read(fromHex(hex)!), /^ProtocolError: .*version [12] /, hex);
  }
  for (const text of ["GET / HTTP/1.1\r\n", "PROX/", "\x03", "\x16\x03\x01", "\r\nGET"]) {
    equal(readProxyHeader(encodeText(text)), "none", text);
  }
});
