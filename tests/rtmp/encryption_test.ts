import assert from "node:assert/strict";
import { createDiffieHellmanGroup, createHmac } from "node:crypto";
import { HostRates } from "../../src/base/mod.ts";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { Rc4 } from "../../src/crypto/mod.ts";
import { commandMessage } from "../../src/flash/mod.ts";
import type { Turn } from "../../src/net/mod.ts";
import { RtmpSession } from "../../src/protocols/rtmp/mod.ts";
import { BLOCK_SIZE } from "../../src/protocols/rtmp/params.ts";
import { ChunkReader } from "../../src/protocols/rtmp/wire/chunk_reader.ts";
import { EncryptedOutput } from "../../src/protocols/rtmp/wire/encrypted_output.ts";
import { writeMessage } from "../../src/protocols/rtmp/wire/chunk_writer.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { connectMessage, fakeHub, FLASH_PLAYER } from "../support/flash_peer.ts";
import { nameOf, RecordedOutput } from "../support/rtmp_peer.ts";
import { joined, pattern } from "./wire_bytes.ts";

/** RC4 as its textbooks have it, so that the client shares no code with the server. */
function rc4(key: Uint8Array): (bytes: Uint8Array) => Uint8Array {
  const s = Array.from({ length: 256 }, (_, i) => i);
  for (let i = 0, j = 0; i < 256; i++) {
    j = (j + s[i]! + key[i % key.length]!) % 256;
    [s[i], s[j]] = [s[j]!, s[i]!];
  }
  let [i, j] = [0, 0];
  return (bytes) =>
    bytes.map((byte) => {
      i = (i + 1) % 256;
      j = (j + s[i]!) % 256;
      [s[i], s[j]] = [s[j]!, s[i]!];
      return byte ^ s[(s[i]! + s[j]!) % 256]!;
    });
}

const sum = (block: Uint8Array, at: number) =>
  block.subarray(at, at + 4).reduce((a, b) => a + b, 0);

/** Where digest and public key are, as librtmp computes them. */
const digestAt = [
  (block: Uint8Array) => 12 + sum(block, 8) % 728,
  (block: Uint8Array) => 776 + sum(block, 772) % 728,
] as const;
const keyAt = [
  (block: Uint8Array) => 772 + sum(block, 1532) % 632,
  (block: Uint8Array) => 8 + sum(block, 768) % 632,
] as const;

/** An RTMPE client with an implementation of its own, at a session without a network. */
class EncryptedPeer {
  readonly output = new RecordedOutput();
  readonly log = new CaptureLog("rtmp");
  readonly session: RtmpSession;
  readonly now: number;
  readonly #reader = new ChunkReader();
  #encrypt = (bytes: Uint8Array) => bytes;
  #decrypt = this.#encrypt;

  constructor(scheme: 0 | 1, handler: Parameters<typeof fakeHub>[0] = {}) {
    const { hub, clock } = fakeHub(handler);
    this.now = clock.now();
    this.session = new RtmpSession({
      hub,
      output: this.output,
      log: this.log,
      address: "192.0.2.1:5000",
      now: clock.now(),
      keyings: new HostRates(2, clock.now(), () => {}),
    });
    const pair = createDiffieHellmanGroup("modp2");
    pair.generateKeys();
    const c1 = pattern(BLOCK_SIZE, 5);
    c1.set([0, 0, 0, 1, 128, 0, 7, 2]);
    // A key that begins with zeros has a byte fewer here.
    const own = pair.getPublicKey();
    c1.fill(0, keyAt[scheme](c1), keyAt[scheme](c1) + 128);
    c1.set(own, keyAt[scheme](c1) + 128 - own.length);
    const at = digestAt[scheme](c1);
    const sign = createHmac("sha256", "Genuine Adobe Flash Player 001");
    c1.set(sign.update(c1.subarray(0, at)).update(c1.subarray(at + 32)).digest(), at);
    this.session.receive(joined(Uint8Array.of(6), c1), this.now);
    const answer = this.output.take();
    assert.equal(answer.length, 1 + 2 * BLOCK_SIZE);
    assert.equal(answer[0], 6);
    const s1 = answer.subarray(1, 1 + BLOCK_SIZE);
    const server = s1.slice(keyAt[scheme](s1), keyAt[scheme](s1) + 128);
    const mine = c1.slice(keyAt[scheme](c1), keyAt[scheme](c1) + 128);
    const secret = pair.computeSecret(server);
    const key = (of: Uint8Array) =>
      createHmac("sha256", secret).update(of).digest().subarray(0, 16);
    this.#encrypt = rc4(key(server));
    this.#decrypt = rc4(key(mine));
    for (const cipher of [this.#encrypt, this.#decrypt]) cipher(new Uint8Array(BLOCK_SIZE));
  }

  /** C2 and messages after it, encrypted. */
  encrypted(...messages: { type: number; payload: Uint8Array }[]): Uint8Array {
    const out = new ByteWriter();
    for (const { type, payload } of messages) {
      writeMessage(out, { chunkStreamId: 3, type, streamId: 0, time: 0 }, payload, 128);
    }
    return this.#encrypt(out.take());
  }

  taken(): string[] {
    const names: string[] = [];
    this.#reader.readChunks(this.#decrypt(this.output.take()), (message) => {
      names.push(nameOf(message));
    });
    return names;
  }
}

