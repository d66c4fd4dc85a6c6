import assert from "node:assert/strict";
import { AddressRanges } from "../../src/base/mod.ts";
import { checkedAnswer } from "../../src/access/hook/form.ts";
import { jsonForm } from "../../src/access/hook/json_form.ts";
import { nginxForm } from "../../src/access/hook/nginx_form.ts";
import { srsForm } from "../../src/access/hook/srs_form.ts";
import { toldOf } from "../../src/access/hook/told.ts";
import { readKeys } from "../../src/access/keys.ts";
import { readRules } from "../../src/access/rules.ts";
import { loadConfig } from "../../src/config/mod.ts";
import { Client } from "../../src/hub/mod.ts";
import { readProxyHeader } from "../../src/net/proxy_header.ts";
import { clientOf } from "../../src/protocols/http/forwarded.ts";
import { FieldMap } from "../../src/protocols/http/wire/fields.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { latin1, outcome, plainText } from "./outcome.ts";
import { bytesOf, joined, texts } from "./seeds.ts";

/** Bytes of a file that a person writes. */
const LONGEST_FILE = 4096;

const V2 = bytesOf("0d0a0d0a000d0a515549540a");

/** What a proxy says before the first byte of a client. */
const proxyHeaders: Fuzzer = {
  name: "PROXY headers",
  seeds: [
    ...texts(
      "PROXY TCP4 192.0.2.1 198.51.100.1 5000 1935\r\nGET / HTTP/1.1\r\n",
      "PROXY TCP6 2001:db8::1 ::1 65535 0\r\n",
      "PROXY UNKNOWN anything at all\r\n\x03",
      "GET / HTTP/1.1\r\n",
    ),
    joined(V2, bytesOf("21 11 000c c0000201 c6336401 1388 078f 03")),
    joined(V2, bytesOf("21 21 0027"), new Uint8Array(36), bytesOf("030000")),
    joined(V2, bytesOf("20 00 0000")),
  ],
  check: (bytes) =>
    outcome(() => {
      const header = readProxyHeader(bytes);
      if (header === "none" || header === "more") return header;
      const { length, addresses } = header;
      assert.ok(length > 0 && length <= bytes.length);
      // It says the same of its own bytes alone, and wants more of fewer.
      assert.deepEqual(readProxyHeader(bytes.subarray(0, length)), header);
      assert.equal(readProxyHeader(bytes.subarray(0, length - 1)), "more");
      if (addresses === undefined) return "no addresses";
      const { remote, local } = addresses;
      assert.ok([remote, local].every(({ port }) => port >= 0 && port < 65_536));
      return `${remote.hostname.includes(":")} ${local.hostname.includes(":")}`;
    }),
};

const proxies = AddressRanges.of("127.0.0.1, 10.0.0.0/8");

/** What a proxy says of the client in a header. */
const forwarded: Fuzzer = {
  name: "clients behind proxies",
  seeds: texts(
    "192.0.2.1, 10.1.1.1",
    "for=192.0.2.60;proto=http;by=203.0.113.43, for=10.0.0.1",
    'for="[2001:db8:cafe::17]:4711"',
    "unknown, _hidden, for=_gazonk",
    "2001:db8::1, [::1]:80",
  ),
  check(bytes) {
    const text = latin1(bytes);
    const kinds = (["X-Forwarded-For", "Forwarded"] as const).map((header) => {
      const fields = new FieldMap();
      fields.set(header.toLowerCase(), text);
      const client = clientOf("127.0.0.1:5", fields, { proxies, header });
      assert.ok(/^[\d.]+:\d+$|^\[[\da-f:.]+\]:\d+$/.test(client), client);
      assert.equal(clientOf("192.0.2.9:1", fields, { proxies, header }), "192.0.2.9:1");
      return client === "127.0.0.1:5" ? "proxy" : client.startsWith("[") ? "IPv6" : "IPv4";
    });
    return kinds.join(" ");
  },
};

/** Files in which operators say who may do what. */
const files: Fuzzer = {
  name: "files of keys and rules",
  seeds: texts(
    "anna secret\nbert other 2026-12-31\n; comment\nc d 2026-12-31T18:00:00Z\n",
    "anna\nbert other 2026-13-31\nc d e f\n",
    "publish.* = none\nplay.live/* = any\nconnect./game = key:anna\nkeys = file\n",
    "publish.a*b = any\npublis.* = none\nplay. = x\nfiles.* = 10.0.0.0/8 link jwt\nsecret = abc\n",
  ),
  check(bytes) {
    const text = latin1(bytes.subarray(0, LONGEST_FILE));
    const lines = text.split(/\r\n|\r|\n/).length;
    const { keys, faults } = readKeys(text);
    assert.ok(keys.length + faults.length <= lines);
    const { config } = loadConfig({ ini: { file: "file", text: `[access]\n${text}` } });
    const read = readRules(config, (path) => path === "/live");
    for (const subject of ["", "live/film", text.slice(0, 20)]) {
      read.rules.find("publish", subject);
      read.rules.find("files", subject);
    }
    const said = [...new Set(read.faults.map(({ message }) => plainText(message)))].slice(0, 3);
    return [keys.length > 0, faults.length > 0, read.rules.isEmpty, ...said].join(" ");
  },
};

const client = new Client({
  protocol: "RTMP",
  address: "192.0.2.1:5",
  path: "/live",
  query: "",
  properties: new Map(),
});

/** What the program of an operator answers: a byte of its status, then the body. */
const answers: Fuzzer = {
  name: "answers of hooks",
  seeds: [
    joined(Uint8Array.of(200), ...texts('{"allowed": true, "name": "a/b", "lifetime": 60}')),
    joined(
      Uint8Array.of(200),
      ...texts('{"allowed": false, "reason": "not\\n now", "user": null}'),
    ),
    joined(Uint8Array.of(200), ...texts('{"code": 0, "msg": "OK"}')),
    joined(Uint8Array.of(147), ...texts("0")),
    joined(Uint8Array.of(51), ...texts("another/name")),
  ],
  check(bytes) {
    const status = 200 + 2 * (bytes[0] ?? 0) % 400;
    const body = bytes.subarray(1);
    const headers = new Headers({ "content-type": "application/json" });
    // A location is a line of Latin-1, which the reader of the head has checked.
    const location = latin1(body.subarray(0, 200)).replaceAll(/[^\x20-\x7e]/g, "");
    headers.set("location", location);
    const told = toldOf(client, { action: "publish", stream: "film" });
    return [jsonForm, nginxForm, srsForm].map((form) =>
      outcome(() => {
        const answer = checkedAnswer(form.answer({ status, headers, body }, told));
        assert.equal(typeof answer.allowed, "boolean");
        const { reason = "", name, lifetime = 1 } = answer;
        assert.ok(reason.length <= 200 && !/[\r\n]/.test(reason));
        assert.ok(name === undefined || name !== "" && !name.startsWith("/"));
        assert.ok(lifetime >= 1);
        return `${answer.allowed} ${answer.isUnknown} ${name !== undefined} ${reason !== ""}`;
      }, Error)
    ).join("; ");
  },
};

export const accessFuzzers: readonly Fuzzer[] = [proxyHeaders, forwarded, files, answers];
