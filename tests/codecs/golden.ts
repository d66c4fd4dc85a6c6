import assert from "node:assert/strict";
import { decodeText, encodeText, fromHex, hex, ProtocolError } from "../../src/bytes/mod.ts";
import { type DataReader, type DataWriter, readValues, writeValues } from "../../src/codecs/mod.ts";
import type { Golden } from "../vectors/codecs/golden.ts";
import type { TextGolden } from "../vectors/codecs/json.ts";

export function bytesOf(text: string): Uint8Array {
  const bytes = fromHex(text.replaceAll(" ", ""));
  assert.ok(bytes, `not hexadecimal: ${text}`);
  return bytes;
}

/** Runs one format's golden table: decode, encode, and the error at every byte it is cut at. */
export function testGolden(
  format: string,
  cases: readonly Golden[],
  reader: (bytes: Uint8Array) => DataReader,
  writer: () => DataWriter & { take(): Uint8Array },
): void {
  for (const { name, values, bytes, written } of cases) {
    Deno.test(`${format} reads ${name}`, () => {
      assert.deepEqual(readValues(reader(bytesOf(bytes))), values);
    });
    Deno.test(`${format} writes ${name}`, () => {
      const target = writer();
      writeValues(target, ...values);
      assert.equal(hex(target.take()), (written ?? bytes).replaceAll(" ", ""));
    });
    Deno.test(`${format} cut anywhere is an error or fewer values: ${name}`, () => {
      const whole = bytesOf(bytes);
      const step = Math.max(1, Math.floor(whole.length / 500));
      for (let end = 0; end < whole.length; end += step) {
        try {
          const got = readValues(reader(whole.subarray(0, end)));
          assert.deepEqual(got, values.slice(0, got.length), `cut at ${end}`);
        } catch (error) {
          assert.ok(error instanceof ProtocolError, `cut at ${end}: ${error}`);
          assert.ok(error.offset !== undefined && error.offset <= end, `cut at ${end}: ${error}`);
        }
      }
    });
  }
}

/** The same for a format that is text; it is read and written as UTF-8. */
export function testTextGolden(
  format: string,
  cases: readonly TextGolden[],
  reader: (bytes: Uint8Array) => DataReader,
  writer: () => DataWriter & { take(): Uint8Array },
): void {
  for (const { name, values, text, written, writeOnly } of cases) {
    if (writeOnly === undefined) {
      Deno.test(`${format} reads ${name}`, () => {
        assert.deepEqual(readValues(reader(encodeText(text))), values);
      });
      Deno.test(`${format} cut anywhere is an error or whole values: ${name}`, () => {
        const whole = encodeText(text);
        for (let end = 0; end < whole.length; end++) {
          try {
            readValues(reader(whole.subarray(0, end)));
          } catch (error) {
            assert.ok(error instanceof ProtocolError, `cut at ${end}: ${error}`);
            assert.ok(error.offset !== undefined && error.offset <= end, `cut at ${end}: ${error}`);
          }
        }
      });
    }
    Deno.test(`${format} writes ${name}`, () => {
      const target = writer();
      writeValues(target, ...values);
      assert.equal(decodeText(target.take()), written ?? text);
      writeValues(target, ...values);
      assert.equal(decodeText(target.take()), written ?? text, "a second time");
    });
  }
}
