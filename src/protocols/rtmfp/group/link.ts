import { equalBytes, ProtocolError } from "../../../bytes/mod.ts";
import { hmacSha256 } from "../../../crypto/mod.ts";
import type { RecvFlow } from "../flow/recv_flow.ts";
import { Priority, type SendFlow } from "../flow/send_flow.ts";
import type { Session } from "../session/session.ts";
import type { GroupSpec } from "./group_spec.ts";
import {
  groupMetadata,
  type PeerJoin,
  readPull,
  readStream,
  type ReportedPeer,
  writePeerJoin,
  writeReport,
  writeStream,
} from "./messages.ts";
import { GroupFlowKind, GroupMessage, MAX_STREAM_FLOWS, MAX_WAITING } from "./params.ts";
import type { Part } from "./parts.ts";
import type { GroupStream } from "./stream.ts";

/** Our membership in one group, as its links see it. */
export interface Membership {
  readonly spec: GroupSpec;
  /** Hexadecimal. */
  readonly id: string;
  /** What we publish, by key in hexadecimal. */
  readonly streams: ReadonlyMap<string, GroupStream>;
  /** Members that a peer is told of. */
  peersFor(link: GroupLink): ReportedPeer[];
}

/** A peer that gets a stream of ours. */
export class Subscriber {
  readonly stream: GroupStream;
  readonly #session: Session;
  /** Announcement and maps. */
  readonly #report: SendFlow;
  /** The peer's requests, once it has subscribed. */
  #requests: RecvFlow | undefined;
  #media: SendFlow | undefined;
  /** Remainders that are pushed, as bits. */
  #pushed = 0;
  #told = 0;

  constructor(session: Session, stream: GroupStream, main: RecvFlow, onRefused: () => void) {
    this.#session = session;
    this.stream = stream;
    this.#report = session.openFlow(groupMetadata(GroupFlowKind.stream), { associated: main });
    this.#report.onException = onRefused;
    this.#report.write(writeStream(stream));
  }

