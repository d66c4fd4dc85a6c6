import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeText, encodeText, ProtocolError } from "../../src/bytes/mod.ts";
import {
  className,
  Dictionary,
  JsonReader,
  JsonWriter,
  readValues,
  type Value,
  Vector,
  writeValues,
} from "../../src/codecs/mod.ts";
import { formats } from "./formats.ts";

// The gate asks the same every time; SEED=n asks anew.
fc.configureGlobal({ seed: Number(Deno.env.get("SEED") ?? 1) });

const name = fc.string({ minLength: 1, unit: "grapheme" });
const scalar = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.string({ unit: "grapheme" }),
  fc.constant(null),
);
const named = (value: fc.Arbitrary<Value>) =>
  fc.dictionary(name, value, { maxKeys: 4, noNullPrototype: false })
    .map((made) => Object.assign(Object.create(null), made) as Record<string, Value>);
const typed = (value: fc.Arbitrary<Value>) =>
  fc.tuple(named(value), name).map(([made, type]) => Object.assign(made, { [className]: type }));
const mixed = (value: fc.Arbitrary<Value>) =>
  fc.tuple(
    fc.dictionary(name.map((text) => `n${text}`), value, { minKeys: 1, maxKeys: 3 }),
    fc.array(value, { maxLength: 3 }),
  )
    .map(([named, list]) => new Map<Value, Value>([...Object.entries(named), ...list.entries()]));

const full = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalar,
    fc.constant(undefined),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ maxLength: 9 }).map((bytes) => new Uint8Array(bytes)),
    fc.array(tie("value"), { maxLength: 4 }),
    named(tie("value")),
    typed(tie("value")),
    mixed(tie("value")),
    fc.array(fc.integer(), { maxLength: 3 }).map((list) => new Vector("int", list, true)),
    fc.array(fc.tuple(tie("value"), tie("value")), { maxLength: 3 })
      .map((entries) => new Dictionary(entries)),
  ),
})).value;

const jsonValue = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    scalar.map((value) => typeof value === "number" && !Number.isFinite(value) ? 0 : value),
    fc.array(tie("value"), { maxLength: 4 }),
    named(tie("value")),
  ),
})).value;

for (const format of formats.filter(({ name }) => /AMF3|AMF0$/.test(name))) {
  Deno.test(`${format.name} gives back any value`, () => {
    fc.assert(fc.property(fc.array(full, { maxLength: 3 }), (values) => {
      const writer = format.writer();
      writeValues(writer, ...values);
      assert.deepEqual(readValues(format.reader(writer.take())), values);
    }));
  });
}

for (const format of formats) {
  Deno.test(`${format.name} refuses or reads any bytes`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          readValues(format.reader(new Uint8Array(bytes)));
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error));
        }
      }),
      { numRuns: 500 },
    );
  });
}

Deno.test("JSON gives back any value that it can hold", () => {
  fc.assert(fc.property(fc.array(jsonValue, { maxLength: 3 }), (values) => {
    const writer = new JsonWriter();
    writeValues(writer, ...values);
    const bytes = writer.take();
    assert.deepEqual(readValues(new JsonReader(bytes)), values);
    assert.deepEqual(JSON.stringify(JSON.parse(decodeText(bytes))), JSON.stringify(values));
  }));
});

Deno.test("JSON accepts and refuses what JavaScript's own does", () => {
  const text = fc.array(
    fc.constantFrom(...'[]{}:,"0123456789.-+eEtrufalsn \n\t\\bx', '""', '"a"', "true", "null", "1"),
    { maxLength: 12 },
  ).map((parts) => parts.join(""));
  const accepts = (parse: () => unknown) => {
    try {
      parse();
      return true;
    } catch {
      return false;
    }
  };
  fc.assert(
    fc.property(text, (text) => {
      const ours = accepts(() => new JsonReader(encodeText(text)));
      assert.equal(ours, accepts(() => JSON.parse(text)), text);
    }),
    { numRuns: 5000 },
  );
});
