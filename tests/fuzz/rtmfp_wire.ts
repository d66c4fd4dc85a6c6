import assert from "node:assert/strict";
import { ByteReader, encodeText } from "../../src/bytes/mod.ts";
import { agree } from "../../src/crypto/mod.ts";
import { readJoin } from "../../src/protocols/rtmfp/flash/group_flow.ts";
import {
  GROUP_METADATA,
  readFlowKind,
  streamMetadata,
} from "../../src/protocols/rtmfp/flash/metadata.ts";
import { readGroupSpec } from "../../src/protocols/rtmfp/group/group_spec.ts";
import { readPeerJoin, readPull, readStream } from "../../src/protocols/rtmfp/group/messages.ts";
import { PartQueue } from "../../src/protocols/rtmfp/group/part_queue.ts";
import { PacketReader } from "../../src/protocols/rtmfp/session/packet_reader.ts";
import { Identity, readCertificate } from "../../src/protocols/rtmfp/startup/certificate.ts";
import {
  isSelected,
  readDiscriminator,
  writeDiscriminator,
} from "../../src/protocols/rtmfp/startup/endpoint_discriminator.ts";
import {
  InitiatorKeyAgreement,
  PLAIN_PROTECTION,
  ResponderKeyAgreement,
} from "../../src/protocols/rtmfp/startup/key_agreement.ts";
import { addressText, parseAddress, readAddress } from "../../src/protocols/rtmfp/wire/address.ts";
import { Chunk } from "../../src/protocols/rtmfp/wire/chunk.ts";
import { Mode, readPacketHeader } from "../../src/protocols/rtmfp/wire/packet.ts";
import {
  readCookieChange,
  readForwardedHello,
  readInitiatorHello,
  readInitiatorKeying,
  readResponderHello,
  readResponderKeying,
  readResponderRedirect,
} from "../../src/protocols/rtmfp/wire/startup_chunks.ts";
import { chunkVectors } from "../vectors/rtmfp_chunks.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { latin1, outcome } from "./outcome.ts";
import { bytesOf, joined, texts, written } from "./seeds.ts";

const here = { host: "192.0.2.10", port: 4000 };

/** What is in a packet behind its header of flags and, here, no timestamps. */
function packet(...types: number[]): Uint8Array {
  const chunks = chunkVectors.filter(({ type }) => types.includes(type));
  return written((out) => {
    out.u8(1);
    for (const { type, hex } of chunks) {
      const payload = bytesOf(hex);
      out.u8(type).u16(payload.length).bytes(payload);
    }
  });
}

const packets: Fuzzer = {
  name: "RTMFP packets",
  seeds: [
    packet(Chunk.userData, Chunk.nextUserData),
    packet(Chunk.ackBitmap, Chunk.ackRanges),
    packet(Chunk.ping, Chunk.pingReply, Chunk.bufferProbe, Chunk.flowException),
    packet(Chunk.forwardedHello, Chunk.sessionClose),
    joined(bytesOf("0d 0001 0002"), packet(Chunk.userData).subarray(1)),
    bytesOf("01 7f 0006 81 01 01 aabbcc 7f 0006 01 01 02 ddeeff"),
  ],
  check: (bytes) =>
    outcome(() => {
      const seen = new Set<string>();
      const note = (what: string) => () => void seen.add(what);
      const reader = new PacketReader({
        listensTo: () => "all",
        onHeader: note("header"),
        onData: ({ data, part, metadata, isUnacceptable }) => {
          assert.ok(data.length <= bytes.length);
          seen.add(`data ${part} ${metadata !== undefined} ${isUnacceptable}`);
        },
        onAcknowledgement: ({ ranges, cumulative }) => {
          assert.ok(ranges.length <= bytes.length * 8);
          for (const { from, to } of ranges) assert.ok(cumulative < from && from <= to);
          seen.add(`ranges ${Math.min(ranges.length, 3)}`);
        },
        onProbe: note("probe"),
        onFlowException: note("exception"),
        onPing: note("ping"),
        onPingReply: note("reply"),
        onForwardedHello: note("hello"),
        onCongestion: note("congestion"),
        onCloseRequest: note("close"),
        onCloseAck: note("closed"),
        onMalformed: note("malformed"),
      }, Mode.responder);
      // Twice: what the first left behind may be a part of the second.
      reader.readPacket(new ByteReader(bytes), here);
      reader.readPacket(new ByteReader(bytes), here);
      return [...seen].sort().join(", ");
    }),
};

const readers: Readonly<Record<number, (input: ByteReader) => unknown>> = {
  [Chunk.initiatorHello]: readInitiatorHello,
  [Chunk.forwardedHello]: readForwardedHello,
  [Chunk.responderHello]: readResponderHello,
  [Chunk.responderRedirect]: readResponderRedirect,
  [Chunk.cookieChange]: readCookieChange,
  [Chunk.initiatorKeying]: readInitiatorKeying,
  [Chunk.responderKeying]: readResponderKeying,
};

