import type { ByteWriter } from "../../../bytes/mod.ts";
import {
  Assembled,
  type Fragment,
  Priority,
  SendFlow,
  type SendFlowOwner,
} from "../flow/send_flow.ts";
import {
  ASSUMED_ROUND_TRIP,
  BURST_ROUND_TRIP,
  FRAGMENT_OVERHEAD,
  MAX_BURST,
  NAKS_FOR_LOSS,
  PROBE_INITIAL,
  PROBE_MAXIMUM,
  SENDER_MSS,
} from "../params.ts";
import type { Acknowledgement } from "../wire/acknowledgement.ts";
import { Alarm } from "./alarm.ts";
import { CongestionWindow } from "./congestion_window.ts";
import type { Clock } from "../../../base/mod.ts";
import type { PathLimit } from "./path_limit.ts";
import type { RoundTrip } from "./round_trip.ts";
import type { TimeCritical } from "./time_critical.ts";

const LEVELS = 4;

export interface OutgoingOptions {
  readonly clock: Clock;
  readonly roundTrip: RoundTrip;
  readonly timeCritical: TimeCritical;
  readonly path: PathLimit;
  /** Data may leave: {@link Outgoing.fill} is due at the end of this turn. */
  readonly onReady: () => void;
  /** A data packet waits for its acknowledgement: the retransmission timeout starts again. */
  readonly onDataSent: () => void;
  readonly onFlowClosed: () => void;
  /** Asks the receiver of a flow for its window. */
  readonly sendProbe: (flowId: number) => void;
}

/** What {@link Outgoing.fill} wrote. */
export interface Filled {
  readonly isTimeCritical: boolean;
  /** The packet is longer than the path takes and leaves in parts. */
  readonly isInParts: boolean;
}

interface Probe {
  readonly alarm: Alarm;
  interval: number;
}

/** All flows that a session sends: order of sending, what is in flight, loss, and congestion. */
export class Outgoing implements SendFlowOwner {
  readonly #options: OutgoingOptions;
  readonly #flows = new Map<number, SendFlow>();
  readonly #ready: SendFlow[][] = Array.from({ length: LEVELS }, () => []);
  readonly #window = new CongestionWindow();
  readonly #probes = new Map<number, Probe>();
  readonly #pace: Alarm;
  /** In flight and not overtaken, in order of transmission; acknowledged ones are skipped. */
  #inFlight: Fragment[] = [];
  #inFlightHead = 0;
  /** In flight, but a fragment sent later was acknowledged. */
  #overtaken: Fragment[] = [];
  #outstanding = 0;
  #transmission = 0;
  #highestAcknowledged = 0;
  #burst = MAX_BURST;
  #nextFlow = 1;
  #beforePacket = 0;
  #acknowledged = 0;
  #isCongested = false;

  constructor(options: OutgoingOptions) {
    this.#options = options;
    this.#pace = new Alarm(options.clock, () => this.#onPace());
  }

  /** Bytes in flight. */
  get outstanding(): number {
    return this.#outstanding;
  }

  get window(): number {
    return this.#window.size;
  }

  get flowCount(): number {
    return this.#flows.size;
  }

