import assert from "node:assert/strict";
import { ByteReader, fromHex, hex } from "../../src/bytes/mod.ts";
import { PacketMemory } from "../../src/crypto/mod.ts";
import { ACK_GATHER, SAFE_DATAGRAM } from "../../src/protocols/rtmfp/params.ts";
import { ProbedHosts } from "../../src/protocols/rtmfp/session/path_limit.ts";
import { PacketSender } from "../../src/protocols/rtmfp/session/packet_sender.ts";
import { Session, type SessionContext } from "../../src/protocols/rtmfp/session/session.ts";
import { TimeCriticalRegistry } from "../../src/protocols/rtmfp/session/time_critical.ts";
import { Identity } from "../../src/protocols/rtmfp/startup/certificate.ts";
import { type KeyMaterial, SessionKey } from "../../src/protocols/rtmfp/startup/session_key.ts";
import { nextChunk } from "../../src/protocols/rtmfp/wire/chunk.ts";
import {
  Mode,
  type PacketHeader,
  readPacketHeader,
} from "../../src/protocols/rtmfp/wire/packet.ts";
import { FakeClock } from "../support/fake_clock.ts";
import type { LinkAddress } from "../support/simulated_link.ts";
import { chunk } from "./chunks.ts";
import { material, sealed } from "./sealing.ts";
import { Recorder } from "./simulation.ts";

const certificate = new Identity({ acceptsAncillaryData: false, groups: [2] }).certificate;
const here = { host: "192.0.2.10", port: 4000 };

/** A packet that the session sent, as its peer sees it. */
export interface Seen {
  readonly at: number;
  readonly to: LinkAddress;
  readonly header: PacketHeader;
  /** In hexadecimal, as `chunks.ts` writes them. */
  readonly chunks: string[];
}

/** A session, and a peer that says whatever a test wants, chunk by chunk. */
export class RawPeer {
  readonly clock = new FakeClock();
  readonly session: Session;
  readonly recorder = new Recorder();
  readonly seen: Seen[] = [];
  closed = 0;
  readonly moved: LinkAddress[] = [];
  readonly key: SessionKey;

  constructor(protection: Partial<KeyMaterial> = {}) {
    const near = { ...material, ...protection };
    this.key = new SessionKey({
      ...near,
      encryptKey: near.decryptKey,
      decryptKey: near.encryptKey,
      sendHmacKey: near.receiveHmacKey,
      receiveHmacKey: near.sendHmacKey,
      sendHmacLength: near.receiveHmacLength,
      receiveHmacLength: near.sendHmacLength,
      sendSequence: near.receiveSequence,
      receiveSequence: near.sendSequence,
    });
    const [buffer, buffer2] = new PacketMemory().buffers;
    const context: SessionContext = {
      clock: this.clock,
      timeCritical: new TimeCriticalRegistry(this.clock),
      secret: new Uint8Array(32).fill(9),
      packets: new PacketSender(
        [buffer, buffer2],
        (datagram, to) => this.#onDatagram(datagram, to),
      ),
      longestDatagram: SAFE_DATAGRAM,
      probedHosts: new ProbedHosts(),
      onReady: (session) => void this.clock.after(0, () => session.flush()),
      onConfirmed: () => {},
      onMoved: (_session, old) => void this.moved.push(old),
      onClosing: () => {},
      onClosed: () => void this.closed++,
    };
    this.session = new Session(context, {
      id: 7,
      farId: 8,
      mode: Mode.responder,
      address: here,
      certificate,
      key: new SessionKey(near),
      keepalive: 15_000,
    });
    this.session.handler = this.recorder;
  }

  /** Sends a packet of chunks (hexadecimal, with their headers), then `padding` bytes. */
  say(chunks: string, options: { header?: string; from?: LinkAddress } = {}): void {
    this.session.receive(this.sealed(chunks, options.header), options.from ?? here);
  }

  /** The datagram of a packet; `header` in hexadecimal. */
  sealed(chunks: string, header = "01"): Uint8Array {
    const plain = fromHex(header + chunks) ?? assert.fail(`"${header + chunks}"`);
    return sealed(this.key, plain, 7);
  }

  /** All chunks of all packets since the last call. */
  heard(): string[] {
    return this.seen.splice(0).flatMap(({ chunks }) => chunks);
  }

  /** The same once acknowledgements that are due have left. */
  answered(): string[] {
    this.clock.advance(ACK_GATHER);
    return this.heard();
  }

  close(): void {
    this.session.abort("near");
    this.clock.advance(0);
    assert.equal(this.clock.timers, 0, "timers were left behind");
  }

  #onDatagram(datagram: Uint8Array, to: LinkAddress): void {
    assert(datagram.length <= 1200, `${datagram.length} bytes do not fit a path`);
    const input = this.key.open(datagram);
    const header = readPacketHeader(input);
    const chunks: string[] = [];
    const range = { type: 0, end: 0 };
    while (nextChunk(input, range)) {
      const payload = new ByteReader(input.bytes, input.offset, range.end).rest();
      chunks.push(chunk(range.type, hex(payload)));
      input.offset = range.end;
    }
    this.seen.push({ at: this.clock.now(), to, header, chunks });
  }
}
