import assert from "node:assert/strict";
import { ByteReader, ByteWriter, encodeText, hex } from "../../src/bytes/mod.ts";
import { hmacSha256, sha256 } from "../../src/crypto/mod.ts";
import {
  Priority,
  type RecvFlow,
  type SendFlow,
  type Session,
} from "../../src/protocols/rtmfp/mod.ts";
import { GROUP_METADATA } from "../../src/protocols/rtmfp/flash/metadata.ts";
import type { LinkAddress } from "../support/simulated_link.ts";
import type { FlashClient } from "./flash_client.ts";

/** The specification in librtmfp's README, and what is hashed of it. */
export const SPEC = "G:027f02010101000103010c050e74657374011b00";
const SECRET = encodeText(SPEC.slice(0, -2));
/** Of version 2: hashed twice. */
export const GROUP_ID = sha256(sha256(SECRET));

/** A whole media message out of its parts. */
export interface GroupMedia {
  readonly type: number;
  readonly time: number;
  readonly payload: Uint8Array;
}

export interface ViewerOptions {
  /** What it believes the specification to be. */
  readonly secret?: Uint8Array;
  readonly groupId?: Uint8Array;
  /** Whom it takes its neighbor for. */
  readonly peerId?: Uint8Array;
  /** Joins as the one who plays this name; the key of the stream is what was announced. */
  readonly wants?: string;
}

const flowOf = (kind: number) => Uint8Array.of(0x47, 0x52, kind);

/**
 * A member of a group that plays a stream, as librtmfp does: it looks for the peers that the server
 * tells it of, joins at each of them, and asks for parts.
 */
export class GroupViewer {
  readonly client: FlashClient;
  /** First bytes of all messages of the neighbor's main flows and report flows. */
  readonly heard: number[] = [];
  readonly reports: Uint8Array[] = [];
  readonly announced: Uint8Array[] = [];
  readonly maps: Uint8Array[] = [];
  readonly parts = new Map<number, Uint8Array>();
  /** Requests of the neighbor for parts of a stream that this member has announced. */
  readonly requests: Uint8Array[] = [];
  /** The number of the last part, once the stream has ended. */
  ended: number | undefined;
  session: Session | undefined;
  isClosed = false;
  readonly #options: ViewerOptions;
  #main: SendFlow | undefined;
  #theirs: RecvFlow | undefined;
  #requests: SendFlow | undefined;
  /** The neighbor's subscription to a stream of this member. */
  #subscription: RecvFlow | undefined;
  #media: SendFlow | undefined;

  /** Joins the group at the server, to which the client is connected. */
  constructor(client: FlashClient, options: ViewerOptions = {}) {
    this.#options = options;
    this.client = client;
    const id = options.groupId ?? GROUP_ID;
    const flow = client.session?.openFlow(GROUP_METADATA) ?? assert.fail();
    // As librtmfp has it: an option of type 0x15.
    flow.write(new ByteWriter().u8(1).u8(0x21).u8(0x15).bytes(id).take());
  }

  /** Peers that the server told of, in hexadecimal. */
  get told(): string[] {
    return this.client.groupMessages.map((message) => hex(message.subarray(1)));
  }