  /** Whether requests may come by that flow: it is the first one. */
  subscribe(requests: RecvFlow): boolean {
    if (this.#requests !== undefined) return false;
    this.#requests = requests;
    return true;
  }

  owns(flow: RecvFlow): boolean {
    return this.#requests === flow;
  }

  tell(map: Uint8Array, last: number): void {
    if (last === this.#told || this.#report.queued > MAX_WAITING) return;
    this.#told = last;
    this.#report.write(map);
  }

  /** Sends a part if the peer wants it pushed. */
  push(part: Part): boolean {
    return (this.#pushed >> part.id % 8 & 1) === 1 && this.#send(part.bytes);
  }

  /** `push` and `pull` of the peer. */
  onRequest(message: Uint8Array): void {
    if (message[0] === GroupMessage.push) this.#pushed = message[1] ?? 0;
    else if (message[0] === GroupMessage.pull) {
      const part = this.stream.part(readPull(message));
      if (part !== undefined) this.#send(part);
    }
  }

  end(message: Uint8Array): void {
    this.#report.write(message);
    this.close();
  }

  close(): void {
    this.#report.onException = undefined;
    this.#report.close();
    this.#media?.close();
    this.#requests?.refuse();
  }

  #send(part: Uint8Array): boolean {
    if (this.#requests === undefined) return false;
    this.#media ??= this.#session.openFlow(groupMetadata(GroupFlowKind.media), {
      priority: Priority.priority,
      associated: this.#requests,
    });
    if (!this.#media.isOpen || this.#media.queued > MAX_WAITING) return false;
    this.#media.write(part);
    return true;
  }
}

/** One group that a peer and we are members of. */
export class GroupLink {
  readonly session: Session;
  readonly membership: Membership;
  /** When the peer last reported, on the clock. */
  heardAt: number;
  readonly #main: RecvFlow;
  readonly #out: SendFlow;
  readonly #subscribers = new Map<GroupStream, Subscriber>();
  #flows = 0;
  #hasReported = false;
  /** Our report is the first one of a pair. */
  #isAsking = false;
  #isIntroduced = false;

  /** Answers a peer's join, which {@link isMember} has found right. */
  constructor(session: Session, membership: Membership, main: RecvFlow) {
    this.session = session;
    this.membership = membership;
    this.heardAt = session.clock.now();
    this.#main = main;
    this.#out = session.openFlow(groupMetadata(GroupFlowKind.main));
    const { spec, id } = membership;
    const key = hmacSha256(spec.secret, session.nonces.far);
    this.#out.write(writePeerJoin({ groupId: id, key, peerId: session.peerId }));
    this.#out.write(Uint8Array.of(GroupMessage.start));
    this.#out.write(Uint8Array.of(GroupMessage.begin));
  }

  /** Whether the peer knows the group's specification, and means us. */
  static isMember(
    session: Session,
    { spec }: Membership,
    join: PeerJoin,
    own: Uint8Array,
  ): boolean {
    return equalBytes(join.peerId, own) &&
      equalBytes(join.key, hmacSha256(spec.secret, session.nonces.near));
  }

  /** Whether a flow of the peer answers this link's. */
  answers(flow: RecvFlow): boolean {
    return flow.associated === this.#out;
  }

  /** A message on the peer's main flow; true when the peer leaves. */
  onMain(message: Uint8Array): boolean {
    switch (message[0]) {
      case GroupMessage.begin:
      case GroupMessage.beginNearest:
        if (!this.#hasReported) this.report();
        break;
      case GroupMessage.report:
        this.heardAt = this.session.clock.now();
        if (this.#isAsking) this.#isAsking = false;
        else this.#writeReport();
        this.#isIntroduced = true;
        for (const stream of this.membership.streams.values()) this.announce(stream);
        break;
      case GroupMessage.leave:
        return true;
    }
    return false;
  }

  /** A flow of the peer that is about one stream. */
  onStreamFlow(flow: RecvFlow): void {
    if (++this.#flows > MAX_STREAM_FLOWS) return flow.refuse();
    let subscriber: Subscriber | undefined;
    flow.accept({
      onMessage: (message) => {
        try {
          if (message[0] === GroupMessage.stream) subscriber ??= this.#subscribe(flow, message);
          else subscriber?.onRequest(message);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          flow.refuse();
        }
      },
      onEnd: () => {
        this.#flows--;
        if (subscriber?.owns(flow)) this.#drop(subscriber);
      },
    });
  }

  /** Tells the peer of a stream, once it has reported. */
  announce(stream: GroupStream): void {
    if (!this.#isIntroduced || this.#subscribers.has(stream)) return;
    const subscriber: Subscriber = new Subscriber(
      this.session,
      stream,
      this.#main,
      () => this.#drop(subscriber),
    );
    this.#subscribers.set(stream, subscriber);
    stream.addSubscriber(subscriber);
  }

  /** Asks the peer for its report by ours. */
  report(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#writeReport();
  }

  /** The stream is over, for all. */
  forget(stream: GroupStream): void {
    this.#subscribers.delete(stream);
  }

  close(): void {
    for (const subscriber of [...this.#subscribers.values()]) this.#drop(subscriber);
    this.#out.close();
  }

  #subscribe(flow: RecvFlow, message: Uint8Array): Subscriber | undefined {
    const wanted = readStream(message);
    if (wanted === undefined) return undefined;
    for (const stream of this.membership.streams.values()) {
      if (!equalBytes(stream.key, wanted.key)) continue;
      this.announce(stream);
      const subscriber = this.#subscribers.get(stream);
      if (subscriber?.subscribe(flow) === true) return subscriber;
    }
    // Of another publisher, or a second time.
    flow.refuse();
    return undefined;
  }

  #drop(subscriber: Subscriber): void {
    subscriber.stream.removeSubscriber(subscriber);
    this.#subscribers.delete(subscriber.stream);
    subscriber.close();
  }

  #writeReport(): void {
    this.#hasReported = true;
    this.#out.write(writeReport(this.session.address, this.membership.peersFor(this)));
  }
}
