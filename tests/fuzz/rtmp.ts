import assert from "node:assert/strict";
import { ByteReader, encodeText } from "../../src/bytes/mod.ts";
import { Amf0Writer, writeValues } from "../../src/codecs/mod.ts";
import {
  appAddress,
  hostOfUrl,
  isBareQuery,
  schemeOfUrl,
  streamAddress,
} from "../../src/flash/address.ts";
import { aggregateParts } from "../../src/flash/aggregate.ts";
import { commandMessage, readCommand } from "../../src/flash/command.ts";
import { connectRequest } from "../../src/flash/connect.ts";
import { SharedObjects } from "../../src/flash/mod.ts";
import { readObjectMessage } from "../../src/flash/shared_objects/message.ts";
import { writeKept } from "../../src/flash/shared_objects/value.ts";
import { hmacSha256 } from "../../src/crypto/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { decodeUserControl, encodeUserControl } from "../../src/flash/user_control.ts";
import { DiscardWriter } from "../../src/codecs/discard_writer.ts";
import { parseStreamUrl, shownUrl, withoutKeys } from "../../src/protocols/rtmp/client/url.ts";
import { ChunkReader } from "../../src/protocols/rtmp/wire/chunk_reader.ts";
import { writeMessage } from "../../src/protocols/rtmp/wire/chunk_writer.ts";
import { decodeControl, isControl, isWhole } from "../../src/protocols/rtmp/wire/control.ts";
import { RtmpClient } from "../../src/protocols/rtmp/client/session.ts";
import { Handshake } from "../../src/protocols/rtmp/wire/handshake.ts";
import { fakeHub, FlashPeer } from "../support/flash_peer.ts";
import {
  CLEAR,
  heardObject,
  objectMessage,
  RELEASE,
  remove,
  send,
  set,
  USE,
} from "../support/object_client.ts";
import { RtmpPeer } from "../support/rtmp_peer.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { latin1, outcome, plainText, sameInPieces } from "./outcome.ts";
import { bytesOf, joined, texts, written } from "./seeds.ts";

/** Characters of a URL that a person writes. */
const LONGEST_URL = 1000;

const LIMITS = { message: 10_000, partial: 20_000 };

function message(chunkStreamId: number, type: number, payload: Uint8Array, time = 0): Uint8Array {
  return written((out) => {
    writeMessage(out, { chunkStreamId, type, streamId: 1, time }, payload, 128);
  });
}

function values(...all: unknown[]): Uint8Array {
  const writer = new Amf0Writer();
  writeValues(writer, ...all);
  return writer.take();
}

const commands = [
  values("connect", 1, { app: "live", tcUrl: "rtmp://host/live", flashVer: "LNX 9,0,124,2" }),
  values("connect", 1, { app: "live?a=1", objectEncoding: 3, fourCcList: ["av01"] }, "argument"),
  values("createStream", 2, null),
  values("publish", 0, null, "name?key=1", "live"),
  values("play", 0, null, "mp4:name", -2000),
  values("play2", 0, null, { streamName: "other", transition: "switch", offset: 1.5 }),
  values("play2", 0, null, { streamName: "other", oldStreamName: "name", transition: "append" }),
  values("receiveVideo", 0, null, 12),
  values("@setDataFrame", "onMetaData", { width: 1280 }),
  commandMessage(true, "call", 4, [1, "two"]).payload,
];

/** A server's answers until what a relay asks for begins. */
function connectionOf(code: string): Uint8Array[] {
  return [
    message(3, 20, values("_result", 1, null, { code: "NetConnection.Connect.Success" })),
    message(3, 20, values("_result", 2, null, 1)),
    message(3, 20, values("onStatus", 0, null, { level: "status", code })),
  ];
}

/** C1 of a client with a digest, and a public key that is none. */
function signedHello(): Uint8Array {
  const hello = new Uint8Array(1536).fill(2);
  hello.set([0, 0, 0, 0, 9, 0, 124, 2]);
  // Four bytes of 2 say that it stands 8 bytes behind them.
  const at = 8 + 4 + 8;
  const key = encodeText("Genuine Adobe Flash Player 001");
  hello.set(hmacSha256(key, hello.subarray(0, at), hello.subarray(at + 32)), at);
  return hello;
}