const connect = connectMessage(1, FLASH_PLAYER);

for (const scheme of [0, 1] as const) {
  Deno.test(`RTMPE is agreed upon with keys and digest of scheme ${scheme}`, () => {
    const transports: string[] = [];
    const peer = new EncryptedPeer(scheme, {
      onConnection: ({ client }) => void transports.push(client.transport),
    });
    const input = joined(new Uint8Array(BLOCK_SIZE), peer.encrypted(connect));
    // However it is cut.
    for (let at = 0; at < input.length; at += 100) {
      peer.session.receive(input.slice(at, at + 100), peer.now);
    }
    assert.equal(peer.taken().at(-1), "0: _result");
    peer.session.receive(peer.encrypted(commandMessage(false, "createStream", 2)), peer.now);
    assert.deepEqual(peer.taken(), ["0: _result"]);
    assert.deepEqual(transports, ["RTMPE"]);
  });
}

Deno.test("input that waits for another turn is decrypted once", () => {
  const called: string[] = [];
  const peer = new EncryptedPeer(1, { onCall: ({ name }) => void called.push(name) });
  const calls = ["a", "b", "c"].map((name) => commandMessage(false, name, 0));
  let input = joined(new Uint8Array(BLOCK_SIZE), peer.encrypted(connect, ...calls));
  const once: Turn = { now: peer.now, spend: () => true };
  for (let turn = 0; input.length > 0; turn++) {
    assert.ok(turn < 20);
    input = input.subarray(peer.session.receive(input, peer.now, once));
  }
  assert.deepEqual(called, ["a", "b", "c"]);
});

Deno.test("what is sent while media is taken leaves in the order in which it was encrypted", () => {
  const key = pattern(16);
  const recorded = new RecordedOutput();
  const output = new EncryptedOutput(recorded, new Rc4(key));
  const media = pattern(300, 1);
  const waiting = [media];
  output.attach({
    get more() {
      return waiting.length > 0;
    },
    takeBytes() {
      if (waiting.length > 0) output.send(pattern(20, 2));
      return waiting.pop();
    },
  });
  output.send(pattern(10, 3));
  const first = recorded.take();
  // What is taken alone is encrypted in a copy too.
  waiting.push(media);
  const written = joined(first, recorded.take());
  output.send(pattern(5, 4));
  output.end();
  const plain = rc4(key)(joined(written, recorded.take()));
  assert.deepEqual(
    plain,
    joined(pattern(10, 3), media, pattern(20, 2), media, pattern(20, 2), pattern(5, 4)),
  );
  // All players share the memory of media.
  assert.deepEqual(media, pattern(300, 1));
  assert.equal(recorded.ended, true);
  assert.equal(recorded.sources, 1);
});

Deno.test("an encrypted handshake is refused without a digest, a good key or where it is off", () => {
  const { hub, clock } = fakeHub();
  const refused = (c1: Uint8Array, keyings?: HostRates) => {
    const [output, log] = [new RecordedOutput(), new CaptureLog("rtmp")];
    const address = "192.0.2.1:5000";
    const session = new RtmpSession({ hub, output, log, address, now: clock.now(), keyings });
    session.receive(joined(Uint8Array.of(6), c1), clock.now());
    assert.equal(output.aborted, true);
    return log.lines.join();
  };
  const rates = () => new HostRates(2, clock.now(), () => {});
  assert.match(refused(pattern(BLOCK_SIZE), undefined), /\[RTMP\] encryption=false/);
  assert.match(refused(pattern(BLOCK_SIZE), rates()), /without a digest/);
  const zero = pattern(BLOCK_SIZE, 5);
  zero.set([0, 0, 0, 1, 128, 0, 7, 2]);
  zero.fill(0, keyAt[1](zero), keyAt[1](zero) + 128);
  const at = digestAt[1](zero);
  const sign = createHmac("sha256", "Genuine Adobe Flash Player 001");
  zero.set(sign.update(zero.subarray(0, at)).update(zero.subarray(at + 32)).digest(), at);
  assert.match(refused(zero, rates()), /a public key that is none/);
  const none = new HostRates(0.5, clock.now(), () => {});
  // The rate has its own line, however many are refused.
  assert.equal(refused(pattern(BLOCK_SIZE), none), "");
});
