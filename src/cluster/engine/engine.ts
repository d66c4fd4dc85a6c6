import type { Clock, Timer } from "../../base/mod.ts";
import {
  ByteReader,
  ByteWriter,
  encodeText,
  hex,
  NOTHING,
  ProtocolError,
} from "../../bytes/mod.ts";
import type { Log } from "../../logs/mod.ts";
import { formatAddress } from "../../net/mod.ts";
import { FrameType } from "../link/frame.ts";
import { ID_SIZE } from "../link/hello.ts";
import { type Introduction, readIntroduction, writeIntroduction } from "../link/introduction.ts";
import type { LinkUser } from "../link/links.ts";
import { EndCode, readEnd } from "../link/session.ts";
import {
  HEARTBEAT_INTERVAL,
  LINK_VERSION,
  MAX_MEMBERS,
  MEMBER_SILENCE,
  RETRY_INTERVAL,
} from "../params.ts";
import { LINK_PORT, Server, type Transport } from "../server.ts";
import { Assembly, PART_HEADER, splitMessage } from "./parts.ts";

/** A broker that carries messages between all members of a cluster. */
export interface Bus {
  /** The address that the broker sees us at; empty when it does not tell. */
  readonly address: string;
  /** Longest message that it takes, in bytes. */
  readonly limit: number;
  /** Sends to one member by its id, or to all but the sender. False when the broker is not there. */
  publish(to: string | "all", bytes: Uint8Array): boolean;
}

/** Who this server is on the broker, and what asks for and takes its members. */
export interface EngineOptions {
  /** 16 bytes of this server. */
  readonly id: Uint8Array;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly log: Log;
  readonly introduction: () => Introduction;
  /** Another one in tests. */
  readonly version?: number;
  /** True when the server of that id is connected by a link. */
  readonly isLinked: (id: string) => boolean;
  /** A member is there. Returns what takes its frames and its end. */
  readonly join: (server: Server, applications: readonly string[]) => LinkUser;
  /** A member is there for the first time, or may have missed something: it is told all. */
  readonly refresh: (server: Server) => void;
}

interface Member {
  readonly server: Server;
  user: LinkUser | undefined;
  readonly assembly: Assembly;
  lastInput: number;
}

/** Bytes before the body of a message: the sender's id, and the type. */
const HEADER = ID_SIZE + 1;

/** The smallest limit of a broker's messages that will do, in bytes: a hello is not split. */
const MIN_LIMIT = 1_024;

/**
 * Makes every server at one broker a member: hellos and heartbeats tell who is there, frames are
 * those of links. A message is 16 bytes of the sender's id, 8 bits of type, the body; one that is longer than
 * the broker takes goes in parts.
 */