const chunks: Fuzzer = {
  name: "RTMP chunks",
  seeds: [
    message(2, 1, bytesOf("00001000")),
    message(3, 20, commands[0]!),
    joined(message(4, 8, bytesOf("af0001")), message(70, 9, new Uint8Array(300), 0xffffff)),
    joined(message(500, 18, commands[5]!), message(2, 2, bytesOf("000001f4"))),
    bytesOf("05 000000 000102 09 01000000 aabb c5 ccdd 45 000005 000001 08 ee 85 000001 ff"),
  ],
  check: (bytes) =>
    sameInPieces(bytes, (tell) => {
      const reader = new ChunkReader(LIMITS);
      return (piece) => {
        const taken = reader.readChunks(
          piece,
          ({ type, payload }) => tell(`type ${type}`, payload),
        );
        assert.equal(taken, piece.length);
        assert.ok(reader.partialBytes <= LIMITS.partial + LIMITS.message);
      };
    }),
};

const handshake: Fuzzer = {
  name: "RTMP handshakes",
  seeds: [
    written((out) => out.u8(3).bytes(new Uint8Array(3072))),
    written((out) => out.u8(6).bytes(signedHello()).bytes(new Uint8Array(1536))),
    bytesOf("03"),
    bytesOf("06 00"),
  ],
  check: (bytes) =>
    sameInPieces(bytes, (tell) => {
      const random = (count: number) => new Uint8Array(count).fill(1);
      const reader = new Handshake({ random, mayEncrypt: () => true });
      return (piece) => {
        // The public key of an encrypted one is another each time.
        const taken = reader.readHandshake(piece, 0, (answer) => {
          tell(`answer ${answer[0]} ${answer.length}`, answer[0] === 3 ? answer : undefined);
        });
        assert.ok(reader.isDone || taken === piece.length);
      };
    }),
};

/** What another server answers a relay of ours, after the handshake. */
const servers: Fuzzer = {
  name: "RTMP servers",
  seeds: [
    joined(...connectionOf("NetStream.Play.Start"), message(4, 9, bytesOf("1701000000aa"))),
    joined(
      ...connectionOf("NetStream.Publish.Start"),
      message(3, 20, values("onStatus", 0, null, { level: "error", code: "x" })),
    ),
    message(3, 20, values("_error", 1, null, { code: "NetConnection.Connect.Rejected" })),
    message(2, 1, bytesOf("00000080")),
  ],
  check: (bytes) =>
    sameInPieces(bytes, (tell) => {
      const url = parseStreamUrl("rtmp://host/live/film") ?? assert.fail();
      const client = new RtmpClient({
        url,
        does: "play",
        now: 0,
        send: () => {},
        random: (count) => new Uint8Array(count),
        events: {
          started: (streamId) => tell(`started ${streamId > 0}`),
          media: (type, _time, payload) => tell(`media ${type}`, payload),
          batch: () => {},
          ended: (reason) => tell(`ended ${plainText(reason)}`),
        },
      });
      client.receive(joined(bytesOf("03"), new Uint8Array(3072)));
      return (piece) => assert.equal(client.receive(piece), piece.length);
    }),
};

const commandReader: Fuzzer = {
  name: "Flash commands",
  seeds: commands,
  check: (bytes) =>
    outcome(() => {
      const { name, object, args } = readCommand(bytes);
      const { app, tcUrl, amf3 } = connectRequest(object);
      appAddress(app, tcUrl);
      args.read(new DiscardWriter());
      return `${typeof object} ${amf3} ${name.length > 0}`;
    }),
};

const control: Fuzzer = {
  name: "RTMP control messages",
  seeds: [
    bytesOf("01 00001000"),
    bytesOf("06 002625a0 02"),
    joined(bytesOf("04"), encodeUserControl({ event: 3, values: [1, 3000] })),
    joined(
      bytesOf("16"),
      bytesOf("08 000002 000005 00 000000 af01 0000000d 09 000001 000007 00 000000 27 0000000c"),
    ),
  ],
  check: (bytes) =>
    outcome(() => {
      const [type = 0] = bytes;
      const payload = bytes.subarray(1);
      if (type === 22) {
        let size = 0;
        const types = new Set<number>();
        for (const part of aggregateParts(0, payload)) {
          size += part.payload.length;
          types.add(part.type);
        }
        assert.ok(size <= bytes.length);
        return `aggregate ${types.size > 1}`;
      }
      if (type === 4) return `user ${decodeUserControl(payload).values.length}`;
      if (!isControl(type)) return "none";
      return isWhole(type, payload) ? decodeControl(type, payload).type.toString() : "short";
    }),
};

const objects = [
  objectMessage({ name: "board", version: 7, persistent: true }, USE, set("x", { y: [1, "z"] })),
  objectMessage({ name: "board", amf3: true }, set("x", [1, new Date(5)], true), remove("x")),
  objectMessage({ name: "a/b" }, send("chat", "hi", null), CLEAR, RELEASE),
  { type: 16, payload: bytesOf("03 0001 61 00000001 00000000 00000000 0300000005 0001 78 0700") },
];

