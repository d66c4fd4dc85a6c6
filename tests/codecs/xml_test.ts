import assert from "node:assert/strict";
import { decodeText, encodeText, ProtocolError } from "../../src/bytes/mod.ts";
import { readValues, type Value, writeValues, XmlReader, XmlWriter } from "../../src/codecs/mod.ts";
import { written, xmlDocuments, xmlRefused } from "../vectors/codecs/xml.ts";

const read = (text: string) => readValues(new XmlReader(encodeText(text)))[0];
const readExact = (text: string) => readValues(new XmlReader(encodeText(text), true))[0];

function write(...values: unknown[]): string {
  const writer = new XmlWriter();
  writeValues(writer, ...values);
  return decodeText(writer.take());
}

function node(named: Record<string, Value>, ...children: Value[]): Value {
  if (children.length === 0) return Object.assign(Object.create(null), named);
  return new Map<Value, Value>([...Object.entries(named), ...children.entries()]);
}

for (const [name, text] of xmlDocuments) {
  Deno.test(`XML gives back ${name}`, () => {
    const writer = new XmlWriter();
    new XmlReader(encodeText(text), true).read(writer);
    assert.equal(decodeText(writer.take()), written(text));
    assert.equal(write(readExact(text)), written(text), "by way of JavaScript values");
    assert.deepEqual(readExact(written(text)), readExact(text));
  });
  Deno.test(`XML reads what it wrote of the content as the same: ${name}`, () => {
    assert.deepEqual(read(write(read(text))), read(text));
  });
  Deno.test(`XML cut anywhere is an error or a document: ${name}`, () => {
    const whole = encodeText(text);
    for (let end = 0; end < whole.length; end++) {
      try {
        readValues(new XmlReader(whole.subarray(0, end)));
      } catch (error) {
        assert.ok(error instanceof ProtocolError, `cut at ${end}: ${error}`);
        assert.ok(error.offset !== undefined && error.offset <= end, `cut at ${end}: ${error}`);
      }
    }
  });
}

