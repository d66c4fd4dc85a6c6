import type { ByteReader } from "../../src/bytes/mod.ts";
import type { Introduction } from "../../src/cluster/link/introduction.ts";
import type { Pairing } from "../../src/cluster/link/pairing.ts";
import { type LinkEnd, LinkSession } from "../../src/cluster/link/session.ts";

export const introduction: Introduction = {
  host: "",
  ports: new Map(),
  properties: new Map(),
  applications: [],
  stream: "",
};

export interface SideOptions {
  readonly id?: number;
  readonly secret?: string;
  readonly version?: number;
  readonly stream?: boolean;
  readonly introduction?: Partial<Introduction>;
  /** What it answers to a peer that has proved itself. */
  readonly claim?: string;
  readonly pairing?: Pairing;
  readonly now?: number;
}

/** One side of a link, its bytes kept until they are carried over by hand. */
export class Side {
  readonly session: LinkSession;
  /** What it has written and nobody has read yet. */
  readonly sent: Uint8Array[] = [];
  readonly events: string[] = [];
  peer: Introduction | undefined;
  end: LinkEnd | undefined;
  isEnded = false;
  onFrame: (type: number, body: ByteReader) => void = () => {};

  constructor(role: "initiator" | "acceptor", options: SideOptions = {}) {
    const { id = role === "initiator" ? 1 : 2, secret = "", stream = false } = options;
    this.session = new LinkSession({
      role,
      id: new Uint8Array(16).fill(id),
      secret: new TextEncoder().encode(secret),
      stream,
      introduction: () => ({ ...introduction, ...options.introduction }),
      output: {
        send: (bytes) => void this.sent.push(bytes),
        end: () => void (this.isEnded = true),
        abort: () => void (this.isEnded = true),
      },
      events: {
        meet: (session) => options.pairing?.meet(session),
        claim: (session) => options.pairing?.claim(session) ?? options.claim,
        up: (_session, peer) => {
          this.peer = peer;
          this.events.push("up");
        },
        frame: (_session, type, body) => {
          this.events.push(`frame ${type}`);
          this.onFrame(type, body);
        },
        down: (session, end) => {
          options.pairing?.forget(session);
          this.end = end;
          this.events.push("down");
        },
      },
      now: options.now ?? 0,
      ...(options.version === undefined ? {} : { version: options.version }),
    });
  }

  /** Gives what it has written to the other side, in pieces of `size` bytes. */
  carryTo(other: Side, size = Infinity, now = 0): boolean {
    const bytes = this.sent.splice(0);
    for (const chunk of bytes) {
      for (let at = 0; at < chunk.length; at += size) {
        other.session.receive(chunk.slice(at, Math.min(chunk.length, at + size)), now);
      }
    }
    return bytes.length > 0;
  }
}

/** Two sides that have said all they had to say. */
export function connect(
  first: SideOptions = {},
  second: SideOptions = {},
  size = Infinity,
): [Side, Side] {
  const pair: [Side, Side] = [new Side("initiator", first), new Side("acceptor", second)];
  settle(pair, size);
  return pair;
}

/** Carries bytes both ways until there are none. */
export function settle([a, b]: [Side, Side], size = Infinity, now = 0): void {
  while (a.carryTo(b, size, now) || b.carryTo(a, size, now));
}
