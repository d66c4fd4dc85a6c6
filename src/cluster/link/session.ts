import {
  type ByteReader,
  ByteWriter,
  decodeText,
  encodeText,
  hex,
  ProtocolError,
} from "../../bytes/mod.ts";
import { randomBytes } from "../../crypto/mod.ts";
import type { Turn } from "../../net/mod.ts";
import {
  HANDSHAKE_TIMEOUT,
  LINK_VERSION,
  MAX_FRAME,
  MAX_HANDSHAKE_FRAME,
  PING_INTERVAL,
  SILENCE_LIMIT,
} from "../params.ts";
import { FrameReader, FrameType, writeFrame } from "./frame.ts";
import {
  checkProof,
  type Hello,
  NONCE_SIZE,
  proof,
  readHello,
  type Role,
  writeHello,
} from "./hello.ts";
import { type Introduction, readIntroduction, writeIntroduction } from "./introduction.ts";

/** Bytes of a peer's reason that are read. */
const MAX_REASON = 1024;

/** Why a link ends, as far as the other side has to know. */
export const EndCode = {
  /** The server stops, or the link is not wanted any more. */
  closed: 0,
  /** The protocol was broken, or another version of it is spoken. */
  protocol: 1,
  /** There is a link between the two servers already. */
  duplicate: 2,
  /** An application does not want the server. */
  rejected: 3,
  /** Both sides are the same server. */
  self: 4,
} as const;

/** The end of a link: `code` of {@link EndCode}, and a sentence for the log. */
export interface LinkEnd {
  readonly code: number;
  readonly reason: string;
}

/** Where a session writes to. */
export interface LinkOutput {
  /** Queues bytes that are handed over. */
  send(bytes: Uint8Array): void;
  /** Sends what is queued, then closes. */
  end(): void;
  /** Closes at once. */
  abort(): void;
}

/** Events of a session. */
export interface LinkEvents {
  /**
   * The other server is who it says: a result other than undefined ends the link with that reason
   * as a duplicate. Not asked for streams.
   */
  claim(session: LinkSession): string | undefined;
  /** The initiator knows who answers, before it proves anything: as {@link claim}. */
  meet(session: LinkSession): string | undefined;
  /** Both sides have proved themselves and said who they are. */
  up(session: LinkSession, peer: Introduction): void;
  /** A frame that is not the session's own; its bytes are valid only during the call. */
  frame(session: LinkSession, type: number, body: ByteReader): void;
  /** Called once, whether the link was up or not. */
  down(session: LinkSession, end: LinkEnd): void;
}

/** One link's side of the greeting, and whom it tells. */
export interface LinkOptions {
  readonly role: Role;
  /** 16 bytes of this server. */
  readonly id: Uint8Array;
  /** Empty when servers need no proof. */
  readonly secret: Uint8Array;
  /** True for a connection that carries one stream. */
  readonly stream: boolean;
  /** Asked when the peer has proved itself. */
  readonly introduction: () => Introduction;
  readonly output: LinkOutput;
  readonly events: LinkEvents;
  readonly now: number;
  /** Bytes that cannot be foretold; fixed in tests. */
  readonly random?: (count: number) => Uint8Array;
  /** Another one in tests. */
  readonly version?: number;
}

type State = "hello" | "proof" | "introduction" | "up" | "down";

/**
 * One side of a link between two servers: bytes in, frames and bytes out. Hello, hello, then the
 * initiator's proof, the acceptor's proof and introduction, the initiator's introduction.
 */
export class LinkSession {
  readonly role: Role;
  /** True for a connection that carries one stream. */
  stream: boolean;
  readonly #options: LinkOptions;
  readonly #reader: FrameReader;
  readonly #out = new ByteWriter(256);
  #state: State = "hello";
  readonly #myHello: Uint8Array;
  #peerHello: Uint8Array = new Uint8Array(0);
  #peerId = "";
  readonly #startedAt: number;
  #lastInput: number;
  #pingedAt: number;

  constructor(options: LinkOptions) {
    const { role, id, secret, stream, now, random = randomBytes } = options;
    this.role = role;
    this.stream = stream;
    this.#options = options;
    this.#reader = new FrameReader(MAX_HANDSHAKE_FRAME, (type, body) => this.#frame(type, body));
    this.#startedAt = this.#lastInput = this.#pingedAt = now;
    const hello = new ByteWriter();
    writeHello(hello, {
      version: options.version ?? LINK_VERSION,
      id,
      nonce: random(NONCE_SIZE),
      secret: secret.length > 0,
      stream,
    });
    this.#myHello = hello.take();
    if (role === "initiator") this.#send(FrameType.hello, (out) => out.bytes(this.#myHello));
  }

  /** 32 hexadecimal characters; empty until the peer has said it. */
  get peerId(): string {
    return this.#peerId;
  }

  get isUp(): boolean {
    return this.#state === "up";
  }

  /** When the peer was heard last, on the clock of `now`. */
  get lastInput(): number {
    return this.#lastInput;
  }

