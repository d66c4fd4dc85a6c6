import assert from "node:assert/strict";
import { ByteWriter, encodeText, ProtocolError } from "../../src/bytes/mod.ts";
import {
  Amf0Reader,
  Amf0Writer,
  Amf3Reader,
  firstText,
  JsonReader,
  JsonWriter,
  readValues,
  type Value,
  ValueReader,
  ValueWriter,
  writeValues,
  XmlReader,
  XmlRpcReader,
  XmlWriter,
} from "../../src/codecs/mod.ts";

/** Arrays that each hold the one before twenty times: 20 to the power of the levels when copied. */
function doubling(levels: number): Value[] {
  let value: Value[] = ["x"];
  for (let level = 0; level < levels; level++) value = Array.from({ length: 20 }, () => value);
  return value;
}

Deno.test("shared references cannot grow without measure in a format without references", () => {
  const small = new Amf0Writer();
  writeValues(small, doubling(20));
  const bytes = small.take();
  assert.ok(bytes.length < 3000);
  assert.throws(
    () => new Amf0Reader(bytes).read(new JsonWriter()),
    /more than 4194304 bytes by repeating/,
  );
  assert.throws(
    () => new Amf0Reader(bytes).read(new XmlWriter()),
    /more than 4194304 bytes by repeating/,
  );
  assert.equal(readValues(new Amf0Reader(bytes)).length, 1);

  const amf3 = new Amf0Writer(undefined, "preferred");
  new Amf0Reader(bytes).read(amf3);
  const bytes3 = amf3.take();
  assert.throws(
    () => new Amf0Reader(bytes3).read(new JsonWriter()),
    /more than 4194304 bytes by repeating/,
  );
});

Deno.test("shared JavaScript values cannot grow without measure either", () => {
  assert.throws(
    () => writeValues(new JsonWriter(), doubling(20)),
    /more than 4194304 bytes by repeating/,
  );
  const text = ["x".repeat(1 << 20)];
  assert.throws(
    () => writeValues(new JsonWriter(), Array(100).fill(text)),
    /more than 4194304 bytes by repeating/,
  );
});

Deno.test("JavaScript values nested without end are refused", () => {
  let value: Value[] = [];
  for (let level = 0; level < 200; level++) value = [value];
  assert.throws(() => writeValues(new JsonWriter(), value), ProtocolError);
});

Deno.test("a name that AMF0 cannot hold is refused", () => {
  assert.throws(() => writeValues(new Amf0Writer(), { ["x".repeat(0x10000)]: 1 }), ProtocolError);
});

Deno.test("references past the 16 bits of AMF0 are copies", () => {
  const early = { a: 1 };
  const late = { b: 2 };
  const values = [early, ...Array.from({ length: 0x10000 }, () => ({})), late, early, late];
  const writer = new Amf0Writer();
  writeValues(writer, ...values);
  const back = readValues(new Amf0Reader(writer.take()));
  assert.equal(back[0], back[values.length - 2]);
  assert.notEqual(back[0x10001], back[values.length - 1]);
  assert.deepEqual(back[0x10001], back[values.length - 1]);
});

Deno.test("strings made to collide, or all alike but in the middle, are written in bounded time", () => {
  const names: string[] = [];
  for (let at = 0; at < 3000; at++) {
    names.push("a".repeat(32) + String(at).padStart(8, "0") + "z".repeat(32));
  }
  const writer = new Amf0Writer(undefined, "preferred");
  writeValues(writer, names, names.slice());
  assert.deepEqual(readValues(new Amf0Reader(writer.take())), [names, names]);
});

Deno.test("values with __proto__ as a name reach no prototype", () => {
  const json = new JsonReader(encodeText('[{"__proto__":{"polluted":1}}]'));
  const [object] = readValues(json) as [Record<string, Value>];
  assert.equal(Object.getPrototypeOf(object), null);
  assert.equal(Object.keys(object)[0], "__proto__");
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});

Deno.test("a hook's own error goes to the caller as it is", () => {
  const hook = () => {
    throw new SyntaxError("main.lua:3: no");
  };
  const bytes = Uint8Array.of(0x0a, 0x07, 0x03, 0x58);
  assert.throws(() => {
    new Amf3Reader(bytes).read(new ValueWriter(new Map([["X", hook]])));
  }, SyntaxError);
});

Deno.test("an external object in an ECMA array leaves its elements among the names", () => {
  const out = new ByteWriter();
  out.u8(0x08).u32(1).u16(1).u8(0x30).bytes(
    Uint8Array.of(0x11, 0x0a, 0x07, 0x03, 0x58, 0x04, 0x05),
  );
  out.u24(0x000009);
  const hook = (input: { readByte(): number }) => input.readByte() + input.readByte();
  const target = new ValueWriter(new Map([["X", hook]]));
  new Amf0Reader(out.take()).read(target);
  assert.deepEqual(target.values, [new Map([["0", 9]])]);
});

