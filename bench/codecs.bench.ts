/**
 * Encode and decode beside amf-codec and JSON: deno bench -A bench/codecs.bench.ts
 * Each group has the same value; only the ratios within one run mean something.
 */

import { Buffer } from "node:buffer";
import amfCodec from "amf-codec";
import {
  Amf0Reader,
  Amf0Writer,
  Amf3Reader,
  Amf3Writer,
  JsonReader,
  JsonWriter,
  readValues,
  writeValues,
} from "../src/codecs/mod.ts";

const connect = {
  app: "live/room",
  flashVer: "LNX 10,0,32,18",
  tcUrl: "rtmp://media.example.org:1935/live/room",
  fpad: false,
  capabilities: 239,
  audioCodecs: 4071,
  videoCodecs: 252,
  videoFunction: 1,
  pageUrl: "http://media.example.org/player.html",
  objectEncoding: 0,
};

function nested(depth: number): unknown {
  return depth === 0 ? "leaf" : { name: `level ${depth}`, left: nested(depth - 1), value: depth };
}

const cases: Record<string, unknown[]> = {
  "connect": ["connect", 1, connect],
  "1000 numbers": [Array.from({ length: 1000 }, (_, at) => at * 1.5)],
  "64 kB ByteArray": [new Uint8Array(65536).fill(7)],
  "nested objects": [Array.from({ length: 20 }, () => nested(8))],
};

const amf0 = new Amf0Writer();
const amf3 = new Amf3Writer();
const json = new JsonWriter();

for (const [group, values] of Object.entries(cases)) {
  const bytes0 = (writeValues(amf0, ...values), amf0.take());
  const bytes3 = (writeValues(amf3, ...values), amf3.take());
  const bytesJson = (writeValues(json, ...values), json.take());
  const hasBytes = values[0] instanceof Uint8Array;
  const text = JSON.stringify(values);

  Deno.bench("encode AMF0", { group: `encode ${group}`, baseline: true }, () => {
    writeValues(amf0, ...values);
    amf0.take();
  });
  Deno.bench("encode AMF3", { group: `encode ${group}` }, () => {
    writeValues(amf3, ...values);
    amf3.take();
  });
  Deno.bench("encode JSON", { group: `encode ${group}` }, () => {
    writeValues(json, ...values);
    json.take();
  });
  if (!hasBytes) {
    Deno.bench("encode amf-codec", { group: `encode ${group}` }, () => {
      for (const value of values) amfCodec.toAMF(value);
    });
    Deno.bench("JSON.stringify to bytes", { group: `encode ${group}` }, () => {
      new TextEncoder().encode(JSON.stringify(values));
    });
  }

  Deno.bench("decode AMF0", { group: `decode ${group}`, baseline: true }, () => {
    readValues(new Amf0Reader(bytes0));
  });
  Deno.bench("decode AMF3", { group: `decode ${group}` }, () => {
    readValues(new Amf3Reader(bytes3));
  });
  Deno.bench("decode JSON", { group: `decode ${group}` }, () => {
    readValues(new JsonReader(bytesJson));
  });
  if (!hasBytes) {
    const buffer = Buffer.from(bytes0);
    Deno.bench("decode amf-codec", { group: `decode ${group}` }, () => {
      const memo = new amfCodec.Memo(0);
      while (memo.position < buffer.length) amfCodec.decodeAMF(buffer, memo);
    });
    const encoded = new TextEncoder().encode(text);
    Deno.bench("JSON.parse from bytes", { group: `decode ${group}` }, () => {
      JSON.parse(new TextDecoder().decode(encoded));
    });
  }
  Deno.bench("AMF0 to JSON, no values between", { group: `decode ${group}` }, () => {
    new Amf0Reader(bytes0).read(json);
    json.take();
  });
}