  /** Returns how many of the bytes were taken: the rest is given again in the next turn. */
  receive(bytes: Uint8Array, now: number, turn?: Turn): number {
    if (this.#state === "down") return bytes.length;
    this.#lastInput = now;
    try {
      return this.#reader.readFrames(bytes, turn);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.end(EndCode.protocol, error.message);
      return bytes.length;
    }
  }

  /** Sends a frame; without effect before the link is up and after its end. */
  send(type: number, write?: (out: ByteWriter) => void): void {
    if (this.#state === "up") this.#send(type, write);
  }

  /** Tells the peer why, and ends the link. */
  end(code: number, reason: string): void {
    if (this.#state === "down") return;
    this.#send(FrameType.end, (out) => out.u8(code).bytes(encodeText(reason)));
    this.#options.output.end();
    this.#down({ code, reason });
  }

  /** The connection is gone. */
  closed(reason = "the connection was closed"): void {
    if (this.#state !== "down") this.#down({ code: EndCode.closed, reason });
  }

  /** Looks at the time: to be called about every second. */
  onDeadline(now: number): void {
    if (this.#state === "down") return;
    if (this.#state !== "up") {
      if (now - this.#startedAt >= HANDSHAKE_TIMEOUT) this.#lose("no answer to the handshake");
    } else if (now - this.#lastInput >= SILENCE_LIMIT) {
      this.#lose(`silent for ${Math.round((now - this.#lastInput) / 1000)} s`);
    } else if (now - this.#pingedAt >= PING_INTERVAL) {
      this.#pingedAt = now;
      this.#send(FrameType.ping);
    }
  }

  #frame(type: number, body: ByteReader): void {
    if (this.#state === "down") return;
    if (type === FrameType.end) return this.#ended(body);
    switch (this.#state) {
      case "hello":
        return this.#hello(type, body);
      case "proof":
        return this.#proved(type, body);
      case "introduction":
        return this.#introduced(type, body);
    }
    if (type === FrameType.ping) this.#send(FrameType.pong);
    else if (type !== FrameType.pong) this.#options.events.frame(this, type, body);
  }

  #hello(type: number, body: ByteReader): void {
    expect(type, FrameType.hello);
    const { role, id, secret, events, version = LINK_VERSION } = this.#options;
    this.#peerHello = body.bytes.slice(body.offset, body.end);
    const hello = readHello(body);
    this.#peerId = hex(hello.id);
    if (role === "acceptor") {
      this.stream = hello.stream;
      this.#send(FrameType.hello, (out) => out.bytes(this.#myHello));
    }
    if (this.#peerId === hex(id)) {
      return this.end(EndCode.self, "a server does not connect to itself");
    }
    checkHello(hello, version, secret.length > 0);
    if (role === "acceptor") this.#state = "proof";
    else {
      const refusal = this.stream ? undefined : events.meet(this);
      if (refusal !== undefined) return this.end(EndCode.duplicate, refusal);
      this.#state = "proof";
      this.#send(FrameType.proof, (out) => out.bytes(this.#proof("initiator")));
    }
  }

  #proved(type: number, body: ByteReader): void {
    expect(type, FrameType.proof);
    const { role, events } = this.#options;
    checkProof(this.#proof(role === "initiator" ? "acceptor" : "initiator"), body);
    const refusal = this.stream ? undefined : events.claim(this);
    if (refusal !== undefined) return this.end(EndCode.duplicate, refusal);
    this.#state = "introduction";
    this.#reader.limit = MAX_FRAME;
    if (role === "acceptor") {
      this.#send(FrameType.proof, (out) => out.bytes(this.#proof("acceptor")));
    }
    const introduction = this.#options.introduction();
    this.#send(FrameType.introduction, (out) => writeIntroduction(out, introduction));
  }

  #introduced(type: number, body: ByteReader): void {
    expect(type, FrameType.introduction);
    const introduction = readIntroduction(body);
    this.#state = "up";
    this.#options.events.up(this, introduction);
  }

  #proof(role: Role): Uint8Array {
    const [mine, peers] = [this.#myHello, this.#peerHello];
    return this.role === "initiator"
      ? proof(this.#options.secret, role, mine, peers)
      : proof(this.#options.secret, role, peers, mine);
  }

  #ended(body: ByteReader): void {
    const end = readEnd(body);
    this.#options.output.end();
    this.#down(end);
  }

  #lose(reason: string): void {
    this.#options.output.abort();
    this.#down({ code: EndCode.closed, reason });
  }

  #down(end: LinkEnd): void {
    this.#state = "down";
    this.#options.events.down(this, end);
  }

  #send(type: number, write?: (out: ByteWriter) => void): void {
    writeFrame(this.#out, type, write);
    this.#options.output.send(this.#out.take());
  }
}

function expect(type: number, wanted: number): void {
  if (type !== wanted) throw new ProtocolError(`frame ${type} where ${wanted} was due`);
}

function checkHello(hello: Hello, version: number, secret: boolean): void {
  if (hello.version !== version) {
    throw new ProtocolError(`the peer speaks version ${hello.version} of links, we ${version}`);
  }
  if (hello.secret !== secret) {
    throw new ProtocolError("one of the two servers has a secret, the other has none");
  }
}

/** The body of {@link FrameType.end}; the reason fits into one line of a log. @throws ProtocolError */
export function readEnd(body: ByteReader): LinkEnd {
  const code = body.u8();
  const end = Math.min(body.end, body.offset + MAX_REASON);
  return { code, reason: decodeText(body.bytes, body.offset, end).replace(/\p{Cc}/gu, " ") };
}