Deno.test("XML-RPC takes containers as deep as the other formats do", () => {
  const open = "<value><array><data>".repeat(120);
  const close = "</data></array></value>".repeat(120);
  const text = `<methodResponse><params><param>${open}${close}</param></params></methodResponse>`;
  assert.equal(readValues(new XmlRpcReader(encodeText(text))).length, 1);
});

Deno.test("a number of XML-RPC that is none is refused at once, however long it is", () => {
  const value = `<value><double>${"1".repeat(1_000_000)}x</double></value>`;
  const bytes = encodeText(
    `<methodCall><methodName>m</methodName><params><param>${value}</param></params></methodCall>`,
  );
  assert.throws(() => new XmlRpcReader(bytes), /XML-RPC has <double> with '1+'/);
});

Deno.test("XML of more nodes or attributes than the limit is refused with its number", () => {
  const wrong = /more than 65536 elements, attributes and texts/;
  const many = (count: number, one: (at: number) => string) =>
    Array.from({ length: count }, (_, at) => one(at)).join("");
  const attributes = (count: number) => encodeText(`<a${many(count, (at) => ` a${at}=""`)}/>`);
  const nodes = (count: number) => encodeText(`<a>${"<b/>".repeat(count)}</a>`);
  const params = `<params>${"<param/>".repeat(70_000)}</params>`;
  const call = encodeText(`<methodCall><methodName>m</methodName>${params}</methodCall>`);
  for (const make of [attributes, nodes]) {
    assert.equal(readValues(new XmlReader(make(65_535))).length, 1);
    assert.throws(() => new XmlReader(make(65_536)), wrong);
  }
  assert.throws(() => new XmlRpcReader(call), wrong);
});

Deno.test("a message makes a million JavaScript values at most", () => {
  const nulls = (count: number) => new Amf0Reader(new Uint8Array(count).fill(5));
  assert.equal(readValues(nulls(1_000_000)).length, 1_000_000);
  assert.throws(() => readValues(nulls(1_000_001)), /more than 1000000 values in one message/);
});

Deno.test("the text that a message begins with is found without the rest", () => {
  const first = (text: string) => firstText(new JsonReader(encodeText(text)));
  assert.equal(first('["name",1]'), "name");
  assert.equal(first('[["name"],"b"]'), undefined);
  assert.equal(first('[{"a":"b"}]'), undefined);
  assert.equal(first("[1]"), undefined);
  assert.equal(first("[]"), undefined);
});

Deno.test("a reader that is asked for nothing reads nothing", () => {
  const target = new ValueWriter();
  assert.equal(new ValueReader([1, 2]).read(target, 0), 0);
  assert.equal(new JsonReader(encodeText("[1]")).read(target, 0), 0);
  assert.deepEqual(target.values, []);
});

/** Told of every container begun, with the length that it was given. */
class LengthSpy extends ValueWriter {
  readonly lengths: number[] = [];

  override beginArray(length: number): number {
    this.lengths.push(length);
    return super.beginArray(length);
  }

  override beginMixed(length: number): number {
    this.lengths.push(length);
    return super.beginMixed(length);
  }

  override beginDictionary(size: number, weakKeys: boolean): number {
    this.lengths.push(size);
    return super.beginDictionary(size, weakKeys);
  }

  override beginVector(...given: Parameters<ValueWriter["beginVector"]>): number {
    this.lengths.push(given[1]);
    return super.beginVector(...given);
  }
}

Deno.test("no writer is told of a container longer than its message", () => {
  const heads = [
    "0a 10000000",
    "11 09 ffffffff 01",
    "11 09 ffffffff 03 61 01 01",
    "11 0d ffffffff 00",
  ];
  heads.push("11 10 ffffffff 00 01", "11 11 ffffffff 00");
  for (const head of heads) {
    const spy = new LengthSpy();
    const bytes = Uint8Array.fromHex(head.replaceAll(" ", "") + "01".repeat(50));
    assert.throws(() => new Amf0Reader(bytes).read(spy), ProtocolError);
    assert.deepEqual(spy.lengths, [], head);
  }
});

Deno.test("ECMA arrays in ECMA arrays are read ahead once, not once for each level", () => {
  const levels = 100;
  const text = "0c 00050000".replaceAll(" ", "") + "78".repeat(0x50000);
  const open = "08000000000001 61".replaceAll(" ", "").repeat(levels);
  const bytes = Uint8Array.fromHex(open + text + "000009".repeat(levels));
  assert.ok(bytes.length * levels > 16 * 1024 * 1024);
  assert.equal(readValues(new Amf0Reader(bytes)).length, 1);
});
