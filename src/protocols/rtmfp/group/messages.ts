import {
  ByteReader,
  ByteWriter,
  decodeText,
  encodeText,
  ProtocolError,
} from "../../../bytes/mod.ts";
import { type Address, Origin, writeAddress } from "../wire/address.ts";
import { readOption } from "../wire/option.ts";
import {
  FETCH_AFTER,
  GroupFlowKind,
  GroupMessage,
  MAP_INTERVAL,
  REPORTED_PEERS,
  WINDOW,
} from "./params.ts";

type Kind = (typeof GroupFlowKind)[keyof typeof GroupFlowKind];

const PREFIX = [0x47, 0x52] as const;
const KINDS: ReadonlySet<number> = new Set(Object.values(GroupFlowKind));

export const groupMetadata = (kind: Kind): Uint8Array => Uint8Array.of(...PREFIX, kind);

/** What a flow between peers carries; undefined for all other flows. */
export function groupFlowKind(metadata: Uint8Array): Kind | undefined {
  const [first, second, kind] = metadata;
  if (first !== PREFIX[0] || second !== PREFIX[1] || kind === undefined) return undefined;
  return KINDS.has(kind) ? kind as Kind : undefined;
}

/** Types of values in messages, and what their bytes begin with. */
const Option = {
  group: 0x00,
  key: 0x01,
  peer: 0x03,
  farAddress: 0x0d,
  fingerprint: 0x0f,
} as const;
const ADDRESSES = 0x0a;
const HASH = 32;
/** A fingerprint as an option: its length and its type. */
const FINGERPRINT = [1 + HASH, Option.fingerprint] as const;

/** The first message of each side. */
export interface PeerJoin {
  /** Hexadecimal. */
  readonly groupId: string;
  /** HMAC of the sender's far nonce, with the group's specification as its key. */
  readonly key: Uint8Array;
  /** Whom it is meant for. */
  readonly peerId: Uint8Array;
}

export function writePeerJoin({ groupId, key, peerId }: PeerJoin): Uint8Array {
  const out = new ByteWriter(160).u8(GroupMessage.join);
  out.vlu(1 + groupId.length).u8(Option.group).bytes(encodeText(groupId));
  out.vlu(1 + key.length).u8(Option.key).bytes(key);
  return out.vlu(1 + 2 + peerId.length).u8(Option.peer).bytes(Uint8Array.of(...FINGERPRINT))
    .bytes(peerId).take();
}

/** @throws ProtocolError when it is none */
export function readPeerJoin(message: Uint8Array): PeerJoin {
  const input = behindKind(message);
  const value = (type: number, length: number) => {
    const option = readOption(input);
    if (option?.type !== type || option.value.length !== length) {
      throw new ProtocolError(`no option ${type} of ${length} bytes in a peer's join`);
    }
    return option.value.slice();
  };
  const groupId = decodeText(value(Option.group, 2 * HASH)).toLowerCase();
  const key = value(Option.key, HASH);
  return { groupId, key, peerId: value(Option.peer, 2 + HASH).subarray(2) };
}

/** A peer that a report tells of. */
export interface ReportedPeer {
  readonly peerId: Uint8Array;
  readonly address: Address;
  /** Seconds since it was heard of. */
  readonly age: number;
}

/** What a member tells another one: where it sees it, and which others there are. */
export function writeReport(far: Address, peers: readonly ReportedPeer[]): Uint8Array {
  const out = new ByteWriter(512).u8(GroupMessage.report);
  const address = new ByteWriter(24).u8(Option.farAddress);
  writeAddress(address, far, Origin.remote);
  out.vlu(address.length).bytes(address.view());
  writeAddresses(out, []);
  for (const { peerId, address, age } of peers.slice(0, REPORTED_PEERS)) {
    out.u8(2 + HASH).bytes(Uint8Array.of(...FINGERPRINT)).bytes(peerId).vlu(Math.floor(age));
    writeAddresses(out, [address]);
  }
  return out.take();
}

function writeAddresses(out: ByteWriter, addresses: readonly Address[]): void {
  const list = new ByteWriter(24).u8(ADDRESSES);
  for (const address of addresses) writeAddress(list, address, Origin.remote);
  out.vlu(list.length).bytes(list.view()).u8(0);
}

/** Parameters of a stream, in milliseconds, by their type; an unknown one is as others send it. */
const SETTINGS: readonly (readonly [type: number, value?: number])[] = [
  [0x02],
  [0x03, WINDOW],
  [0x04, 300_000],
  [0x05, MAP_INTERVAL],
  [0x07, FETCH_AFTER],
];

/** A stream of a group: several may have one name. */
export interface StreamKey {
  readonly name: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
}

const STREAM_KEY = [1 + HASH, Option.key] as const;
export const MAX_NAME = 1024;

/** Announces a stream, or subscribes to it. */
export function writeStream({ name, key }: StreamKey): Uint8Array {
  const text = encodeText(name);
  const out = new ByteWriter(128).u8(GroupMessage.stream);
  out.vlu(1 + text.length).u8(0).bytes(text).bytes(Uint8Array.of(...STREAM_KEY)).bytes(key);
  for (const [type, value] of SETTINGS) {
    const setting = new ByteWriter(8).u8(type);
    if (value !== undefined) setting.vlu(value);
    out.vlu(setting.length).bytes(setting.view());
  }
  return out.take();
}

/** The key of a stream that a peer announces or subscribes to; undefined where it ends. */
export function readStream(message: Uint8Array): StreamKey | undefined {
  const input = behindKind(message);
  if (input.remaining < STREAM_KEY.length + HASH) return undefined;
  const length = input.vlu();
  if (length < 1 || length > MAX_NAME) {
    throw new ProtocolError(`a stream's name of ${length} bytes`);
  }
  input.u8();
  const name = decodeText(input.view(length - 1));
  if (input.u8() !== STREAM_KEY[0] || input.u8() !== STREAM_KEY[1]) {
    throw new ProtocolError("a stream without its key");
  }
  return { name, key: input.view(HASH).slice() };
}

/** The stream's last part has this number. */
export const writeStreamEnd = (last: number): Uint8Array =>
  new ByteWriter(12).u8(GroupMessage.stream).vlu(last).take();

/** The number of the last part of a stream that has ended. */
export const readStreamEnd = (message: Uint8Array): number => behindKind(message).vlu();

export const writePull = (id: number): Uint8Array =>
  new ByteWriter(12).u8(GroupMessage.pull).vlu(id).take();

/** The number that a request of `pull` is about. */
export const readPull = (message: Uint8Array): number => behindKind(message).vlu();

function behindKind(message: Uint8Array): ByteReader {
  const input = new ByteReader(message);
  input.u8();
  return input;
}
