import assert from "node:assert/strict";
import { encodeText, NOTHING } from "../../src/bytes/mod.ts";
import { Amf0Writer, writeValues } from "../../src/codecs/mod.ts";
import { evaluate, rangeApplies } from "../../src/protocols/http/conditions.ts";
import { cookieHeader } from "../../src/protocols/http/cookie.ts";
import { isEnvelope, readEnvelope } from "../../src/protocols/http/envelope.ts";
import { HttpProperties, parseCookies, parseQuery } from "../../src/protocols/http/properties.ts";
import { parseRanges } from "../../src/protocols/http/ranges.ts";
import { encodePath, parseTarget } from "../../src/protocols/http/target.ts";
import { fillTemplate } from "../../src/protocols/http/template.ts";
import { HttpError } from "../../src/protocols/http/wire/error.ts";
import { FieldMap, listsToken } from "../../src/protocols/http/wire/fields.ts";
import { RequestReader } from "../../src/protocols/http/wire/request_reader.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { latin1, outcome, plainText, sameInPieces } from "./outcome.ts";
import { bytesOf, joined, texts } from "./seeds.ts";

const LIMITS = { maxTarget: 8192, maxHeader: 16_384 };

const requests: Fuzzer = {
  name: "HTTP requests",
  seeds: texts(
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET /a?b=c HTTP/1.1\r\nHost: a\r\nCookie: a=1\r\nCookie: b=2\r\n\r\nGET / HTTP/1.0\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /",
    "PUT /a.flv HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
      "5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n",
    "POST /app\r\nContent-Length: 0\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx".repeat(3),
    "OPTIONS * HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    "GET http://host/path HTTP/1.1\r\nHost: host\r\n\r\n",
  ),
  check: (bytes) =>
    sameInPieces(bytes, (tell) => {
      let isAnswered = false;
      const reader: RequestReader = new RequestReader(LIMITS, {
        onHead({ method, target, length, persists, fields }) {
          assert.ok(target === "*" || target.startsWith("/"));
          assert.equal(fields.names.length, fields.size);
          tell(`head ${length === undefined} ${persists}`, encodeText(`${method} ${target}`));
        },
        onBody: (body) => tell("body…", body),
        onEnd() {
          tell("end");
          isAnswered = true;
        },
      });
      return (piece) => {
        reader.readRequests(piece);
        while (isAnswered) {
          isAnswered = false;
          reader.next();
        }
      };
    }, HttpError),
};

const targets: Fuzzer = {
  name: "HTTP targets",
  seeds: texts("/", "/a/b.html?c=d&c=e#f", "/a%20b/%C3%A9", "//a/./b/", "/../x", "/a?%zz=+&&="),
  check: (bytes) =>
    outcome(() => {
      const text = latin1(bytes);
      const { application, name, query } = parseTarget(text);
      assert.ok(!`${application}/${name}`.split("/").includes(".."));
      encodePath(`${application}/${name}`);
      return [application !== "", name !== "", parseQuery(query).size > 1].join(" ");
    }, HttpError),
};

const VALIDATORS = { etag: '"1-2"', modified: 1_700_000_000_000 };

/** The value of every header that has a form of its own. */
const values: Fuzzer = {
  name: "HTTP header values",
  seeds: texts(
    'a=1; b="two"; c=%C3%A9',
    "bytes=0-1,5-,-3",
    'W/"1-2", "3"',
    "*",
    "Tue, 14 Nov 2023 22:13:20 GMT",
    "keep-alive, Upgrade",
  ),
  check(bytes) {
    const text = latin1(bytes);
    const cookies = parseCookies(text);
    const ranges = parseRanges(text, 1000);
    for (const { start, end } of ranges ?? []) assert.ok(start >= 0 && start < end && end <= 1000);
    assert.ok((ranges ?? []).reduce((sum, { start, end }) => sum + end - start, 0) <= 1000);
    const names = ["if-match", "if-none-match", "if-modified-since", "if-range", "cookie"];
    const outcomes = names.map((name) => {
      const fields = new FieldMap();
      fields.set(name, text);
      fields.names.push(name);
      assert.equal([...new HttpProperties(fields, text)].length > 0, true);
      return `${evaluate(fields, "GET", VALIDATORS)} ${rangeApplies(fields, VALIDATORS)}`;
    });
    const set = cookieHeader("name", text, new Map([["path", text], ["expires", text]]), 0);
    assert.ok(set === undefined || !/[\r\n]/.test(set));
    const listed = listsToken(text, "upgrade");
    return [...outcomes, cookies.size > 1, ranges?.length, listed, set !== undefined].join(" ");
  },
};

const templates: Fuzzer = {
  name: "HTTP templates",
  seeds: texts("<p><% name %></p>", "<%name%><%  other  %><% <% name %>", "<% missing %> %>"),
  check(bytes) {
    const value = encodeText("value");
    const filled = fillTemplate(bytes, new Map([["name", value], ["other", NOTHING]]));
    const text = latin1(filled);
    assert.ok(filled.length <= bytes.length * 2);
    return `${text.includes("value")} ${/<%\s*other\s*%>/.test(text)} ${text.includes("<%")}`;
  },
};

function amf(...all: unknown[]): Uint8Array {
  const writer = new Amf0Writer();
  writeValues(writer, ...all);
  return writer.take();
}

const envelopes: Fuzzer = {
  name: "Flash Remoting",
  seeds: [
    joined(bytesOf("0000 0000 0001 0004 6563686f 0002 2f31 00000000"), amf(["a", 1])),
    joined(
      bytesOf("0003 0001 0001 68 00 00000001 05 0002 0001 61 0002 2f31 ffffffff"),
      amf([]),
      bytesOf("0003 622e63 0002 2f32 00000003 11 0401"),
    ),
  ],
  check: (bytes) =>
    outcome(() => {
      if (!isEnvelope(bytes)) return "none";
      const { version, messages } = readEnvelope(bytes);
      assert.ok(messages.length <= bytes.length);
      return plainText(`${version} ${messages.length > 1} ${messages[0]?.args.length}`);
    }),
};

export const httpFuzzers: readonly Fuzzer[] = [requests, targets, values, templates, envelopes];
