import assert from "node:assert/strict";
import { describeFault, loadConfig } from "../../src/config/mod.ts";
import { readIni } from "../../src/config/ini.ts";
import { BanList, hostOf } from "../../src/hub/mod.ts";
import { Redactor } from "../../src/logs/redactor.ts";
import { IPAddress } from "../../src/script/objects/ip_address.ts";
import { parseEndpoint } from "../../src/services/sockets/endpoint.ts";
import { importJson } from "../../src/services/data/transfer.ts";
import { DataTable } from "../../src/services/data/data_table.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { latin1, outcome, plainText } from "./outcome.ts";
import { texts } from "./seeds.ts";

/** Bytes of a file that a person writes. */
const LONGEST_FILE = 4096;

const ini: Fuzzer = {
  name: "ini",
  seeds: texts(
    "host = example.org\n[RTMP]\nport=1936 ; not a comment\n; comment\n[own]\nkey=value\n",
    "[HTTP\r\nport=x\r\nnothing\r\n[lua]\r\nmemory=99999\r\nmemory=5\r\n=\r\n",
    "[WebSocket]\rtimeout = -1\r[live]\rgop=yes\r[http]\rPORT=1\rprot=2",
  ),
  check(bytes) {
    const text = latin1(bytes.subarray(0, LONGEST_FILE));
    const { settings, bad } = readIni("file", text);
    const lines = text.split(/\r\n|\r|\n/).length;
    assert.ok(settings.length + bad.length <= lines);
    const { faults } = loadConfig({ ini: { file: "file", text } });
    const said = new Set(faults.map((fault) => describeFault(fault).replace(/^.*?: /, "")));
    return plainText([...said].map(plainText).slice(0, 3).join(", "));
  },
};

const hosts: Fuzzer = {
  name: "addresses of scripts",
  seeds: texts("192.0.2.1", "[::1]:80", "localhost:80", "10.0.0.0/8", "::ffff:1.2.3.4", "*:0", ""),
  check(bytes) {
    const text = latin1(bytes);
    const address = IPAddress.parse(text);
    if (address !== undefined) {
      assert.equal(address.bytes.length, address.isIPv6 ? 16 : 4);
      assert.equal(String(IPAddress.parse(String(address))), String(address));
    }
    const endpoint = parseEndpoint(text, undefined, "0.0.0.0");
    assert.ok(endpoint === undefined || endpoint.port >= 0 && endpoint.port < 65_536);
    const bans = new BanList();
    const banned = outcome(() => {
      bans.ban(text);
      assert.equal(bans.entries.length, 1);
      return `${bans.isBanned(hostOf(text))} ${bans.isBanned("10.1.2.3")}`;
    }, TypeError);
    return `${address?.isIPv6} ${endpoint !== undefined} ${banned}`;
  },
};

const SECRET = "opensesame";
const redactor = new Redactor([SECRET]);

const lines: Fuzzer = {
  name: "lines of the log",
  seeds: texts(
    'plays film?key=abc&b="c d"#e from rtmp://name:pass@host/app?=x',
    `${SECRET} and ?a[b]='c' GET /x?y=z w HTTP/1.1`,
    "?a=;;;.,.,&&==?://a@b://@",
    "\u00c0x\u00c1ab?k\u00c0\u0001ey=va\u00c3lue",
  ),
  check(bytes) {
    const text = latin1(bytes);
    const shown = redactor.text(text);
    assert.ok(!shown.includes(SECRET));
    const whole = redactor.bytes(bytes);
    assert.equal(whole.bytes.length, bytes.length);
    assert.ok(!latin1(whole.bytes).includes(SECRET));
    const open = redactor.bytes(bytes, true);
    assert.equal(open.bytes.length, bytes.length);
    return [shown === text, whole.isOpen, open.isOpen, shown.includes("://***@")].join(" ");
  },
};

const exports: Fuzzer = {
  name: "exported data",
  seeds: texts(
    '{"a": {"b": "c"}, "$base64:AAE=": {"$base64": "/w=="}}',
    '{"a": 1, "b": true, "a": {}}',
    '{"a": [1], "b": null}',
    "[1]",
  ),
  check: (bytes) =>
    outcome(() => {
      const text = new TextDecoder().decode(bytes);
      try {
        const table = DataTable.root({ check() {}, record() {} });
        return `${Math.min(importJson(text, table), 3)} ${table.size > 1}`;
      } catch (error) {
        // What V8 says of JSON has the text in it.
        if (error instanceof SyntaxError) return "no JSON";
        if (error instanceof TypeError) return error.message.replace(/^.* is /s, "");
        throw error;
      }
    }, Error),
};

export const settingsFuzzers: readonly Fuzzer[] = [ini, hosts, lines, exports];
