import { type Clock, TokenBucket } from "../../../base/mod.ts";
import type { ByteWriter } from "../../../bytes/mod.ts";
import { defaults } from "../../../config/mod.ts";
import { RecvFlow, type RecvFlowOwner } from "../flow/recv_flow.ts";
import type { SendFlow } from "../flow/send_flow.ts";
import {
  ACK_AFTER_PACKETS,
  ACK_GATHER,
  DELAYED_ACK,
  MAX_FLOWS,
  MAX_METADATA,
  MAX_SESSION_BUFFER,
  RECEIVE_COMPLETE_LINGER,
} from "../params.ts";
import type { UserData } from "../wire/user_data.ts";
import { Alarm } from "./alarm.ts";

export interface IncomingOptions {
  readonly clock: Clock;
  /** Acknowledgements are due at the end of this turn. */
  readonly onReady: () => void;
  /** A new flow, to be accepted before this returns. */
  readonly onFlow: (flow: RecvFlow) => void;
  /** A limit has begun to refuse flows. */
  readonly onRefused?: (text: string) => void;
  /** Counts bytes that wait for the rest of their message; false when they are too many. */
  readonly onHeld?: (bytes: number) => boolean;
  /** New ones a second, after a burst of {@link MAX_FLOWS}. */
  readonly flows?: number | undefined;
  /** Finds the flow of ours that a new one is associated with. */
  readonly sendFlow: (id: number) => SendFlow | undefined;
}

interface Lingering {
  readonly flow: RecvFlow;
  readonly until: number;
}

/** All flows that a session receives, and when they are acknowledged (RFC 7016 §3.6.3.4). */
export class Incoming implements RecvFlowOwner {
  readonly #options: IncomingOptions;
  readonly #flows = new Map<number, RecvFlow>();
  readonly #lingering: Lingering[] = [];
  readonly #pending = new Set<RecvFlow>();
  readonly #openings: TokenBucket;
  readonly #delayed: Alarm;
  readonly #gathering: Alarm;
  #isDue = false;
  /** The peer has as many flows as it may, which was told. */
  #isFull = false;
  #dataPackets = 0;
  #hasData = false;
  #held = 0;

  constructor(options: IncomingOptions) {
    const { clock, onReady } = options;
    this.#options = options;
    const { flows = defaults.limits.flows } = options;
    const onRefused = () => this.#tell(`${flows} new ones a second, [limits] flows`);
    this.#openings = new TokenBucket(flows, clock.now(), MAX_FLOWS, onRefused);
    const acknowledge = () => {
      this.#isDue = this.#pending.size > 0;
      onReady();
    };
    this.#delayed = new Alarm(clock, acknowledge);
    this.#gathering = new Alarm(clock, acknowledge);
  }

  get flowCount(): number {
    return this.#flows.size - this.#lingering.length;
  }

  /** True when acknowledgements must leave with the next packet. */
  get isDue(): boolean {
    return this.#isDue;
  }

  onData(data: UserData): void {
    this.#hasData = true;
    const flow = this.#flows.get(data.flow) ?? this.#open(data);
    if (!flow) return;
    if (data.isUnacceptable) flow.refuse();
    flow.onData(data);
  }

  onProbe(flowId: number): void {
    const flow = this.#flows.get(flowId);
    if (flow) this.acknowledge(flow, true);
  }

  /** After the last chunk of a packet. */
  endPacket(): void {
    if (!this.#hasData) return;
    this.#hasData = false;
    if (++this.#dataPackets >= ACK_AFTER_PACKETS) this.#gather();
  }

  /** Writes pending acknowledgements up to offset `end` of the packet. */
  writeAcknowledgements(packet: ByteWriter, end: number): void {
    for (const flow of this.#pending) {
      if (!flow.writeAcknowledgement(packet, end - packet.length)) return;
      this.#pending.delete(flow);
    }
    this.#isDue = false;
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
      this.#delayed.set(this.#options.clock.now() + DELAYED_ACK);
    }
  }

  hold(delta: number): boolean {
    this.#held += delta;
    return this.#held <= MAX_SESSION_BUFFER && (this.#options.onHeld?.(this.#held) ?? true);
  }

  complete(flow: RecvFlow): void {
    this.#lingering.push({ flow, until: this.#options.clock.now() + RECEIVE_COMPLETE_LINGER });
  }

  #tell(limit: string): void {
    this.#options.onRefused?.(`flows refused: more than ${limit}`);
  }

  #gather(): void {
    if (this.#gathering.deadline === Infinity) {
      this.#gathering.set(this.#options.clock.now() + ACK_GATHER);
    }
  }

  #open(data: UserData): RecvFlow | undefined {
    this.#sweep();
    if (this.flowCount >= MAX_FLOWS) {
      if (!this.#isFull) this.#tell(`${MAX_FLOWS} at one time`);
      this.#isFull = true;
      return undefined;
    }
    if (this.#isFull && this.flowCount < MAX_FLOWS / 2) this.#isFull = false;
    // Without an acknowledgement the sender repeats what opens the flow.
    if (!this.#openings.take(this.#options.clock.now())) return undefined;
    const { metadata, association } = data;
    const associated = association === undefined ? undefined : this.#options.sendFlow(association);
    const flow = new RecvFlow(this, data.flow, metadata?.slice() ?? new Uint8Array(0), associated);
    this.#flows.set(flow.id, flow);
    const acceptable = metadata && metadata.length <= MAX_METADATA && !data.isUnacceptable &&
      (association === undefined || associated?.isOpen);
    if (acceptable) this.#options.onFlow(flow);
    if (!flow.isOpen) flow.refuse();
    return flow;
  }

  /** Forgets completed flows after RECEIVE_COMPLETE_LINGER, and the oldest above MAX_FLOWS. */
  #sweep(): void {
    const now = this.#options.clock.now();
    let oldest = this.#lingering[0];
    while (oldest && (oldest.until <= now || this.#lingering.length > MAX_FLOWS)) {
      this.#lingering.shift();
      if (this.#flows.get(oldest.flow.id) === oldest.flow) this.#flows.delete(oldest.flow.id);
      oldest = this.#lingering[0];
    }
  }
}
