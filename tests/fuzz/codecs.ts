import assert from "node:assert/strict";
import { encodeText, equalBytes, fromHex, hex, ProtocolError } from "../../src/bytes/mod.ts";
import { type DataInput, ValueReader, ValueWriter } from "../../src/codecs/mod.ts";
import { type Format, formats } from "../codecs/formats.ts";
import { amf0Golden } from "../vectors/codecs/amf0.ts";
import { amf3Golden } from "../vectors/codecs/amf3.ts";
import { jsonGolden, jsonRefused } from "../vectors/codecs/json.ts";
import { valueClasses } from "../vectors/codecs/losses.ts";
import { queryGolden } from "../vectors/codecs/query.ts";
import { xmlDocuments, xmlRefused } from "../vectors/codecs/xml.ts";
import { xmlRpcGolden, xmlRpcRefused } from "../vectors/codecs/xml_rpc.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { plainText } from "./outcome.ts";

const text = (golden: readonly { readonly text: string }[]) =>
  golden.map(({ text }) => encodeText(text));
const refused = (cases: readonly (readonly [string, RegExp])[]) =>
  cases.map(([text]) => encodeText(text));
const binary = (golden: readonly { readonly bytes: string }[]) =>
  golden.map(({ bytes }) => fromHex(bytes.replaceAll(" ", ""))!)
    .filter(({ length }) => length < 4096);

const goldens: Readonly<Record<string, readonly Uint8Array[]>> = {
  "AMF0": binary(amf0Golden),
  "AMF0 with AMF3": binary(amf3Golden).map((bytes) => Uint8Array.of(0x11, ...bytes)),
  "AMF3": binary(amf3Golden),
  "JSON": [...text(jsonGolden), ...refused(jsonRefused)],
  "Query": text(queryGolden),
  "XML-RPC": [...text(xmlRpcGolden), ...refused(xmlRpcRefused)],
  "XML": [...xmlDocuments.map(([, text]) => encodeText(text)), ...refused(xmlRefused)],
};

/** Reads half of what is there, as a script's hook may. */
const external = (input: DataInput) => {
  const inner = new ValueWriter();
  input.readAMF(inner, 1);
  return inner.values[0];
};
const externals = new Map(["X", "org.X", ""].map((type) => [type, external]));

/** Runs `read`; false when it refuses its input in the one way that it may. */
function tolerates(size: number, read: () => void): boolean {
  return refusal(size, read) === undefined;
}

/** Why `read` refuses its input; undefined when it does not. */
function refusal(size: number, read: () => void): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ProtocolError, error as Error);
    assert.ok(error.offset === undefined || error.offset <= size, error);
    return plainText(error.message);
  }
}

/**
 * Holds for any input of a format: it drives every writer or is refused as a whole, what a writer
 * made can be read again, and a second pass through the format changes nothing any more.
 * @returns why it is refused, or the types of its values
 */
export function checkInput(format: Format, bytes: Uint8Array): string {
  const values = new ValueWriter(externals);
  const size = bytes.length;
  const refused = refusal(size, () => void format.reader(bytes).read(values));
  if (refused === undefined) {
    tolerates(size, () => void new ValueReader(values.values).read(new ValueWriter()));
  }
  for (const to of formats) {
    const writer = to.writer();
    if (!tolerates(size, () => void format.reader(bytes).read(writer))) continue;
    const first = writer.take();
    const again = to.writer();
    if (tolerates(first.length, () => void to.reader(first).read(again))) {
      if (to.name === "XML" || to.name === "Query") continue;
      const second = again.take();
      const third = to.writer();
      to.reader(second).read(third);
      const last = third.take();
      if (!equalBytes(last, second)) {
        assert.equal(hex(last), hex(second), `${to.name} of ${hex(first)}`);
      }
    } else if (to.name !== "XML") {
      // Only what is too much for its form may fail: a mixed array is two levels of JSON.
      assert.throws(
        () => to.reader(first).read(new ValueWriter()),
        /levels deep|by reference|more than 65536/,
      );
    }
  }
  return refused ?? [...new Set(values.values.map(kindOf))].join(" ");
}

function kindOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(typeof value);
  return value.constructor?.name ?? "object";
}

export const codecFuzzers: readonly Fuzzer[] = formats
  .filter(({ name }) => goldens[name] !== undefined)
  .map((format) => {
    const seeds = [...goldens[format.name]!];
    for (const { value } of valueClasses) {
      const writer = format.writer();
      new ValueReader([value]).read(writer);
      seeds.push(writer.take());
    }
    return { name: format.name, seeds, check: (bytes) => checkInput(format, bytes) };
  });
