import assert from "node:assert/strict";
import { type ByteReader, encodeText } from "../../src/bytes/mod.ts";
import { Assembly, splitMessage } from "../../src/cluster/engine/parts.ts";
import {
  FrameReader,
  FrameType,
  readName,
  writeFrame,
  writeName,
} from "../../src/cluster/link/frame.ts";
import { readHello, writeHello } from "../../src/cluster/link/hello.ts";
import { readIntroduction, writeIntroduction } from "../../src/cluster/link/introduction.ts";
import { parseTargets } from "../../src/cluster/link/target.ts";
import { keyOf, readChanges, writeChange } from "../../src/cluster/sharing/item.ts";
import { appendFrame } from "../../src/cluster/stream/encoder.ts";
import { Amf3Reader } from "../../src/codecs/mod.ts";
import { DiscardWriter } from "../../src/codecs/discard_writer.ts";
import { DEFAULT_QUEUE_LIMITS, openHandler, Publication } from "../../src/hub/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { latin1, outcome, plainText, sameInPieces } from "./outcome.ts";
import { bytesOf, joined, texts, written } from "./seeds.ts";

const LIMIT = 4096;
const RULES = { limits: DEFAULT_QUEUE_LIMITS, gop: false, soundWait: 0 };

function frame(type: number, body: Uint8Array): Uint8Array {
  return written((out) => writeFrame(out, type, (out) => out.bytes(body)));
}

const hello = written((out) =>
  writeHello(out, {
    version: 1,
    id: new Uint8Array(16),
    nonce: new Uint8Array(32),
    secret: true,
    stream: false,
  })
);
const introduction = written((out) =>
  writeIntroduction(out, {
    host: "host",
    ports: new Map([["RTMFP", 1935]]),
    properties: new Map([["name", "value"]]),
    applications: ["/live"],
    stream: "",
  })
);
const changes = written((out) => {
  writeChange(out, { isThere: true, item: { kind: "publication", name: "film" } });
  writeChange(out, { isThere: false, item: { kind: "peer", id: "ab".repeat(32) } });
  const member = { kind: "member", id: "cd".repeat(32), group: "ef".repeat(32) } as const;
  writeChange(out, { isThere: true, item: member });
});
const data = written((out) => {
  out.u8(0);
  writeName(out, "onMetaData");
  out.bytes(bytesOf("05"));
});
const parts = [...splitMessage(1, FrameType.call, encodeText("a message in parts"), 7)];

/** Frames of a link, and what their bodies say by their types. */
const frames: Fuzzer = {
  name: "cluster frames",
  seeds: [
    joined(frame(FrameType.hello, hello), frame(FrameType.introduction, introduction)),
    joined(frame(FrameType.everything, changes), frame(FrameType.changes, changes.subarray(6))),
    frame(FrameType.call, joined(written((out) => writeName(out, "method")), bytesOf("0401"))),
    joined(...parts.map((part) => frame(FrameType.part, part))),
    joined(
      frame(FrameType.video, bytesOf("00000028 17 01 000000 aa")),
      frame(FrameType.audio, bytesOf("00000028 af 01 aa")),
      frame(FrameType.metadata, data),
      frame(FrameType.data, data),
    ),
  ],
  check: (bytes) =>
    sameInPieces(bytes, (tell) => {
      const assembly = new Assembly();
      const publication = new Publication(
        { name: "film", application: "", localName: "film" },
        new FakeClock(),
        () => openHandler,
        RULES,
        () => {},
      );
      const reader = new FrameReader(LIMIT, (type, body) => {
        assert.ok(body.remaining < LIMIT);
        tell(`frame ${type} ${outcome(() => read(type, body, assembly, publication))}`);
      });
      return (piece) => reader.push(piece);
    }),
};

function read(
  type: number,
  body: ByteReader,
  assembly: Assembly,
  publication: Publication,
): string {
  switch (type) {
    case FrameType.hello:
      return `${readHello(body).secret}`;
    case FrameType.introduction:
      return `${readIntroduction(body).applications.length > 0}`;
    case FrameType.everything:
    case FrameType.changes:
      return [...readChanges(body)].map(({ item }) => keyOf(item).length > 20).join(" ");
    case FrameType.part:
      return `${assembly.add(body)?.length !== undefined}`;
    case FrameType.call:
      readName(body);
      new Amf3Reader(body).read(new DiscardWriter());
      return "call";
    default:
      appendFrame(publication, type, body);
      return "media";
  }
}

const targets: Fuzzer = {
  name: "cluster targets",
  seeds: texts("host:1936?name=value&b=2;[::1]:1", "127.0.0.1:1; ;host", "a:99999?;b:1?x"),
  check(bytes) {
    const { targets, bad } = parseTargets(latin1(bytes));
    for (const { port } of targets) assert.ok(port > 0 && port < 65_536);
    return plainText(`${Math.min(targets.length, 2)} ${Math.min(bad.length, 2)}`) +
      targets.some(({ properties }) => properties.size > 0);
  },
};

export const clusterFuzzers: readonly Fuzzer[] = [frames, targets];
