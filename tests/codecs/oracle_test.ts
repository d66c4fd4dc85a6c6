import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import amfCodec from "amf-codec";
import fc from "fast-check";
import { Amf0Reader, Amf0Writer, readValues, writeValues } from "../../src/codecs/mod.ts";

// The gate asks the same every time; SEED=n asks anew.
fc.configureGlobal({ seed: Number(Deno.env.get("SEED") ?? 1) });

/** What amf-codec can write and read back: no class names, no ECMA arrays, no references. */
const plain = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.double(),
    fc.boolean(),
    fc.string({ unit: "grapheme" }),
    fc.constant(null),
    fc.constant(undefined),
    fc.date({ noInvalidDate: true }),
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(fc.string({ minLength: 1, unit: "grapheme" }), tie("value"), {
      maxKeys: 5,
      noNullPrototype: true,
    }),
  ),
})).value;

/** Prototypes apart, which amf-codec gives its objects. */
function sameShape(a: unknown, b: unknown): void {
  const text = (value: unknown) =>
    Deno.inspect(value, {
      depth: 99,
      strAbbreviateSize: 1e6,
      iterableLimit: 1e6,
      breakLength: Infinity,
      compact: true,
    })
      .replaceAll("[Object: null prototype] ", "");
  assert.equal(text(a), text(b));
}

Deno.test("AMF0 reads what amf-codec writes", () => {
  fc.assert(fc.property(plain, (value) => {
    sameShape(readValues(new Amf0Reader(amfCodec.toAMF(value))), [value]);
  }));
});

Deno.test("amf-codec reads what AMF0 writes", () => {
  fc.assert(fc.property(plain, (value) => {
    const writer = new Amf0Writer();
    writeValues(writer, value);
    sameShape(amfCodec.fromAMF(Buffer.from(writer.take())), value);
  }));
});

Deno.test("AMF0 writes the bytes that amf-codec writes", () => {
  fc.assert(fc.property(plain, (value) => {
    const writer = new Amf0Writer();
    writeValues(writer, value);
    assert.deepEqual(Buffer.from(writer.take()), amfCodec.toAMF(value));
  }));
});
