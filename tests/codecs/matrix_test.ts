import assert from "node:assert/strict";
import { decodeText, encodeText, hex, ProtocolError } from "../../src/bytes/mod.ts";
import { readValues, type Value, ValueWriter, writeValues } from "../../src/codecs/mod.ts";
import { valueClasses } from "../vectors/codecs/losses.ts";
import { xmlDocuments } from "../vectors/codecs/xml.ts";
import { type Format, formats } from "./formats.ts";

function encode(format: Format, values: readonly Value[]): Uint8Array {
  const writer = format.writer();
  writeValues(writer, ...values);
  return writer.take();
}

for (const { name, value, losses, xml } of valueClasses) {
  Deno.test(`every format gives back what docs/data.md says: ${name}`, () => {
    for (const format of formats) {
      const bytes = encode(format, [value]);
      if (format.name === "XML") assert.equal(decodeText(bytes), xml);
      else {
        const loss = losses[format.name === "AMF0 with AMF3" ? "AMF3" : format.name];
        assert.deepEqual(readValues(format.reader(bytes)), loss ?? [value], format.name);
      }
    }
  });
}

/** False where XML has no single root for the value that was written. */
function readable(format: Format, bytes: Uint8Array): boolean {
  try {
    readValues(format.reader(bytes));
    return true;
  } catch (error) {
    assert.ok(error instanceof ProtocolError && format.name === "XML", String(error));
    return false;
  }
}

Deno.test("readers of formats without references say that they read trees, and do", () => {
  const shared = { a: [1], when: new Date(0) };
  const trees: string[] = [];
  for (const format of formats) {
    // A document has one root.
    if (format.name === "XML") continue;
    const bytes = encode(format, [[shared, shared, shared.a]]);
    const reader = format.reader(bytes);
    let asked = 0;
    const writer = new (class extends ValueWriter {
      override reference(ref: number): boolean {
        asked++;
        return super.reference(ref);
      }
    })();
    reader.read(writer);
    if (reader.isTree === true) trees.push(format.name);
    if (reader.isTree === true) assert.equal(asked, 0, format.name);
    if (format.name === "AMF0" || format.name === "AMF3") assert.ok(asked > 0, format.name);
  }
  assert.deepEqual(trees, ["JSON", "Query", "XML-RPC"]);
});

for (const from of formats) {
  Deno.test(`${from.name} drives every writer as its values would`, () => {
    const inputs = valueClasses.map(({ value }) => encode(from, [value]));
    if (from.name === "XML") inputs.push(...xmlDocuments.map(([, text]) => encodeText(text)));
    for (const bytes of inputs.filter((bytes) => readable(from, bytes))) {
      for (const to of formats) {
        const writer = to.writer();
        from.reader(bytes).read(writer);
        const direct = writer.take();
        const by = encode(to, readValues(from.reader(bytes)));
        const what = `${to.name} of ${decodeText(bytes)}`;
        if (!readable(to, direct)) assert.equal(readable(to, by), false, what);
        else assert.deepEqual(readValues(to.reader(direct)), readValues(to.reader(by)), what);
      }
    }
  });
}

Deno.test("text that is not UTF-8 passes from every format to every other unchanged", () => {
  const odd = Uint8Array.of(0x61, 0xff, 0xc3, 0x62);
  for (const from of formats) {
    const source = from.writer();
    source.string(odd, 0, odd.length);
    const bytes = source.take();
    for (const to of formats) {
      const there = to.writer();
      from.reader(bytes).read(there);
      const found = hex(there.take());
      // A query escapes it, XML puts it into an element.
      const wanted = to.name === "Query" ? hex(encodeText("a%FF%C3b")) : hex(odd);
      if (from.name === "XML" && to.name === "Query") continue;
      assert.ok(found.includes(wanted), `${from.name} to ${to.name}: ${found}`);
    }
  }
});

Deno.test("docs/data.md has a row for every class of values and a loss where there is one", () => {
  const rows = new Map<string, string[]>();
  for (
    const line of Deno.readTextFileSync(new URL("../../docs/data.md", import.meta.url)).split("\n")
  ) {
    const cells = line.split("|").map((cell) => cell.trim());
    if (cells.length > 8) rows.set(cells[1]!, cells.slice(2, -1));
  }
  const columns = rows.get("value") ?? [];
  assert.deepEqual(columns, ["AMF0", "AMF0 alone", "AMF3", "JSON", "Query", "XML-RPC", "XML"]);
  for (const { name, losses } of valueClasses) {
    const row = rows.get(name);
    assert.ok(row, `no row for ${name}`);
    for (const [at, column] of columns.slice(0, -1).entries()) {
      assert.equal(row[at] === "=", losses[column] === undefined, `${name} in ${column}`);
    }
    assert.ok(row[columns.length - 1], `${name} in XML`);
  }
});