export class Engine {
  readonly #options: EngineOptions;
  readonly #name: string;
  readonly #startedAt: number;
  readonly #members = new Map<string, Member>();
  /** Servers that do not want us, or we them: until when they are left alone. */
  readonly #shunned = new Map<string, number>();
  /** Servers of another version, which were logged. */
  readonly #strangers = new Set<string>();
  /** How many messages went in parts. */
  #split = 0;
  /** Calls that were made while the broker was away. */
  /** Calls that were lost while the broker was away, since the start. */
  lostCalls = 0;
  /** Of them, those that the log was not told of. */
  #lost = 0;
  #timer: Timer | undefined;
  #isClosed = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#name = hex(options.id);
    this.#startedAt = options.clock.epoch();
  }

  has(id: string): boolean {
    return this.#members.has(id);
  }

  /** The broker is there, for the first time or again. */
  up(): void {
    const { bus: { limit }, log } = this.#options;
    if (limit < MIN_LIMIT) {
      log.error(
        `the broker takes no more than ${limit} bytes: set its max_payload to ${MIN_LIMIT} or more`,
      );
    }
    if (this.#lost > 0) log.warn(`${this.#lost} calls were lost while the broker was away`);
    this.#lost = 0;
    this.#hello("all", true);
    for (const { server } of this.#members.values()) this.#options.refresh(server);
    this.#timer ??= this.#options.clock.every(HEARTBEAT_INTERVAL, () => this.#beat());
  }

  /** Tells the others, and forgets them. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#send("all", FrameType.end, endBody(EndCode.closed, "the server stops"));
    for (const id of [...this.#members.keys()]) this.#remove(id, "the server stops");
  }

  /** Sends one frame to all members at once. */
  broadcast(type: number, body: Uint8Array): void {
    this.#send("all", type, body);
  }

  /** A message of another member; one that is malformed ends the membership of its sender. */
  receive(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    let id = "";
    try {
      const body = new ByteReader(bytes);
      id = hex(body.view(ID_SIZE));
      if (id !== this.#name && !this.#isShunned(id)) this.#frame(id, body.u8(), body);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#options.log.warn(`a member's message is malformed: ${error.message}`);
      if (this.#members.has(id)) this.#end(id, EndCode.protocol, error.message);
    }
  }

  #frame(id: string, type: number, body: ByteReader): void {
    if (type === FrameType.hello) return this.#helloed(id, body);
    const member = this.#members.get(id);
    if (member === undefined) {
      if (type === FrameType.ping && !this.#options.isLinked(id)) this.#hello(id, true);
      return;
    }
    member.lastInput = this.#options.clock.now();
    if (type === FrameType.end) {
      const { code, reason } = readEnd(body);
      if (code !== EndCode.closed) this.#shun(id);
      this.#remove(id, reason);
    } else if (type === FrameType.part) {
      const message = member.assembly.add(body);
      if (message === undefined) return;
      const whole = new ByteReader(message);
      member.user?.frame(whole.u8(), whole);
    } else if (type !== FrameType.ping) member.user?.frame(type, body);
  }

  #helloed(id: string, body: ByteReader): void {
    const { clock, isLinked, join, refresh, version: ours = LINK_VERSION } = this.#options;
    const version = body.u8();
    if (version !== ours) return this.#meetStranger(id, version, ours);
    const wantsAnswer = body.u8() === 1;
    const startedAt = body.f64();
    const introduction = readIntroduction(body);
    if (isLinked(id)) return;
    if (wantsAnswer) this.#hello(id, false);
    const known = this.#members.get(id);
    if (known !== undefined && wantsAnswer) refresh(known.server);
    if (known !== undefined || this.#members.size >= MAX_MEMBERS) return;
    // The one that came later connected to the one that was there.
    const isTarget = startedAt < this.#startedAt ||
      (startedAt === this.#startedAt && id < this.#name);
    const { host, ports } = introduction;
    const address = formatAddress(host, ports.get(LINK_PORT) ?? 0);
    const transport: Transport = {
      send: (type, write) => {
        const out = new ByteWriter(256);
        write(out);
        this.#send(id, type, out.view());
      },
      end: (code, reason) => this.#end(id, code, reason),
      broadcaster: this,
    };
    const server = new Server({
      id,
      address,
      remote: address,
      isTarget,
      introduction,
      transport,
    });
    const member: Member = {
      server,
      user: undefined,
      assembly: new Assembly(),
      lastInput: clock.now(),
    };
    this.#members.set(id, member);
    member.user = join(server, introduction.applications);
    // It was rejected while it joined.
    if (this.#members.get(id) !== member) {
      member.user.down({ code: EndCode.rejected, reason: "rejected" });
    } else refresh(server);
  }

  /** A server of another version is logged once, and told once which one we have. */
  #meetStranger(id: string, version: number, ours: number): void {
    if (!this.#strangers.has(id) && this.#strangers.size < MAX_MEMBERS) {
      this.#strangers.add(id);
      this.#options.log.warn(
        `a member speaks version ${version} of links, we ${ours}: it is left out`,
      );
      this.#hello(id, false);
    }
    this.#shun(id, 10 * RETRY_INTERVAL);
  }

  #hello(to: string, wantsAnswer: boolean): void {
    const { bus, introduction, version = LINK_VERSION } = this.#options;
    const mine = introduction();
    const out = new ByteWriter(256);
    out.u8(version).u8(wantsAnswer ? 1 : 0).f64(this.#startedAt);
    writeIntroduction(out, { ...mine, host: mine.host || bus.address });
    this.#send(to, FrameType.hello, out.view());
  }

  #beat(): void {
    const { clock } = this.#options;
    this.#send("all", FrameType.ping, NOTHING);
    const now = clock.now();
    for (const [id, { lastInput }] of [...this.#members]) {
      if (now - lastInput >= MEMBER_SILENCE) {
        this.#remove(id, `silent for ${Math.round((now - lastInput) / 1000)} s`);
      }
    }
    for (const [id, until] of this.#shunned) if (until <= now) this.#shunned.delete(id);
  }

  #end(id: string, code: number, reason: string): void {
    if (!this.#members.has(id)) return;
    this.#send(id, FrameType.end, endBody(code, reason));
    this.#shun(id);
    this.#remove(id, reason);
  }

  #remove(id: string, reason: string): void {
    const member = this.#members.get(id);
    if (!this.#members.delete(id)) return;
    member?.user?.down({ code: EndCode.closed, reason });
  }

  #shun(id: string, time = RETRY_INTERVAL): void {
    if (this.#shunned.size < MAX_MEMBERS) this.#shunned.set(id, this.#options.clock.now() + time);
  }

  #isShunned(id: string): boolean {
    return (this.#shunned.get(id) ?? -Infinity) > this.#options.clock.now();
  }

  #send(to: string, type: number, body: Uint8Array): void {
    const { limit } = this.#options.bus;
    // Those who do not know us keep no parts.
    const isWhole = HEADER + body.length <= limit || type === FrameType.hello;
    if (isWhole) this.#publish(to, type, body);
    else this.#sendParts(to, type, body, Math.max(MIN_LIMIT, limit) - HEADER - PART_HEADER);
  }

  #sendParts(to: string, type: number, body: Uint8Array, size: number): void {
    this.#split = (this.#split + 1) >>> 0;
    for (const part of splitMessage(this.#split, type, body, size)) {
      this.#publish(to, FrameType.part, part);
    }
  }

  #publish(to: string, type: number, body: Uint8Array): void {
    const message = new Uint8Array(HEADER + body.length);
    message.set(this.#options.id);
    message[ID_SIZE] = type;
    message.set(body, HEADER);
    const isSent = this.#options.bus.publish(to, message);
    if (isSent || type !== FrameType.call) return;
    this.#lost++;
    this.lostCalls++;
  }
}

function endBody(code: number, reason: string): Uint8Array {
  return new ByteWriter().u8(code).bytes(encodeText(reason)).take();
}
