import assert from "node:assert/strict";
import { decodeText, encodeText, ProtocolError } from "../../src/bytes/mod.ts";
import { readValues, writeValues, XmlRpcReader, XmlRpcWriter } from "../../src/codecs/mod.ts";
import { object } from "../vectors/codecs/json.ts";
import { xmlRpcGolden, xmlRpcRefused } from "../vectors/codecs/xml_rpc.ts";
import { testTextGolden } from "./golden.ts";

testTextGolden(
  "XML-RPC",
  xmlRpcGolden,
  (bytes) => new XmlRpcReader(bytes),
  () => new XmlRpcWriter(),
);

for (const [text, reason] of xmlRpcRefused) {
  Deno.test(`XML-RPC refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => new XmlRpcReader(encodeText(text)), (error) => {
      assert.ok(error instanceof ProtocolError);
      assert.match(error.message, reason);
      return true;
    });
  });
}

Deno.test("XML-RPC reads a call with its method and parameters", () => {
  const reader = new XmlRpcReader(encodeText(
    '<?xml version="1.0"?>\n<methodCall>\n  <methodName>examples.getStateName</methodName>\n' +
      "  <params>\n    <!-- one --><param>\n <value><i4>41</i4></value>\n </param>\n  </params>\n" +
      "</methodCall>\n",
  ));
  assert.equal(reader.kind, "call");
  assert.equal(reader.method, "examples.getStateName");
  assert.equal(reader.more, true);
  assert.deepEqual(readValues(reader), [41]);
  assert.equal(reader.more, false);
});

Deno.test("XML-RPC writes a call", () => {
  const writer = new XmlRpcWriter({ method: "a<é" });
  writeValues(writer, "x");
  const bytes = writer.take();
  assert.equal(
    decodeText(bytes),
    '<?xml version="1.0"?><methodCall><methodName>a&lt;é</methodName><params>' +
      "<param><value><string>x</string></value></param></params></methodCall>",
  );
  assert.equal(new XmlRpcReader(bytes).method, "a<é");
});

Deno.test("XML-RPC writes and reads a fault", () => {
  const writer = new XmlRpcWriter("fault");
  const fault = object({ faultCode: 4, faultString: "Too many parameters." });
  writeValues(writer, fault);
  const bytes = writer.take();
  assert.equal(
    decodeText(bytes),
    '<?xml version="1.0"?><methodResponse><fault><value><struct><member><name>faultCode</name>' +
      "<value><int>4</int></value></member><member><name>faultString</name><value><string>" +
      "Too many parameters.</string></value></member></struct></value></fault></methodResponse>",
  );
  const reader = new XmlRpcReader(bytes);
  assert.equal(reader.kind, "fault");
  assert.equal(reader.method, undefined);
  assert.deepEqual(readValues(reader), [fault]);
});

Deno.test("XML-RPC passes text that is not UTF-8 unchanged", () => {
  const writer = new XmlRpcWriter();
  writer.string(Uint8Array.of(0x61, 0xff, 0x62), 0, 3);
  const bytes = writer.take();
  const again = new XmlRpcWriter();
  new XmlRpcReader(bytes).read(again);
  assert.deepEqual(again.take(), bytes);
});
