import { deepEqual, equal, throws } from "node:assert/strict";
import { HttpError } from "../../src/protocols/http/wire/error.ts";
import { FieldMap, HeadText, readField } from "../../src/protocols/http/wire/fields.ts";
import { type RequestHead, RequestReader } from "../../src/protocols/http/wire/request_reader.ts";

const limits = { maxTarget: 100, maxHeader: 300 };
const encoder = new TextEncoder();

interface Seen {
  readonly head: RequestHead;
  body: string;
  isWhole: boolean;
}

/** What a reader makes of its input when every request is answered at once. */
function read(
  input: string | Uint8Array,
  step = Infinity,
): { seen: Seen[]; reader: RequestReader } {
  const bytes = typeof input === "string" ? encoder.encode(input) : input;
  const seen: Seen[] = [];
  const reader: RequestReader = new RequestReader(limits, {
    onHead: (head) => void seen.push({ head, body: "", isWhole: false }),
    onBody: (bytes) => void (seen.at(-1)!.body += new TextDecoder().decode(bytes)),
    onEnd: () => {
      seen.at(-1)!.isWhole = true;
      reader.next();
    },
  });
  const size = Math.min(step, Math.max(1, bytes.length));
  for (let at = 0; at < bytes.length; at += size) {
    reader.readRequests(bytes.subarray(at, at + size));
  }
  return { seen, reader };
}