for (const [text, reason] of xmlRefused) {
  Deno.test(`XML refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => read(text), (error) => {
      assert.ok(error instanceof ProtocolError);
      assert.match(error.message, reason);
      return true;
    });
  });
}

Deno.test("XML reads the tree of the references", () => {
  const [, text] = xmlDocuments[0]!;
  assert.deepEqual(
    read(text),
    new Map<Value, Value>([
      ["xml", node({ version: "1.0" })],
      [
        0,
        node(
          { __name: "document" },
          node({ __name: "p" }, "text"),
          node(
            { __name: "h2", class: "opt" },
            "title",
          ),
        ),
      ],
    ]),
  );
});

Deno.test("XML reads a document without declaration as an array of its nodes", () => {
  assert.deepEqual(read("<a/>"), [node({ __name: "a" })]);
});

Deno.test("XML reads nodes and texts, without the white space between them", () => {
  const cases: [text: string, content: Value[]][] = [
    ["\n <p>1</p>\n", [node({ __name: "p" }, "1")]],
    [" two\n words ", ["two\n words"]],
    ["one <b> two </b> three", ["one", node({ __name: "b" }, "two"), "three"]],
    ["<![CDATA[x<y]]>", ["x<y"]],
    [" a <![CDATA[ & ]]> b ", ["a  &  b"]],
    ["\n<![CDATA[ kept ]]>\n", [" kept "]],
    ["<![CDATA[]]> ", []],
    ["a<!-- none -->b", ["ab"]],
    ["<!-- none --> <b/><!-- none -->", [node({ __name: "b" })]],
    ["&#32;&#10;x&#9;", ["x"]],
    ["\u00a0", ["\u00a0"]],
    ["<?t b?>", [node({ __name: "?t" }, "b")]],
  ];
  for (const [text, content] of cases) {
    assert.deepEqual(read(`<a>${text}</a>`), [node({ __name: "a" }, ...content)], text);
  }
  const head = '<?xml version="1.0"?>\n<!DOCTYPE a>\n<!-- none -->\n';
  assert.deepEqual(
    read(`${head}<a/>\n`),
    new Map<Value, Value>([
      ["xml", node({ version: "1.0" })],
      [0, node({ __name: "a" })],
    ]),
  );
});

Deno.test("XML takes time in proportion to white space and sections of CDATA", () => {
  const content = " ".repeat(200_000) + "x" + " ".repeat(200_000) + "<![CDATA[]]>".repeat(20_000);
  const [a] = read(`<a>${content}${" y".repeat(100_000)}</a>`) as Map<Value, Value>[];
  assert.equal((a!.get(0) as string).length, 400_001);
});

Deno.test("XML reads what is no element as nodes when it is asked for all", () => {
  assert.deepEqual(readExact("<!DOCTYPE a><a><!--c--><![CDATA[d]]><?t b?><e></e></a>"), [
    node({ __name: "!DOCTYPE" }, "a"),
    node(
      { __name: "a" },
      node({ __name: "!--" }, "c"),
      node({ __name: "![CDATA[" }, "d"),
      node({ __name: "?t" }, "b"),
      node({ __name: "e" }, ""),
    ),
  ]);
});

Deno.test("XML decodes escapes and line ends as the standard says", () => {
  assert.deepEqual(read("<a b='&apos;&#233;'>&#x65E5;&lt;\r\n\r.</a>"), [
    node({ __name: "a", b: "'é" }, "日<\n\n."),
  ]);
});

Deno.test("XML expands no entity of a document and reads no external one", () => {
  const bomb = '<!DOCTYPE a [<!ENTITY x "xx"><!ENTITY y "&x;&x;">]><a>&y;</a>';
  assert.throws(() => read(bomb), /undefined entity/);
  const external = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>';
  assert.throws(() => read(external), /undefined entity/);
});

Deno.test("XML refuses elements nested without end", () => {
  assert.throws(() => read("<a>".repeat(100_000)), /128 levels/);
});

Deno.test("XML refuses a document that is too long to be held", () => {
  assert.throws(() => new XmlReader(new Uint8Array(16 * 1024 * 1024 + 1)), /at most/);
});

Deno.test("XML tells at which byte a document breaks", () => {
  assert.throws(() => read("<a>日本</b>"), (error) => {
    assert.ok(error instanceof ProtocolError);
    assert.equal(error.offset, 13);
    return true;
  });
});

Deno.test("XML passes text that is not UTF-8 unchanged", () => {
  const text = encodeText(
    '<?xml version="1.0" encoding="ISO-8859-1" ?><a b="??" >?\u{10ff80}?日</a>',
  );
  const bytes = text.map((byte, at) =>
    byte === 0x3f && at > 2 && text[at + 1] !== 0x3e ? 0xe9 : byte
  );
  const writer = new XmlWriter();
  new XmlReader(bytes).read(writer);
  assert.deepEqual(writer.take(), bytes);
});

Deno.test("XML skips a byte order mark", () => {
  assert.deepEqual(read("\ufeff<a/>"), [node({ __name: "a" })]);
});

Deno.test("XML writes a tree whatever the order of its names", () => {
  const tree = new Map<Value, Value>([
    ["xml", node({ encoding: "utf-8", version: "1.1" })],
    [0, node({ class: "x", __name: "a" }, "1", node({ b: 2, __name: "c" }))],
  ]);
  assert.equal(
    write(tree),
    '<?xml version="1.1" encoding="utf-8" ?><a class="x" >1<c b="2" /></a>',
  );
});

Deno.test("XML finds a form for other values", () => {
  assert.equal(
    write({ a: 1, b: { c: true, d: [1, null, { e: 2 }] } }),
    "<a >1</a>" +
      '<b c="true" ><d >1</d><d /><d e="2" /></b>',
  );
  assert.equal(
    write("x<", null, 5, [1, [true]]),
    "<value >x&lt;</value><value >5</value>" +
      "<value >1</value><value >true</value>",
  );
  assert.equal(write(new Map<Value, Value>([[1, "x"]])), "<key >1</key><value >x</value>");
  assert.equal(
    write({ d: { t: new Date(0), b: Uint8Array.of(1, 2) } }),
    '<d t="1970-01-01T00:00:00.000Z" b="AQI=" />',
  );
});

Deno.test("XML cannot be broken from inside of a value", () => {
  const tricks = [
    node({ __name: "a b><c", "x='1'><y": "\"'<>" }, "</a>\u0001"),
    node({ __name: "!--" }, "a--><b/>---"),
    node({ __name: "![CDATA[" }, "a]]><b/>"),
    node({ __name: "?p?><q" }, "a?><b/>"),
    node({ __name: "" }),
    node({ __name: "1" }),
  ];
  const made = write([node({ __name: "r" }, ...tricks)]);
  const [root] = readExact(made) as Map<Value, Value>[];
  assert.equal(root!.get("__name"), "r");
  const names = [...root!.values()].slice(1).map((child) =>
    child instanceof Map ? child.get("__name") : (child as Record<string, Value>).__name
  );
  assert.deepEqual(names, ["a_b__c", "!--", "![CDATA[", "![CDATA[", "?p___q", "_", "_1"]);
});