/** The chunks of handshakes: a byte of type, then the payload. */
const startup: Fuzzer = {
  name: "RTMFP handshakes",
  seeds: chunkVectors.filter(({ type }) => type in readers)
    .map(({ type, hex }) => joined(Uint8Array.of(type), bytesOf(hex))),
  check: (bytes) =>
    outcome(() => {
      const [type = 0] = bytes;
      const read = readers[type];
      if (read === undefined) return "none";
      const found = read(new ByteReader(bytes, 1)) as { discriminator?: Uint8Array };
      if (found.discriminator === undefined) return `${type}`;
      const { fingerprint, ancillaryData, hostname } = readDiscriminator(found.discriminator);
      return `${type} ${[fingerprint, ancillaryData, hostname].map((part) => part !== undefined)}`;
    }),
};

const identity = new Identity({ acceptsAncillaryData: true, groups: [2], staticKeys: true });
const passing = new Identity({ acceptsAncillaryData: true, groups: [2] });
/** A component for an identity with a key of its own, and one that brings its key. */
const components = [identity, passing].map((from) =>
  new InitiatorKeyAgreement(from, identity.certificate, PLAIN_PROTECTION).component
);

const certificates: Fuzzer = {
  name: "RTMFP certificates",
  seeds: [
    identity.certificate.bytes,
    new Identity({ acceptsAncillaryData: false, groups: [14, 2] }).certificate.bytes,
    new Identity({ acceptsAncillaryData: true, hostname: encodeText("host") }).certificate.bytes,
    bytesOf("02 15 02 02 15 0e 01 03"),
  ],
  check: (bytes) =>
    outcome(() => {
      const certificate = readCertificate(bytes);
      assert.equal(certificate.fingerprint.length, 32);
      assert.ok(certificate.groups.size <= bytes.length);
      const selected = isSelected(certificate, { ancillaryData: encodeText("rtmfp://a/b") });
      const { groups, staticKeys, hostname } = certificate;
      return [[...groups].sort(), staticKeys.size, hostname !== undefined, selected].join(" ");
    }),
};

const keying: Fuzzer = {
  name: "RTMFP keying",
  seeds: components,
  check: (bytes) =>
    [identity, passing].map(({ certificate }) =>
      outcome(() => {
        new ResponderKeyAgreement(identity, certificate, bytes, PLAIN_PROTECTION).respond(agree);
        return "key";
      })
    ).join(", "),
};

/** Metadata of flows, and what groups and introductions say. */
const flows: Fuzzer = {
  name: "RTMFP flows and groups",
  seeds: [
    GROUP_METADATA,
    streamMetadata(300),
    joined(bytesOf("01 20"), new Uint8Array(32)),
    joined(bytesOf("01 15 10"), encodeText("a specification")),
    writeDiscriminator({ fingerprint: new Uint8Array(32) }),
    bytesOf("82 20010db8000000000000000000000001 078f"),
    bytesOf("02 cb007107 c350"),
  ],
  check(bytes) {
    const kind = outcome(() => `${readFlowKind(bytes)?.kind}`);
    const join = outcome(() => `${readJoin(bytes).length}`);
    const address = outcome(() => {
      const read = readAddress(new ByteReader(bytes));
      const again = parseAddress(addressText(read));
      assert.ok(read.port === 0 || again?.host === read.host && again.port === read.port);
      return `${read.origin} ${read.host.includes(":")}`;
    });
    const sought = outcome(() => Object.keys(readDiscriminator(bytes)).sort().join("+"));
    const header = outcome(() => `${readPacketHeader(new ByteReader(bytes)).mode}`);
    return [kind, join, address, sought, header].join(", ");
  },
};

/** What members of a group say to each other. */
const members: Fuzzer = {
  name: "RTMFP members of groups",
  seeds: [
    joined(bytesOf("01 4100"), encodeText("ab".repeat(32)), bytesOf("2101"), new Uint8Array(32)),
    bytesOf(`014100${"61".repeat(64)}2101${"02".repeat(32)}2303210f${"01".repeat(32)}`),
    bytesOf(`21050074657374 2101 ${"fa".repeat(32)} 0102 0303be40`),
    bytesOf("2b 8302"),
    bytesOf("20 8302 08 00000000 af01"),
    bytesOf("30 8302 02 09 00000000 1701"),
    encodeText("G:027f02010101000103010c050e74657374011b00"),
  ],
  check(bytes) {
    const join = outcome(() => `${readPeerJoin(bytes).groupId.length}`);
    const stream = outcome(() => `${readStream(bytes)?.key.length}`);
    const pull = outcome(() => `${readPull(bytes) > 0}`);
    const spec = outcome(() => `${readGroupSpec(latin1(bytes)).id.length}`);
    const part = outcome(() => `${new PartQueue().add(bytes)}`);
    return [join, stream, pull, spec, part].join(", ");
  },
};

const addresses: Fuzzer = {
  name: "RTMFP addresses",
  seeds: texts("192.0.2.1:1935", "[2001:db8::1]:80", "::ffff:192.0.2.1", "[::1]", "1.2.3.4:99999"),
  check(bytes) {
    const found = parseAddress(latin1(bytes), bytes.length % 2 === 0 ? 1935 : undefined);
    if (found === undefined) return "none";
    assert.deepEqual(parseAddress(addressText(found)), found);
    return `${found.host.includes(":")}`;
  },
};

export const rtmfpFuzzers: readonly Fuzzer[] = [
  packets,
  startup,
  certificates,
  keying,
  flows,
  members,
  addresses,
];