  /** True while data waits that may leave now. */
  get canSend(): boolean {
    return (this.#burst > 0 || this.#isShortPath) && this.#outstanding < this.#window.size &&
      this.#ready.some((level) => level.length > 0);
  }

  /** True when the data that waits fills at least one packet. */
  get fillsPacket(): boolean {
    let waiting = 0;
    const enough = this.#options.path.packet - FRAGMENT_OVERHEAD;
    for (const level of this.#ready) {
      for (const flow of level) {
        waiting += flow.queued - flow.outstanding;
        if (waiting >= enough) return true;
      }
    }
    return false;
  }

  flow(id: number): SendFlow | undefined {
    return this.#flows.get(id);
  }

  openFlow(metadata: Uint8Array, priority: Priority, association?: number): SendFlow {
    const flow = new SendFlow(this, { id: this.#nextFlow++, metadata, priority, association });
    this.#flows.set(flow.id, flow);
    return flow;
  }

  /**
   * Fills the packet, which may be empty so far, up to offset `end`; see {@link SendFlow.assemble}.
   * Undefined when no data may leave.
   */
  fill(
    packet: ByteWriter,
    end: number,
    isEmpty: boolean,
  ): Filled | undefined {
    if (!this.canSend) return undefined;
    const now = this.#options.clock.now();
    const start = packet.length;
    let isTimeCritical = false;
    this.#transmission++;
    for (let level = LEVELS - 1; level >= 0; level--) {
      const ready = this.#ready[level]!;
      for (let flow = ready[0]; flow; flow = ready[0]) {
        const before = packet.length;
        const outcome = flow.assemble(packet, end, now, isEmpty && before === start);
        if (level >= Priority.priority && packet.length > before) isTimeCritical = true;
        ready.shift();
        if (outcome === Assembled.full) {
          ready.push(flow);
          return this.#filled(packet.length - start, packet.length > end, isTimeCritical);
        }
        flow.isScheduled = false;
      }
    }
    return this.#filled(packet.length - start, packet.length > end, isTimeCritical);
  }

  /** A packet came in; its acknowledgements follow. */
  beginPacket(): void {
    this.#beforePacket = this.#outstanding;
    this.#acknowledged = -1;
    this.#isCongested = false;
  }

  onAcknowledgement(ack: Acknowledgement): void {
    this.#acknowledged = Math.max(this.#acknowledged, 0);
    this.#flows.get(ack.flow)?.onAcknowledgement(ack);
  }

  /** The peer reports that routers marked our packets. */
  noteCongestion(): void {
    this.#acknowledged = Math.max(this.#acknowledged, 0);
    this.#isCongested = true;
  }

  /**
   * After the last chunk of a packet: counts negative acknowledgements, finds losses. True when the
   * packet acknowledged something: the retransmission timeout starts again.
   */
  endPacket(): boolean {
    if (this.#acknowledged < 0) return false;
    this.#burst = Math.max(this.#burst, MAX_BURST);
    this.#pace.rest();
    const acknowledged = this.#acknowledged;
    const { losses, naks } = this.#countNaks();
    const { timeCritical } = this.#options;
    this.#window.onAcknowledgement({
      outstandingBefore: this.#beforePacket,
      outstandingAfter: this.#outstanding,
      acknowledged,
      hasLoss: losses || this.#isCongested,
      hasNak: naks,
      timeCriticalSent: timeCritical.hasSentLately,
      fastGrowAllowed: timeCritical.fastGrowAllowed,
    });
    return true;
  }

  /** The retransmission timeout passed; true when data was in flight. */
  onTimeout(): boolean {
    const any = this.#outstanding > 0;
    this.#burst = MAX_BURST;
    this.#window.onTimeout(any);
    const lost = [...this.#overtaken, ...this.#inFlight.slice(this.#inFlightHead)];
    this.#overtaken = [];
    this.#inFlight = [];
    this.#inFlightHead = 0;
    for (const fragment of lost) if (fragment.isInFlight) this.#lose(fragment);
    return any;
  }

  /** The session ends, and with it every flow. */
  close(): void {
    this.#pace.cancel();
    for (const flow of [...this.#flows.values()]) flow.abort(0);
    for (const { alarm } of this.#probes.values()) alarm.cancel();
    this.#probes.clear();
    for (const level of this.#ready) level.length = 0;
    this.#inFlight = [];
    this.#inFlightHead = 0;
    this.#overtaken = [];
  }

  now(): number {
    return this.#options.clock.now();
  }

  fragmentOf(length: number): number {
    return this.#options.path.fragmentOf(length);
  }

  schedule(flow: SendFlow): void {
    if (!flow.isScheduled) {
      flow.isScheduled = true;
      this.#ready[flow.priority]!.push(flow);
    }
    this.#options.onReady();
  }

  onSent(fragment: Fragment): void {
    fragment.transmission = this.#transmission;
    fragment.isInParts = false;
    this.#outstanding += fragment.size;
    this.#inFlight.push(fragment);
  }

  onAcknowledged(fragment: Fragment): void {
    this.#outstanding -= fragment.size;
    this.#acknowledged += fragment.size;
    this.#options.path.onOutcome(fragment, true);
    if (fragment.transmission > this.#highestAcknowledged) {
      this.#highestAcknowledged = fragment.transmission;
    }
  }

  probe(flow: SendFlow, needed: boolean): void {
    const probe = this.#probes.get(flow.id);
    if (!needed) {
      probe?.alarm.cancel();
      this.#probes.delete(flow.id);
    } else if (!probe) {
      const interval = Math.max(PROBE_INITIAL, this.#options.roundTrip.timeout);
      const alarm = new Alarm(this.#options.clock, () => this.#onProbe(flow));
      this.#probes.set(flow.id, { alarm, interval });
      alarm.set(this.now() + interval);
    }
  }

  forget(flow: SendFlow): void {
    this.probe(flow, false);
    this.#flows.delete(flow.id);
    this.#options.onFlowClosed();
  }

  get #isShortPath(): boolean {
    const { smoothed } = this.#options.roundTrip;
    return smoothed !== undefined && smoothed < BURST_ROUND_TRIP;
  }

  #filled(size: number, isTooLong: boolean, isTimeCritical: boolean): Filled | undefined {
    if (size === 0) return undefined;
    const isInParts = isTooLong && this.#options.path.sendsParts();
    // A packet that is too long holds one fragment.
    if (isInParts) this.#inFlight.at(-1)!.isInParts = true;
    if (isTimeCritical) this.#options.timeCritical.onSent();
    if (!this.#isShortPath && --this.#burst === 0) {
      this.#pace.set(this.now() + this.#paceInterval());
    }
    this.#options.onDataSent();
    return { isTimeCritical, isInParts };
  }

  /** Milliseconds between two packets at the rate that the window allows. */
  #paceInterval(): number {
    const roundTrip = this.#options.roundTrip.smoothed ?? ASSUMED_ROUND_TRIP;
    return roundTrip * SENDER_MSS / this.#window.size;
  }

  #onPace(): void {
    // Timers are whole milliseconds: on a fast path several packets are due at once.
    const due = Math.ceil(1 / Math.max(this.#paceInterval(), 1 / MAX_BURST));
    const idle = this.#ready.every((level) => level.length === 0);
    this.#burst = idle ? MAX_BURST : Math.max(1, due);
    this.#options.onReady();
  }

  #onProbe(flow: SendFlow): void {
    const probe = this.#probes.get(flow.id);
    if (!probe) return;
    this.#options.sendProbe(flow.id);
    probe.interval = Math.max(
      Math.min(probe.interval * Math.SQRT2, PROBE_MAXIMUM),
      this.#options.roundTrip.timeout,
    );
    probe.alarm.set(this.now() + probe.interval);
  }

  #countNaks(): { losses: boolean; naks: boolean } {
    const overtaken: Fragment[] = [];
    let losses = false;
    let naks = false;
    const count = (fragment: Fragment) => {
      if (!fragment.isInFlight) return;
      if (!fragment.wasSentEmpty) naks = true;
      if (++fragment.naks < NAKS_FOR_LOSS) overtaken.push(fragment);
      else {
        if (!fragment.wasSentEmpty) losses = true;
        this.#lose(fragment);
      }
    };
    for (const fragment of this.#overtaken) count(fragment);
    let next = this.#inFlight[this.#inFlightHead];
    while (next && next.transmission <= this.#highestAcknowledged) {
      this.#inFlightHead++;
      count(next);
      next = this.#inFlight[this.#inFlightHead];
    }
    this.#overtaken = overtaken;
    if (this.#inFlightHead === this.#inFlight.length) {
      this.#inFlight.length = 0;
      this.#inFlightHead = 0;
    } else if (this.#inFlightHead > 512) {
      this.#inFlight = this.#inFlight.slice(this.#inFlightHead);
      this.#inFlightHead = 0;
    }
    return { losses, naks };
  }

  #lose(fragment: Fragment): void {
    this.#outstanding -= fragment.size;
    this.#options.path.onOutcome(fragment, false);
    fragment.flow.onLoss(fragment);
  }
}