  /** Opens a session with a peer and joins there. */
  meet(peerId: Uint8Array, server: LinkAddress): void {
    this.client.endpoint.open({
      discriminator: { fingerprint: peerId },
      addresses: [server],
      onOpen: (session) => {
        this.session = session;
        this.#join(session, peerId);
        return { onFlow: (flow) => this.#onFlow(flow), onClose: () => this.isClosed = true };
      },
    });
  }

  /** Says something on its main flow. */
  say(...messages: Uint8Array[]): void {
    for (const message of messages) this.#main?.write(message);
  }

  /** Asks for what it wants, on the flow of the stream. */
  ask(...message: number[]): void {
    this.#requests?.write(Uint8Array.from(message));
  }

  /** Opens a flow about a stream with an announcement. */
  subscribe(announcement: Uint8Array): void {
    this.#requests = this.session?.openFlow(flowOf(0x11), { associated: this.#theirs });
    this.#requests?.write(announcement);
  }

  /** Whether the neighbor has subscribed to a stream of this member. */
  get isSubscribed(): boolean {
    return this.#subscription !== undefined;
  }

  /** Sends parts of a stream of its own. */
  send(...parts: Uint8Array[]): void {
    this.#media ??= this.session?.openFlow(flowOf(0x12), { associated: this.#subscription });
    for (const part of parts) this.#media?.write(part);
  }

  /** The media of all parts that are whole, in order. */
  get media(): GroupMedia[] {
    const found: GroupMedia[] = [];
    let open: { type: number; time: number; data: number[] } | undefined;
    let before = 0;
    for (const [id, bytes] of [...this.parts].sort(([a], [b]) => a - b)) {
      if (id !== before + 1) open = undefined;
      before = id;
      const input = new ByteReader(bytes);
      const kind = input.u8();
      input.vlu();
      if (kind === 0x30 || kind === 0x10) input.u8();
      if (kind === 0x20 || kind === 0x30) open = { type: input.u8(), time: input.u32(), data: [] };
      open?.data.push(...input.rest());
      if (!open || (kind !== 0x20 && kind !== 0x00)) continue;
      found.push({ type: open.type, time: open.time, payload: Uint8Array.from(open.data) });
      open = undefined;
    }
    return found;
  }

  #join(session: Session, peerId: Uint8Array): void {
    const { secret = SECRET, groupId = GROUP_ID } = this.#options;
    const key = hmacSha256(secret, session.nonces.far);
    this.#main = session.openFlow(flowOf(0x1c), { priority: Priority.routine });
    this.#main.write(
      new ByteWriter().u8(1).u8(0x41).u8(0).bytes(encodeText(hex(groupId))).u8(0x21).u8(1)
        .bytes(key).u8(0x23).u8(3).u8(0x21).u8(0x0f).bytes(this.#options.peerId ?? peerId).take(),
    );
    this.say(Uint8Array.of(2), Uint8Array.of(0x0e));
  }

  #onFlow(flow: RecvFlow): void {
    const kind = flow.metadata[2];
    if (kind === 0x1c) this.#theirs = flow;
    flow.accept({
      onMessage: (message) => {
        if (kind === 0x12) this.#onPart(message);
        else this.#onMessage(message, flow);
      },
    });
  }

  #onPart(message: Uint8Array): void {
    this.parts.set(new ByteReader(message, 1).vlu(), message.slice());
  }

  #onMessage(message: Uint8Array, flow: RecvFlow): void {
    const kind = message[0]!;
    this.heard.push(kind);
    if (kind === 0x23 || kind === 0x2b) this.requests.push(message.slice());
    if (kind === 0x0e) this.say(REPORT);
    else if (kind === 0x0a) this.reports.push(message.slice());
    else if (kind === 0x22) this.maps.push(message.slice());
    else if (kind === 0x21 && message.length < 36) {
      this.ended = new ByteReader(message, 1).vlu();
    } else if (kind === 0x21) {
      this.announced.push(message.slice());
      this.#subscription = flow;
      if (this.#options.wants !== undefined) this.subscribe(message.slice());
    }
  }
}

/** A report of librtmfp's, with one peer: its own host, and whom it tells of. */
const REPORT = new ByteWriter().u8(0x0a)
  .bytes(Uint8Array.of(8, 0x0d, 2, 127, 0, 0, 1, 0xd2, 0xd0))
  .bytes(Uint8Array.of(8, 0x0a, 3, 127, 0, 0, 1, 0x4b, 0x97, 0))
  .bytes(Uint8Array.of(0x22, 0x21, 0x0f)).bytes(new Uint8Array(32).fill(7))
  .bytes(Uint8Array.of(0, 15, 0x0a, 3, 127, 0, 0, 1, 0x4b, 0x97, 2, 127, 0, 0, 1, 0xd2, 0xd0, 0))
  .take();
