import { type Clock, TokenBucket } from "../../../base/mod.ts";
import type { ByteWriter } from "../../../bytes/mod.ts";
import { RecvFlow, type RecvFlowOwner } from "../flow/recv_flow.ts";
import type { SendFlow } from "../flow/send_flow.ts";
import {
  ACK_AFTER_PACKETS,
  ACK_GATHER,
  DELAYED_ACK,
  FLOWS_PER_SECOND,
  MAX_FLOWS,
  MAX_METADATA,
  MAX_SESSION_BUFFER,
  RECEIVE_COMPLETE_LINGER,
} from "../params.ts";
import type { UserData } from "../wire/user_data.ts";
import { Alarm } from "./alarm.ts";

/** What the session does for its receiving half. */
export interface IncomingOwner {
  readonly clock: Clock;
  /** Acknowledgements are due. */
  flushSoon(): void;
  sendFlow(id: number): SendFlow | undefined;
  /** Offers a new flow: whoever wants it accepts it before returning. */
  onFlow(flow: RecvFlow): void;
}

interface Lingering {
  readonly flow: RecvFlow;
  readonly until: number;
}

/** All flows that a session receives, and when they are acknowledged (RFC 7016 §3.6.3.4). */
export class Incoming implements RecvFlowOwner {
  readonly #owner: IncomingOwner;
  readonly #flows = new Map<number, RecvFlow>();
  readonly #lingering: Lingering[] = [];
  readonly #pending = new Set<RecvFlow>();
  readonly #openings: TokenBucket;
  readonly #delayed: Alarm;
  readonly #gathering: Alarm;
  #due = false;
  #dataPackets = 0;
  #sawData = false;
  #held = 0;

  constructor(owner: IncomingOwner) {
    this.#owner = owner;
    this.#openings = new TokenBucket(FLOWS_PER_SECOND, owner.clock.now(), MAX_FLOWS);
    const acknowledge = () => {
      this.#due = this.#pending.size > 0;
      owner.flushSoon();
    };
    this.#delayed = new Alarm(owner.clock, acknowledge);
    this.#gathering = new Alarm(owner.clock, acknowledge);
  }

  get flowCount(): number {
    return this.#flows.size - this.#lingering.length;
  }

  /** True when acknowledgements must leave with the next packet. */
  get due(): boolean {
    return this.#due;
  }

  onData(data: UserData): void {
    this.#sawData = true;
    const flow = this.#flows.get(data.flow) ?? this.#open(data);
    if (!flow) return;
    if (data.unacceptable) flow.refuse();
    flow.onData(data);
  }

  onProbe(flowId: number): void {
    const flow = this.#flows.get(flowId);
    if (flow) this.acknowledge(flow, true);
  }

  /** After the last chunk of a packet. */
  endPacket(): void {
    if (!this.#sawData) return;
    this.#sawData = false;
    if (++this.#dataPackets >= ACK_AFTER_PACKETS) this.#gather();
  }

  /** Writes pending acknowledgements up to offset `end` of the packet. */
  writeAcknowledgements(packet: ByteWriter, end: number): void {
    for (const flow of this.#pending) {
      if (!flow.writeAcknowledgement(packet, end - packet.length)) return;
      this.#pending.delete(flow);
    }
    this.#due = false;
    this.#dataPackets = 0;
    this.#delayed.rest();
    this.#gathering.rest();
  }

  close(): void {
    this.#delayed.cancel();
    this.#gathering.cancel();
    const flows = [...this.#flows.values()];
    this.#flows.clear();
    this.#pending.clear();
    for (const flow of flows) flow.abort();
  }

  acknowledge(flow: RecvFlow, now: boolean): void {
    this.#pending.add(flow);
    if (now) this.#gather();
    else if (this.#delayed.deadline === Infinity) {
      this.#delayed.set(this.#owner.clock.now() + DELAYED_ACK);
    }
  }

  hold(delta: number): boolean {
    this.#held += delta;
    return this.#held <= MAX_SESSION_BUFFER;
  }

  complete(flow: RecvFlow): void {
    this.#lingering.push({ flow, until: this.#owner.clock.now() + RECEIVE_COMPLETE_LINGER });
  }

  #gather(): void {
    if (this.#gathering.deadline === Infinity) {
      this.#gathering.set(this.#owner.clock.now() + ACK_GATHER);
    }
  }

  #open(data: UserData): RecvFlow | undefined {
    this.#sweep();
    if (this.flowCount >= MAX_FLOWS) return undefined;
    // What is not acknowledged comes again.
    if (!this.#openings.take(this.#owner.clock.now())) return undefined;
    const { metadata, association } = data;
    const associated = association === undefined ? undefined : this.#owner.sendFlow(association);
    const flow = new RecvFlow(this, data.flow, metadata?.slice() ?? new Uint8Array(0), associated);
    this.#flows.set(flow.id, flow);
    const acceptable = metadata && metadata.length <= MAX_METADATA && !data.unacceptable &&
      (association === undefined || associated?.isOpen);
    if (acceptable) this.#owner.onFlow(flow);
    if (!flow.isOpen) flow.refuse();
    return flow;
  }

  /** Forgets completed flows after their time, and the oldest when they are many. */
  #sweep(): void {
    const now = this.#owner.clock.now();
    let oldest = this.#lingering[0];
    while (oldest && (oldest.until <= now || this.#lingering.length > MAX_FLOWS)) {
      this.#lingering.shift();
      if (this.#flows.get(oldest.flow.id) === oldest.flow) this.#flows.delete(oldest.flow.id);
      oldest = this.#lingering[0];
    }
  }
}
