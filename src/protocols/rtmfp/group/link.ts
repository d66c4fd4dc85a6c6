import { equalBytes, ProtocolError } from "../../../bytes/mod.ts";
import { hmacSha256 } from "../../../crypto/mod.ts";
import type { RecvFlow } from "../flow/recv_flow.ts";
import type { SendFlow } from "../flow/send_flow.ts";
import type { Session } from "../session/session.ts";
import type { GroupSpec } from "./group_spec.ts";
import {
  groupMetadata,
  type PeerJoin,
  readStream,
  readStreamEnd,
  type ReportedPeer,
  type StreamKey,
  writePeerJoin,
  writeReport,
} from "./messages.ts";
import { GroupFlowKind, GroupMessage, MAX_STREAM_FLOWS } from "./params.ts";
import type { Receiver } from "./receiver.ts";
import type { Source } from "./source.ts";
import type { GroupStream } from "./stream.ts";
import { Subscriber } from "./subscriber.ts";

/** Our membership in one group, as its links see it. */
export interface Membership {
  readonly spec: GroupSpec;
  /** Hexadecimal. */
  readonly id: string;
  /** What we publish, by key in hexadecimal. */
  readonly streams: ReadonlyMap<string, GroupStream>;
  /** What plays a stream of that name. */
  receiver(name: string): Receiver | undefined;
  /** Members that a peer is told of. */
  peersFor(link: GroupLink): ReportedPeer[];
}

/** A stream of the peer's that we play, or would play after the one that runs. */
interface Offer {
  readonly stream: StreamKey;
  receiver?: Receiver | undefined;
  source?: Source | undefined;
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
  /** By the peer's flow. */
  readonly #offers = new Map<RecvFlow, Offer>();
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
          const offer = this.#offers.get(flow);
          if (offer !== undefined) this.#onOffered(offer, message);
          else if (subscriber !== undefined) subscriber.onRequest(message);
          else if (message[0] === GroupMessage.stream) subscriber = this.#begin(flow, message);
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
          flow.refuse();
        }
      },
      onEnd: () => {
        this.#flows--;
        if (subscriber?.owns(flow)) this.#drop(subscriber);
        this.#withdraw(flow);
      },
    });
  }

  /** A flow of parts, which answers a subscription of ours; false when it is not this link's. */
  onMediaFlow(flow: RecvFlow): boolean {
    for (const { source, receiver } of this.#offers.values()) {
      if (receiver === undefined || source?.answers(flow) !== true) continue;
      flow.accept({
        onMessage: (message) => {
          try {
            receiver.onPart(message);
          } catch (error) {
            if (!(error instanceof ProtocolError)) throw error;
            flow.refuse();
          }
        },
      });
      return true;
    }
    return false;
  }

  /** Offers a receiver what it did not take while it was not there, or had another stream. */
  offer(receiver: Receiver): void {
    for (const offer of this.#offers.values()) this.#offer(offer, receiver);
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
    for (const flow of [...this.#offers.keys()]) this.#withdraw(flow);
    this.#out.close();
  }

  /** The peer subscribes to a stream of ours, or offers one. */
  #begin(flow: RecvFlow, message: Uint8Array): Subscriber | undefined {
    const stream = readStream(message);
    if (stream === undefined) return undefined;
    for (const own of this.membership.streams.values()) {
      if (!equalBytes(own.key, stream.key)) continue;
      this.announce(own);
      const subscriber = this.#subscribers.get(own);
      if (subscriber?.subscribe(flow) === true) return subscriber;
    }
    if (this.#isOffered(stream)) {
      flow.refuse();
      return undefined;
    }
    const offer = { stream };
    this.#offers.set(flow, offer);
    const receiver = this.membership.receiver(stream.name);
    if (receiver !== undefined) this.#offer(offer, receiver);
    return undefined;
  }

  #isOffered({ key }: StreamKey): boolean {
    return [...this.#offers.values()].some(({ stream }) => equalBytes(stream.key, key));
  }

  #offer(offer: Offer, receiver: Receiver): void {
    const source = receiver.offer(this.session, offer.stream, this.#main);
    if (source !== undefined) Object.assign(offer, { source, receiver });
  }

  #onOffered({ source, receiver }: Offer, message: Uint8Array): void {
    if (message[0] === GroupMessage.map) source?.onMap(message);
    else if (message[0] === GroupMessage.stream && readStream(message) === undefined) {
      receiver?.onLast(readStreamEnd(message));
    }
  }

  #withdraw(flow: RecvFlow): void {
    const offer = this.#offers.get(flow);
    this.#offers.delete(flow);
    if (offer?.source !== undefined) offer.receiver?.remove(offer.source);
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
