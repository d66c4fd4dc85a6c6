import assert from "node:assert/strict";
import { ByteReader, encodeText } from "../../src/bytes/mod.ts";
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
import {
  objectBody,
  writeEvent,
  writeOffer,
  writeRequest,
  writeState,
} from "../../src/cluster/objects/frames.ts";
import { ObjectSharing } from "../../src/cluster/objects/object_sharing.ts";
import { keyOf, readChanges, writeChange } from "../../src/cluster/sharing/item.ts";
import { appendFrame } from "../../src/cluster/stream/encoder.ts";
import { Amf3Reader } from "../../src/codecs/mod.ts";
import { DiscardWriter } from "../../src/codecs/discard_writer.ts";
import { DEFAULT_QUEUE_LIMITS, Hub, openHandler, Publication } from "../../src/hub/mod.ts";
import { SharedObjects } from "../../src/flash/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
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
      const publication = new Publication({
        name: "film",
        application: "",
        localName: "film",
        clock: new FakeClock(),
        handler: () => openHandler,
        rules: RULES,
        onFault: () => {},
      });
      const reader = new FrameReader(LIMIT, (type, body) => {
        assert.ok(body.remaining < LIMIT);
        tell(`frame ${type} ${outcome(() => read(type, body, assembly, publication))}`);
      });
      return (piece) => reader.readFrames(piece);
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

const board = { scope: "/live", name: "board", isPersistent: false };
const part = { version: 9, isFirst: true, isLast: true, slots: [["x", bytesOf("0405")]] } as const;
const objectFrames: [type: number, body: Uint8Array][] = [
  [
    FrameType.objectOffer,
    writeOffer(objectBody(board), { version: 5, isUser: true, isQuestion: true }).take(),
  ],
  [FrameType.objectOwned, objectBody(board).take()],
  [FrameType.objectFreed, objectBody(board).take()],
  [FrameType.objectJoin, objectBody(board).take()],
  [FrameType.objectLeave, objectBody(board).take()],
  [FrameType.objectState, writeState(objectBody(board), part).take()],
  [
    FrameType.objectEvents,
    written((out) => {
      out.bytes(objectBody(board).view());
      const change = { kind: "set", name: "x", value: bytesOf("0601") } as const;
      writeEvent(out, { change, version: 10, request: 1, isVoid: false });
      writeEvent(out, { change: { kind: "clear" }, version: 11, request: 0, isVoid: false });
    }),
  ],
  [
    FrameType.objectRequests,
    written((out) => {
      out.bytes(objectBody(board).view());
      writeRequest(out, { id: 1, change: { kind: "send", name: "chat", args: bytesOf("0401") } });
      writeRequest(out, { id: 2, change: { kind: "remove", name: "x" } });
    }),
  ],
  [FrameType.objectRefusal, objectBody(board).u32(1).bytes(encodeText("no")).take()],
];

/** What another server may say of objects, to one whose client uses one of them. */
const objects: Fuzzer = {
  name: "cluster objects",
  seeds: [
    ...objectFrames.map(([type, body]) => joined(Uint8Array.of(type), body)),
    joined(...objectFrames.slice(1, 7).map(([type, body]) => frame(type, body).subarray(4))),
  ],
  check: (bytes) =>
    outcome(() => {
      const clock = new FakeClock();
      const all = new SharedObjects({ hub: new Hub({ clock }), clock, log: silentLog });
      const told: number[] = [];
      const peer = { id: "1".padStart(32, "0"), write: (type: number) => void told.push(type) };
      const sharing = new ObjectSharing({
        ...{ objects: all, id: "2".padStart(32, "0"), clock },
        servers: { write: peer.write, [Symbol.iterator]: () => [peer].values() },
      });
      all.cluster = sharing;
      const object = all.open("/live", "board", false);
      object.hold();
      object.change({ kind: "set", name: "own", value: bytesOf("0405") }, undefined);
      try {
        sharing.receive(peer, bytes[0] ?? 0, new ByteReader(bytes, Math.min(1, bytes.length)));
        clock.advance(5_000);
      } finally {
        sharing.forget(peer);
        clock.advance(5_000);
        object.release();
      }
      assert.equal(all.count, 0);
      assert.equal(all.total.bytes, 0);
      return `${told.slice(0, 4)}`;
    }),
};

export const clusterFuzzers: readonly Fuzzer[] = [frames, targets, objects];
