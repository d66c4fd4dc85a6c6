import { type ByteWriter, vluLength } from "../../../bytes/mod.ts";
import { INITIAL_RECEIVE_BUFFER } from "../params.ts";
import type { Acknowledgement } from "../wire/acknowledgement.ts";
import { Chunk, CHUNK_HEADER } from "../wire/chunk.ts";
import { DataFlag, flowOptions, Part } from "../wire/user_data.ts";

/** Higher priorities are sent first; from `priority` on data is time critical (RFC 7016 §3.5.2.1). */
export const Priority = {
  background: 0,
  routine: 1,
  priority: 2,
  immediate: 3,
} as const;
export type Priority = (typeof Priority)[keyof typeof Priority];

/** Limits on the delivery of a message; without them it is repeated until it arrives. */
export interface WriteOptions {
  /** False: when a fragment is lost, its message is given up instead of repeated. */
  readonly reliable?: boolean;
  /** Milliseconds within which sending must begin, or the message is given up. */
  readonly startWithin?: number;
  /** Milliseconds within which all of it must be acknowledged; the rest is given up then. */
  readonly finishWithin?: number;
}

interface Message {
  readonly reliable: boolean;
  readonly startBy: number;
  readonly finishBy: number;
  hasStarted: boolean;
  isAbandoned: boolean;
}

/** A part of a message with its sequence number, kept until it is acknowledged or given up. */
export interface Fragment {
  readonly flow: SendFlow;
  readonly sequence: number;
  readonly part: Part;
  readonly data: Uint8Array;
  readonly message: Message;
  isAcknowledged: boolean;
  isInFlight: boolean;
  wasSent: boolean;
  /** Sent last without data, as a part of a message that was given up. */
  wasSentEmpty: boolean;
  naks: number;
  /** Order of transmission over all flows of the session. */
  transmission: number;
  /** Bytes of its chunk. */
  size: number;
  /** Its packet was too long for the path and left in parts. */
  isInParts: boolean;
}

export interface SendFlowOptions {
  readonly id: number;
  readonly metadata: Uint8Array;
  readonly priority: Priority;
  /** Id of the peer's flow that this one is associated with. */
  readonly association: number | undefined;
}

/** What the session does for a flow that sends. */
export interface SendFlowOwner {
  now(): number;
  /** Bytes that a fragment of a message of `length` may have. */
  fragmentOf(length: number): number;
  /** The flow may have something to send. */
  schedule(flow: SendFlow): void;
  onSent(fragment: Fragment): void;
  onAcknowledged(fragment: Fragment): void;
  /** Starts or stops the probes of a receiver whose window is 0. */
  probe(flow: SendFlow, needed: boolean): void;
  /** The flow is closed and all of it acknowledged, or refused. */
  forget(flow: SendFlow): void;
}

/** Result of {@link SendFlow.assemble}: `full` when more data waits than the packet takes. */
export const Assembled = {
  nothing: 0,
  done: 1,
  full: 2,
} as const;
export type Assembled = (typeof Assembled)[keyof typeof Assembled];

const COMPACT_AFTER = 512;
const NOTHING = new Uint8Array(0);

/** The sending end of a flow (RFC 7016 §3.6.2). */
export class SendFlow {
  readonly id: number;
  readonly priority: Priority;
  readonly metadata: Uint8Array;
  /** The receiver refused the flow, or the session ended: nothing more is sent. */
  onException: ((code: number) => void) | undefined;
  /** Set while the flow is in the session's list of flows to send. */
  isScheduled = false;
  readonly #owner: SendFlowOwner;
  /** Sent with every packet until the first acknowledgement comes. */
  #options: Uint8Array;
  /** Fragments from `#head` on; the first has sequence number `#base`. */
  #queue: Fragment[] = [];
  #head = 0;
  #base = 1;
  #next = 1;
  /** Sequence number where the search for a fragment to send begins. */
  #cursor = 1;
  #outstanding = 0;
  #queued = 0;
  #window = INITIAL_RECEIVE_BUFFER;
  #final: number | undefined;
  #isClosed = false;
  #lost = 0;
  #below = 0;
  #then: (() => void) | undefined;

