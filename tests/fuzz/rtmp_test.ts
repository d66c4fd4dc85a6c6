import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteWriter, ProtocolError } from "../../src/bytes/mod.ts";
import { Amf0Writer, ValueReader, writeValues } from "../../src/codecs/mod.ts";
import { ChunkReader } from "../../src/protocols/rtmp/wire/chunk_reader.ts";
import { writeMessage } from "../../src/protocols/rtmp/wire/chunk_writer.ts";
import { Handshake } from "../../src/protocols/rtmp/wire/handshake.ts";
import { fakeHub } from "../support/flash_peer.ts";
import { RtmpPeer } from "../support/rtmp_peer.ts";

const SOUND = Uint8Array.of(0xaf, 1, 7);

/** What a peer sends once it is connected: sound messages whose contents are anything. */
const message = fc.record({
  header: fc.record({
    chunkStreamId: fc.integer({ min: 2, max: 70 }),
    type: fc.oneof(fc.constantFrom(2, 3, 4, 5, 6, 8, 9, 15, 17, 18, 20, 22), fc.nat(255)),
    streamId: fc.nat(3),
    time: fc.nat(0xffffffff),
  }),
  payload: fc.oneof(fc.uint8Array({ maxLength: 300 }), commands()),
});

/** Commands that exist, with arguments of every kind. */
function commands(): fc.Arbitrary<Uint8Array> {
  const name = fc.constantFrom(
    ...["connect", "createStream", "deleteStream", "publish", "play", "closeStream", "pause"],
    ...["seek", "receiveAudio", "receiveVideo", "releaseStream", "FCPublish", "FCSubscribe"],
    ...["getStreamLength", "_checkbw", "setPeerInfo", "@setDataFrame", "onMetaData", "anything"],
    ...["__proto__", "constructor", "toString"],
  );
  const value = fc.oneof(
    fc.constantFrom(
      "test",
      "steady",
      "",
      "onMetaData",
      "a?b=c",
      1,
      0,
      -3,
      NaN,
      true,
      false,
      null,
      undefined,
    ),
    fc.object({ maxDepth: 2, maxKeys: 3 }),
    fc.string(),
  );
  return fc.tuple(name, fc.double(), fc.array(value, { maxLength: 4 })).map((parts) => {
    const writer = new Amf0Writer();
    const [command, transaction, args] = parts;
    writeValues(writer, command, transaction, null);
    new ValueReader(args).read(writer);
    return writer.take();
  });
}

Deno.test("whatever a connected peer sends, its session has no error of its own and others go on", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 30 }), (messages) => {
      const { hub } = fakeHub();
      const publisher = new RtmpPeer(hub);
      const source = publisher.ready();
      publisher.command(source, "publish", "steady");
      const player = new RtmpPeer(hub);
      player.command(player.ready(), "play", "steady");
      player.take();

      const peer = new RtmpPeer(hub);
      peer.ready();
      peer.command(0, "createStream");
      const out = new ByteWriter();
      for (const { header, payload } of messages) writeMessage(out, header, payload, 128);
      peer.give(out.take());
      peer.output.take();
      assert.deepEqual(peer.log.at("ERROR"), []);

      publisher.message(source, { type: 8, payload: SOUND }, 5);
      assert.deepEqual(player.take().map(({ payload }) => payload), [SOUND]);
      peer.session.close();
      assert.equal(hub.clients.size, 2);
      assert.deepEqual([...hub.publications()].map(({ name }) => name), ["steady"]);
    }),
    { numRuns: 300 },
  );
});

Deno.test("random bytes after a handshake end in a typed error or in waiting, within the limits", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 2000 }),
      fc.integer({ min: 1, max: 64 }),
      (input, step) => {
        const reader = new ChunkReader({ message: 10_000, partial: 20_000 });
        try {
          for (let at = 0; at < input.length; at += step) {
            reader.readChunks(input.subarray(at, at + step), ({ payload }) => {
              assert.ok(payload.length <= input.length);
            });
          }
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error));
        }
        assert.ok(reader.partialBytes <= 20_000 + 10_000);
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("a handshake takes no more than its own bytes, whatever they are", () => {
  fc.assert(fc.property(
    fc.uint8Array({ minLength: 3072, maxLength: 3200 }),
    fc.integer({ min: 1, max: 4000 }),
    (bytes, step) => {
      const handshake = new Handshake();
      const input = Uint8Array.of(3, ...bytes);
      let taken = 0;
      for (let at = 0; at < input.length; at += step) {
        taken += handshake.readHandshake(input.subarray(at, at + step), 0, () => {});
      }
      assert.equal(taken, 3073);
      assert.equal(handshake.isDone, true);
    },
  ));
});