const HOST = "host: x\r\n";
const cases: [string, string, [string, string, string][]][] = [
  ["a GET", `GET /a?b=1 HTTP/1.1\r\n${HOST}\r\n`, [["GET", "/a?b=1", ""]]],
  ["HTTP/1.0 without a host", "GET / HTTP/1.0\r\n\r\n", [["GET", "/", ""]]],
  ["an empty line first", `\r\n\r\nGET / HTTP/1.1\r\n${HOST}\r\n`, [["GET", "/", ""]]],
  ["an absolute target", `GET http://a:80/b?c HTTP/1.1\r\n${HOST}\r\n`, [["GET", "/b?c", ""]]],
  ["an absolute target without a path", `GET http://a?c HTTP/1.1\r\n${HOST}\r\n`, [[
    "GET",
    "/?c",
    "",
  ]]],
  ["OPTIONS of everything", `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, [["OPTIONS", "*", ""]]],
  [
    "a body of known length, then another request",
    `POST /a HTTP/1.1\r\n${HOST}content-length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n${HOST}\r\n`,
    [["POST", "/a", "abc"], ["GET", "/b", ""]],
  ],
  [
    "chunks with extensions and trailers",
    `PUT /a HTTP/1.1\r\n${HOST}transfer-encoding: Chunked\r\n\r\n` +
    "3;x=y\r\nabc\r\n00A ; q\r\n0123456789\r\n0\r\ntrailer: 1\r\n\r\n" +
    `GET /b HTTP/1.1\r\n${HOST}\r\n`,
    [["PUT", "/a", "abc0123456789"], ["GET", "/b", ""]],
  ],
];

for (const [name, input, expected] of cases) {
  Deno.test(`${name} is read alike in one piece and byte by byte`, () => {
    for (const step of [Infinity, 1, 3]) {
      const { seen, reader } = read(input, step);
      deepEqual(seen.map(({ head, body }) => [head.method, head.target, body]), expected);
      deepEqual(seen.filter(({ isWhole }) => !isWhole), []);
      equal(reader.isWithin, false);
    }
  });
}

Deno.test("fields with and without UTF-8 keep to their own bytes", () => {
  const fields = ["X-First: \xe9\xe8\r\n", "host: x\r\n", "Y: \xe2\x82\xac\t\r\n", "z:\t1 2 \r\n"];
  const head = `POST /\xc3\xa9?\xff HTTP/1.1\r\n${fields.join("")}content-length: 2\r\n\r\nok`;
  const bytes = Uint8Array.from(head, (letter) => letter.charCodeAt(0));
  for (const step of [Infinity, 1]) {
    const { seen } = read(bytes, step);
    equal(seen[0]?.head.target, "/é?\ufffd");
    const expected = {
      "x-first": "\ufffd\ufffd",
      host: "x",
      y: "€",
      z: "1 2",
      "content-length": "2",
    };
    deepEqual(Object.fromEntries(seen[0]!.head.fields), expected);
    equal(seen[0]?.body, "ok");
  }
});

for (
  const line of [
    ...["GET  / HTTP/1.1", "GET / HTTP/1.1 ", " GET / HTTP/1.1", "GET /HTTP/1.1", "GET / HTTP/1.x"],
    ...[
      "GET / b HTTP/1.1",
      "G:T / HTTP/1.1",
      "GET / HTTP/11.1",
      "GET / http/1.1",
      "/ HTTP/1.1",
      "GET",
    ],
    ...[`${"G".repeat(33)} / HTTP/1.1`, "GET / HTTP/1.1\r", "GET\t/ HTTP/1.1"],
  ]
) {
  Deno.test(`the request line ${JSON.stringify(line)} is refused`, () => {
    throws(() => read(`${line}\r\n${HOST}\r\n`), { name: "HttpError", status: 400 });
  });
}

Deno.test("header fields are known in lower case, repeated ones joined", () => {
  const { seen } = read(
    `GET / HTTP/1.1\r\nHost: x\r\nX-A:  1 \r\nx-a: 2\r\nCookie: a=1\r\ncookie: b=é\r\nempty:\r\n\r\n`,
  );
  deepEqual(Object.fromEntries(seen[0]!.head.fields), {
    host: "x",
    "x-a": "1, 2",
    cookie: "a=1; b=é",
    empty: "",
  });
});

/** Shapes by which one request is hidden in another, floods and plain nonsense. */
const refused: [string, string, number][] = [
  ["both a length and chunks", "transfer-encoding: chunked\r\ncontent-length: 3\r\n", 400],
  ["two lengths", "content-length: 3\r\ncontent-length: 4\r\n", 400],
  ["two equal lengths", "content-length: 3\r\ncontent-length: 3\r\n", 400],
  ["a list of lengths", "content-length: 3, 3\r\n", 400],
  ["a length with a sign", "content-length: +3\r\n", 400],
  ["a hexadecimal length", "content-length: 0x3\r\n", 400],
  ["an endless length", `content-length: ${"9".repeat(30)}\r\n`, 400],
  ["two codings", "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n", 400],
  ["a list of codings", "transfer-encoding: gzip, chunked\r\n", 501],
  ["a coding nearly chunked", "transfer-encoding: xchunked\r\n", 501],
  ["a coding in quotes", 'transfer-encoding: "chunked"\r\n', 501],
  ["a coding behind a vertical tab", "transfer-encoding: \x0bchunked\r\n", 400],
  ["a coding behind a no-break space", "transfer-encoding: \u00a0chunked\r\n", 501],
  ["a space before the colon", "transfer-encoding : chunked\r\n", 400],
  ["a folded line", "x: a\r\n b\r\n", 400],
  ["a line without a colon", "x\r\n", 400],
  ["a line without a name", ": x\r\n", 400],
  ["a name with a NUL", "a\0b: x\r\n", 400],
  ["a value with a NUL", "x: a\0b\r\n", 400],
  ["a value with a lone CR", "x: a\rb: c\r\n", 400],
  ["a line that ends with a lone LF", "x: a\ny: b\r\n", 400],
  ["a second host", "host: y\r\n", 400],
  ["a header over its limit", `x: ${"a".repeat(300)}\r\n`, 431],
  ["a header over its limit that never ends", `x: ${"a".repeat(500)}`, 431],
  ["many fields over the limit", "x: a\r\n".repeat(60), 431],
];
for (const [name, fields, status] of refused) {
  Deno.test(`${name} is refused with ${status}, in one piece and byte by byte`, () => {
    const input =
      `POST / HTTP/1.1\r\n${HOST}${fields}\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\n${HOST}\r\n`;
    for (const step of [Infinity, 1]) {
      throws(() => read(input, step), { name: "HttpError", status });
    }
  });
}

for (const space of ["", " "]) {
  Deno.test(`lines without a version, ${space === "" ? "without" : "with"} a space behind, are requests`, () => {
    const request = (body: string) =>
      `POST /app/${space}\r\nContent-Type:application/json\r\nContent-Length:7\r\n\r\n${body}`;
    for (const step of [Infinity, 1]) {
      const { seen } = read(request("[1,2,3]") + request("[4,5,6]"), step);
      deepEqual(
        seen.map(({ head, body }) => [head.method, head.target, head.minor, head.persists, body]),
        ["[1,2,3]", "[4,5,6]"].map((body) => ["POST", "/app/", 0, true, body]),
      );
    }
    throws(() => read(`POST /${space}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`), {
      name: "HttpError",
      status: 400,
    });
  });
}

const lines: [string, number][] = [
  ["GET / HTTP/2.0", 505],
  ["GET", 400],
  ["GET ", 400],
  ["GET  ", 400],
  ["GET /  ", 400],
  ["GET / HTTP/1.1  ", 400],
  ["GET / a", 400],
  ["GET a", 400],
  ["GET  / HTTP/1.1", 400],
  ["GET / HTTP/1.1 ", 400],
  ["GET\t/\tHTTP/1.1", 400],
  ["G@T / HTTP/1.1", 400],
  ["GET a HTTP/1.1", 400],
  ["GET ftp://a/ HTTP/1.1", 400],
  ["CONNECT a:80 HTTP/1.1", 400],
  [`GET /${"a".repeat(100)} HTTP/1.1`, 414],
  [`GET /${"a".repeat(1000)} HTTP/1.1`, 414],
  ["\x16\x03\x01\x02", 400],
];
for (const [line, status] of lines) {
  Deno.test(`the line ${JSON.stringify(line.slice(0, 30))} is refused with ${status}`, () => {
    throws(() => read(`${line}\r\n${HOST}\r\n`), { name: "HttpError", status });
  });
}

for (const host of ["", "host: a b\r\n", "host: a/b\r\n", "host: a@b\r\n"]) {
  Deno.test(`a request with ${host.trim() || "no host"} is refused`, () => {
    throws(() => read(`GET / HTTP/1.1\r\n${host}\r\n`), { name: "HttpError", status: 400 });
  });
}

const chunks = [
  "3\r\nabcd\r\n",
  "3\nabc\r\n",
  "zz\r\n",
  "-1\r\n",
  "\r\n",
  " 3\r\nabc\r\n",
  "99999999999999\r\n",
  `3;${"x".repeat(1100)}\r\n`,
  `3;${"x".repeat(1100)}`,
  "3;a\x01\r\nabc\r\n",
  "0\r\nbad trailer\r\n\r\n",
  `0\r\n${"x: a\r\n".repeat(2000)}\r\n`,
];
for (const chunk of chunks) {
  Deno.test(`the chunk ${JSON.stringify(chunk.slice(0, 20))} is refused`, () => {
    const head = `POST / HTTP/1.1\r\n${HOST}transfer-encoding: chunked\r\n\r\n`;
    for (const step of [Infinity, 1]) throws(() => read(head + chunk, step), HttpError);
  });
}

Deno.test("a target that never ends is refused with 414", () => {
  throws(() => read(`GET /${"a".repeat(200)}`, 1), { name: "HttpError", status: 414 });
});

Deno.test("further requests wait until the one before is answered", () => {
  const heads: string[] = [];
  const reader = new RequestReader(limits, {
    onHead: ({ target }) => void heads.push(target),
    onBody: () => {},
    onEnd: () => {},
  });
  const get = (path: string) => encoder.encode(`GET ${path} HTTP/1.1\r\n${HOST}\r\n`);
  reader.readRequests(get("/a"));
  reader.readRequests(get("/b"));
  reader.readRequests(get("/c"));
  deepEqual(heads, ["/a"]);
  reader.next();
  deepEqual(heads, ["/a", "/b"]);
  reader.next();
  deepEqual(heads, ["/a", "/b", "/c"]);
});

Deno.test("what waits is bounded", () => {
  const reader = new RequestReader(limits, { onHead: () => {}, onBody: () => {}, onEnd: () => {} });
  reader.readRequests(encoder.encode(`GET / HTTP/1.1\r\n${HOST}\r\n`));
  const piece = new Uint8Array(65_536);
  throws(() => {
    for (let count = 0; count < 20; count++) reader.readRequests(piece);
  }, HttpError);
});

Deno.test("random bytes are refused or wait, and nothing else", () => {
  let seed = 7;
  const random = () => seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
  for (let round = 0; round < 500; round++) {
    const bytes = Uint8Array.from({ length: random() % 400 }, () => random() >> 8);
    try {
      read(bytes, 1 + random() % 50);
    } catch (error) {
      if (!(error instanceof HttpError)) throw error;
    }
  }
});

Deno.test("a field of spaces is trimmed in linear time", () => {
  const spaces = " \t".repeat(500_000);
  const value = `a${spaces}b`;
  const fieldsOf = (lines: string) => {
    const bytes = encoder.encode(lines);
    const text = new HeadText(bytes, 0, bytes.length);
    const fields = new FieldMap();
    for (let at = 0; at < bytes.length;) at = readField(fields, text, bytes, at, bytes.length);
    return [...fields];
  };
  deepEqual(fieldsOf(`Name:${spaces}${value}${spaces}`), [["name", value]]);
  deepEqual(fieldsOf(`Name:\r\nOther:${spaces}`), [["name", ""], ["other", ""]]);
});

const post = (path: string, body: string, more = "") =>
  `POST ${path} HTTP/1.1\r\n${HOST}content-length: ${body.length}\r\n${more}\r\n${body}`;

for (const step of [1, 7, Infinity]) {
  Deno.test(`heads that repeat are understood as those before, ${step} bytes at a time`, () => {
    const bodies = ["abc", "def", "ghi", "jk", "lm", "nop"];
    const { seen } = read(bodies.map((body) => post("/a", body)).join(""), step);
    deepEqual(seen.map(({ head, body }) => [head.target, head.length, body]), [
      ...bodies.map((body) => ["/a", body.length, body]),
    ]);
  });

  Deno.test(`a head that differs in one byte is its own, ${step} bytes at a time`, () => {
    const input = [
      post("/a", "abc"),
      post("/a", "abc"),
      post("/b", "abc"),
      post("/a", "abc", "x: 1\r\n"),
      post("/a", "abc", "x: 2\r\n"),
      `POST /a HTTP/1.0\r\n${HOST}content-length: 3\r\n\r\nabc`,
    ];
    const { seen } = read(input.join(""), step);
    deepEqual(seen.map(({ head }) => [head.target, head.fields.get("x"), head.minor]), [
      ["/a", undefined, 1],
      ["/a", undefined, 1],
      ["/b", undefined, 1],
      ["/a", "1", 1],
      ["/a", "2", 1],
      ["/a", undefined, 0],
    ]);
  });
}

Deno.test("a head that goes on where the one before it ended is refused or read as a whole", () => {
  const known = `GET /a HTTP/1.1\r\n${HOST}\r\n`;
  const { seen } = read(`${known}${known}GET /a HTTP/1.1\r\n${HOST}x: 1\r\n\r\n`);
  equal(seen.at(-1)?.head.fields.get("x"), "1");
  throws(() => read(`${known}${known}${known.slice(0, -2)} x: 1\r\n\r\n`), HttpError);
});

Deno.test("heads that are too long to be kept are understood each time", () => {
  const seen: (string | undefined)[] = [];
  const reader: RequestReader = new RequestReader({ maxTarget: 100, maxHeader: 5000 }, {
    onHead: ({ fields }) => void seen.push(fields.get("x")?.slice(-1)),
    onBody: () => {},
    onEnd: () => reader.next(),
  });
  const long = (last: string) => `GET / HTTP/1.1\r\n${HOST}x: ${"y".repeat(1500)}${last}\r\n\r\n`;
  const short = `GET / HTTP/1.1\r\n${HOST}x: s\r\n\r\n`;
  const heads = [short, short, long("1"), long("1"), long("2"), short, short];
  for (const head of heads) reader.readRequests(encoder.encode(head));
  deepEqual(seen, ["s", "s", "1", "1", "2", "s", "s"]);
});