  constructor(owner: SendFlowOwner, { id, metadata, priority, association }: SendFlowOptions) {
    this.#owner = owner;
    this.id = id;
    this.priority = priority;
    this.metadata = metadata;
    this.#options = flowOptions(metadata, association);
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** Bytes written and neither acknowledged nor given up. */
  get queued(): number {
    return this.#queued;
  }

  /** Bytes in packets that wait for their acknowledgement. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** Messages of which a part was given up. */
  get lost(): number {
    return this.#lost;
  }

  /** Calls `then` once, at the first acknowledgement that leaves fewer than `bytes` queued. */
  whenBelow(bytes: number, then: () => void): void {
    this.#below = bytes;
    this.#then = then;
  }

  /** Splits a message of any length into fragments. The bytes must not change afterwards. */
  write(data: Uint8Array, options: WriteOptions = {}): void {
    if (!this.#isClosed) this.#append(data, options);
  }

  /** Ends the flow once all that was written has arrived or was given up. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#next === 1) return this.#owner.forget(this);
    const last = this.#queue.at(-1);
    if (!last || this.#head === this.#queue.length || last.wasSent) {
      this.#append(NOTHING, { startWithin: -1 });
    }
    this.#final = this.#next - 1;
    this.#owner.schedule(this);
  }

  /** The receiver refuses the flow: what was written is given up, and the flow ends (§2.3.16). */
  refused(code: number): void {
    const onException = this.onException;
    this.onException = undefined;
    this.#then = undefined;
    for (let at = this.#head; at < this.#queue.length; at++) {
      const fragment = this.#queue[at]!;
      if (!fragment.isAcknowledged) this.#abandon(fragment.message);
    }
    this.close();
    onException?.(code);
  }

  /** The session ended. */
  abort(code: number): void {
    const onException = this.onException;
    this.onException = undefined;
    this.#then = undefined;
    this.#isClosed = true;
    for (let at = this.#head; at < this.#queue.length; at++) {
      const fragment = this.#queue[at]!;
      if (fragment.isInFlight) this.#land(fragment);
      fragment.isAcknowledged = true;
    }
    this.#queue = [];
    this.#head = 0;
    this.#base = this.#next;
    this.#queued = 0;
    this.#owner.forget(this);
    onException?.(code);
  }

  /**
   * Writes fragments that may be sent into the packet, up to offset `end`. When it `isEmpty` the
   * first fragment may reach further: it was cut when packets were longer, and leaves alone.
   */
  assemble(output: ByteWriter, end: number, now: number, isEmpty: boolean): Assembled {
    this.#trim(now);
    const forward = this.#forward();
    let previous = 0;
    for (let sequence = Math.max(this.#cursor, this.#base); sequence < this.#next; sequence++) {
      const fragment = this.#queue[this.#head + sequence - this.#base]!;
      if (fragment.isInFlight || fragment.isAcknowledged) continue;
      if (this.#outstanding >= this.#window) break;
      this.#expire(fragment.message, now);
      const follows = previous > 0 && sequence === previous + 1;
      const limit = isEmpty && previous === 0 ? Infinity : end;
      const size = this.#write(output, limit, fragment, follows, forward);
      if (size === 0) {
        this.#cursor = sequence;
        return Assembled.full;
      }
      previous = sequence;
      this.#cursor = sequence + 1;
      this.#outstanding += size;
      fragment.size = size;
      this.#owner.onSent(fragment);
    }
    return previous > 0 ? Assembled.done : Assembled.nothing;
  }

  onAcknowledgement(ack: Acknowledgement): void {
    if (this.#options.length > 0) this.#options = NOTHING;
    this.#window = ack.window;
    this.#acknowledge(this.#base, ack.cumulative);
    for (const { from, to } of ack.ranges) this.#acknowledge(from, to);
    this.#dropAcknowledged();
    if (this.#final !== undefined && this.#base > this.#final) {
      this.#owner.probe(this, false);
      return this.#owner.forget(this);
    }
    this.#owner.probe(this, ack.window === 0);
    if (this.#head < this.#queue.length) this.#owner.schedule(this);
    const then = this.#then;
    if (!then || this.#queued >= this.#below) return;
    this.#then = undefined;
    then();
  }

  /** A fragment counts as lost: it is sent again, or given up. */
  onLoss(fragment: Fragment): void {
    if (fragment.isAcknowledged) return;
    fragment.isInFlight = false;
    this.#outstanding -= fragment.size;
    if (!fragment.message.reliable && !fragment.wasSentEmpty) this.#abandon(fragment.message);
    this.#cursor = Math.min(this.#cursor, fragment.sequence);
    this.#owner.schedule(this);
  }

  #append(data: Uint8Array, options: WriteOptions): void {
    const now = this.#owner.now();
    const message: Message = {
      reliable: options.reliable ?? true,
      startBy: now + (options.startWithin ?? Infinity),
      finishBy: now + (options.finishWithin ?? Infinity),
      hasStarted: false,
      isAbandoned: (options.startWithin ?? 0) < 0,
    };
    const { length } = this.#options;
    const most = this.#owner.fragmentOf(data.length + length) - length;
    // The short fragment comes first: it shares a packet with data of flows sent before.
    let end = data.length % most || Math.min(most, data.length);
    let at = 0;
    do {
      const first = at === 0;
      const last = end === data.length;
      this.#queue.push({
        flow: this,
        sequence: this.#next++,
        part: first ? (last ? Part.whole : Part.begin) : last ? Part.end : Part.middle,
        data: data.subarray(at, end),
        message,
        isAcknowledged: false,
        isInFlight: false,
        wasSent: false,
        wasSentEmpty: false,
        naks: 0,
        transmission: 0,
        size: 0,
        isInParts: false,
      });
      at = end;
      end += most;
    } while (at < data.length);
    this.#queued += data.length;
    this.#owner.schedule(this);
  }

  /** Writes one chunk and returns its size; 0 when it does not fit. */
  #write(
    output: ByteWriter,
    end: number,
    fragment: Fragment,
    follows: boolean,
    forward: number,
  ): number {
    const isAbandoned = fragment.message.isAbandoned;
    const data = isAbandoned ? NOTHING : fragment.data;
    const options = follows ? NOTHING : this.#options;
    const offset = fragment.sequence - forward;
    let size = CHUNK_HEADER + 1 + options.length + data.length;
    if (!follows) size += vluLength(this.id) + vluLength(fragment.sequence) + vluLength(offset);
    if (output.length + size > end) return 0;
    let flags = fragment.part as number;
    if (options.length > 0) flags |= DataFlag.options;
    if (isAbandoned) flags |= DataFlag.abandon;
    if (fragment.sequence === this.#final) flags |= DataFlag.final;
    output.u8(follows ? Chunk.nextUserData : Chunk.userData).u16(size - CHUNK_HEADER).u8(flags);
    if (!follows) output.vlu(this.id).vlu(fragment.sequence).vlu(offset);
    output.bytes(options).bytes(data);
    fragment.isInFlight = true;
    fragment.wasSent = true;
    fragment.wasSentEmpty = isAbandoned;
    fragment.naks = 0;
    fragment.message.hasStarted = true;
    return size;
  }

  /** The highest sequence number up to which no fragment will be sent again. */
  #forward(): number {
    const first = this.#queue[this.#head];
    if (!first?.message.isAbandoned || (first.isInFlight && !first.wasSentEmpty)) {
      return this.#base - 1;
    }
    return this.#base;
  }

  /**
   * Drops finished fragments at the head. Of a run of fragments that were given up the last one
   * stays: sent empty, it tells the receiver about all of them.
   */
  #trim(now: number): void {
    let first = this.#queue[this.#head];
    while (first) {
      const next: Fragment | undefined = this.#queue[this.#head + 1];
      if (
        !first.isAcknowledged &&
        !(this.#isGivenUp(first, now) && next && this.#isGivenUp(next, now))
      ) {
        return;
      }
      this.#dropFirst(first);
      first = next;
    }
  }

  #isGivenUp(fragment: Fragment, now: number): boolean {
    if (fragment.isInFlight || fragment.isAcknowledged) return false;
    this.#expire(fragment.message, now);
    return fragment.message.isAbandoned;
  }

  #expire(message: Message, now: number): void {
    if (message.isAbandoned) return;
    if (now > message.finishBy || (!message.hasStarted && now > message.startBy)) {
      this.#abandon(message);
    }
  }

  #abandon(message: Message): void {
    if (message.isAbandoned) return;
    message.isAbandoned = true;
    this.#lost++;
  }

  #acknowledge(from: number, to: number): void {
    const last = Math.min(to, this.#next - 1);
    for (let sequence = Math.max(from, this.#base); sequence <= last; sequence++) {
      const fragment = this.#queue[this.#head + sequence - this.#base]!;
      if (fragment.isAcknowledged) continue;
      fragment.isAcknowledged = true;
      if (fragment.isInFlight) this.#land(fragment);
    }
  }

  #land(fragment: Fragment): void {
    fragment.isInFlight = false;
    this.#outstanding -= fragment.size;
    this.#owner.onAcknowledged(fragment);
  }

  #dropAcknowledged(): void {
    for (let first = this.#queue[this.#head]; first?.isAcknowledged;) {
      this.#dropFirst(first);
      first = this.#queue[this.#head];
    }
  }

  #dropFirst(first: Fragment): void {
    this.#queued -= first.data.length;
    this.#head++;
    this.#base++;
    if (this.#head === this.#queue.length) {
      this.#queue.length = 0;
      this.#head = 0;
    } else if (this.#head > COMPACT_AFTER && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }
}