const objectReader: Fuzzer = {
  name: "Flash shared objects",
  seeds: objects.map(({ type, payload }) => joined(Uint8Array.of(type), payload)),
  check: (bytes) =>
    outcome(() => {
      const { requests, faults } = readObjectMessage(bytes[0] === 16 ? 16 : 19, bytes.subarray(1));
      for (const request of requests) {
        if (request.kind === "set") writeKept(request.value, new DiscardWriter());
        if (request.kind === "send") writeKept(request.args, new DiscardWriter());
      }
      assert.ok(requests.length <= bytes.length);
      return `${requests.map(({ kind }) => kind).slice(0, 3)} ${faults.length > 0}`;
    }),
};

/** All that a client may ask of its objects, and what the other one hears is well-formed. */
const objectSession: Fuzzer = {
  name: "Flash shared objects of a client",
  seeds: objects.map(({ type, payload }) => joined(Uint8Array.of(type), payload)),
  check: (bytes) =>
    outcome(() => {
      const { hub, clock } = fakeHub();
      const all = new SharedObjects({ hub, clock, log: silentLog });
      const [one, other] = [false, true].map((isAmf3) => {
        const peer = new FlashPeer(hub, { objects: all });
        peer.connect({ objectEncoding: isAmf3 ? 3 : 0 });
        peer.message(0, objectMessage({ name: "board", amf3: isAmf3 }, USE));
        return peer;
      }) as [FlashPeer, FlashPeer];
      one.message(0, { type: bytes[0] === 16 ? 16 : 19, payload: bytes.slice(1) });
      clock.advance(0);
      const heard = other.take().flatMap(({ type, payload }) =>
        type === 16 && payload ? heardObject(type, payload).events : []
      );
      one.connection.close();
      other.connection.close();
      assert.equal(all.count, 0);
      assert.equal(all.total.bytes, 0);
      return `${heard.map(([type]) => type).slice(0, 3)}`;
    }),
};

const addresses: Fuzzer = {
  name: "Flash addresses",
  seeds: texts(
    "rtmp://host:1935/live/room?key=1",
    "rtmpt://[::1]/a%20b/c?",
    "mp4:name?key=value&b=2",
    "key=value&other=1",
    "   key =value",
    "rtmps://user@host/app/instance/stream?a=b",
  ),
  check(bytes) {
    const text = latin1(bytes);
    const { path, asksForQuery } = appAddress(text, text);
    appAddress(undefined, text);
    const { name, parameters } = streamAddress(text);
    assert.ok(name.length <= text.length && parameters.size <= text.length);
    const url = parseStreamUrl(text);
    // Those are lines of the ini.
    if (url !== undefined && text.length <= LONGEST_URL) {
      shownUrl(url);
      withoutKeys(text, url);
    }
    const kinds = [path !== "", asksForQuery, isBareQuery(text), url !== undefined];
    return [...kinds, schemeOfUrl(text), hostOfUrl(text) !== undefined].join(" ");
  },
};

/** Messages of a connected client: each a byte of type, of stream and of length, then its payload. */
const session: Fuzzer = {
  name: "RTMP sessions",
  seeds: [
    ...commands.filter(({ length }) => length < 256)
      .map((bytes) => joined(Uint8Array.of(20, 1, bytes.length), bytes)),
    joined(
      ...[values("publish", 0, null, "one"), values("closeStream", 0, null)]
        .map((bytes) => joined(Uint8Array.of(20, 1, bytes.length), bytes)),
    ),
    joined(
      joined(Uint8Array.of(20, 1, commands[3]!.length), commands[3]!),
      bytesOf("09 01 06 17 01 000000 65 08 01 04 af 00 1210 12 01 02 0200 04 00 06 0003 00000001"),
    ),
  ],
  check(bytes) {
    const { hub } = fakeHub();
    const peer = new RtmpPeer(hub);
    peer.ready();
    const input = new ByteReader(bytes);
    while (input.remaining >= 3 && !peer.output.ended) {
      const [type, stream, length] = [input.u8(), input.u8(), input.u8()];
      peer.message(stream, { type, payload: input.view(Math.min(length, input.remaining)) });
    }
    const said = new Set(peer.output.ended ? ["ended"] : peer.takeNames());
    assert.deepEqual(peer.log.at("ERROR"), []);
    peer.session.close();
    assert.equal(hub.clients.size, 0);
    assert.deepEqual([...hub.publications()], []);
    return plainText([...said].slice(0, 6).join(", "));
  },
};

export const rtmpFuzzers: readonly Fuzzer[] = [
  chunks,
  handshake,
  servers,
  commandReader,
  control,
  objectReader,
  objectSession,
  addresses,
  session,
];
