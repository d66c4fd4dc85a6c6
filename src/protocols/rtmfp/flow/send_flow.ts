import { type ByteWriter, vluLength } from "../../../bytes/mod.ts";
import { INITIAL_RECEIVE_BUFFER } from "../params.ts";
import type { Acknowledgement } from "../wire/acknowledgement.ts";
import { Chunk, CHUNK_HEADER } from "../wire/chunk.ts";
import { DataFlag, flowOptions, Part } from "../wire/user_data.ts";

/** Higher ones are sent first; from Priority on data is time critical (RFC 7016 §3.5.2.1). */
export const Priority = {
  background: 0,
  routine: 1,
  priority: 2,
  immediate: 3,
} as const;
export type Priority = (typeof Priority)[keyof typeof Priority];

/** How much a message is worth: everything, unless one of these says less. */
export interface WriteOptions {
  /** False: a part that was lost is given up with its whole message, not sent again. */
  readonly reliable?: boolean;
  /** Milliseconds in which the message must have begun to leave, or it is given up. */
  readonly startWithin?: number;
  /** Milliseconds in which all of it must be acknowledged; what then is missing is given up. */
  readonly finishWithin?: number;
}

interface Message {
  readonly reliable: boolean;
  readonly startBy: number;
  readonly finishBy: number;
  started: boolean;
  abandoned: boolean;
}

/** A part of a message with its number, from being written until it is acknowledged or given up. */
export interface Fragment {
  readonly flow: SendFlow;
  readonly sequence: number;
  readonly part: Part;
  readonly data: Uint8Array;
  readonly message: Message;
  acknowledged: boolean;
  inFlight: boolean;
  everSent: boolean;
  sentAbandoned: boolean;
  naks: number;
  /** Order of transmission over all flows of the session. */
  transmission: number;
  /** Bytes it took in its packet. */
  size: number;
  /** Whether that packet was too long and left in parts. */
  inParts: boolean;
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
  /** The receiver has no room: ask it from time to time. */
  probe(flow: SendFlow, needed: boolean): void;
  /** Closed and all of it acknowledged, or refused. */
  forget(flow: SendFlow): void;
}

/** What {@link SendFlow.assemble} did: more may follow when the packet was full. */
export const Assembled = {
  nothing: 0,
  done: 1,
  full: 2,
} as const;
export type Assembled = (typeof Assembled)[keyof typeof Assembled];

const COMPACT_AFTER = 512;
const nothing = new Uint8Array(0);

/** The sending end of a flow (RFC 7016 §3.6.2). */
export class SendFlow {
  readonly id: number;
  readonly priority: Priority;
  readonly metadata: Uint8Array;
  /** The receiver refused the flow, or the session ended; nothing that is written leaves any more. */
  onException: ((code: number) => void) | undefined;
  /** Set while it waits in the session's list. */
  scheduled = false;
  readonly #owner: SendFlowOwner;
  /** Sent with every packet until the first acknowledgement comes. */
  #options: Uint8Array;
  /** Fragments from `#head` on; the first has sequence number `#base`. */
  #queue: Fragment[] = [];
  #head = 0;
  #base = 1;
  #next = 1;
  /** Sequence number where the search for something to send begins. */
  #cursor = 1;
  #outstanding = 0;
  #queued = 0;
  #window = INITIAL_RECEIVE_BUFFER;
  #final: number | undefined;
  #closed = false;
  #lost = 0;
  #below = 0;
  #then: (() => void) | undefined;

  constructor(
    owner: SendFlowOwner,
    id: number,
    metadata: Uint8Array,
    priority: Priority,
    association?: number,
  ) {
    this.#owner = owner;
    this.id = id;
    this.priority = priority;
    this.metadata = metadata;
    this.#options = flowOptions(metadata, association);
  }

  get isOpen(): boolean {
    return !this.#closed;
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

  /** Runs `then` once when fewer than `bytes` are queued, after the next acknowledgement at best. */
  whenBelow(bytes: number, then: () => void): void {
    this.#below = bytes;
    this.#then = then;
  }

  /** Splits a message of any length into fragments. The bytes must not change afterwards. */
  write(data: Uint8Array, options: WriteOptions = {}): void {
    if (!this.#closed) this.#append(data, options);
  }

  /** Ends the flow once all that was written has arrived or was given up. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#next === 1) return this.#owner.forget(this);
    const last = this.#queue.at(-1);
    if (!last || this.#head === this.#queue.length || last.everSent) {
      this.#append(nothing, { startWithin: -1 });
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
      if (!fragment.acknowledged) this.#abandon(fragment.message);
    }
    this.close();
    onException?.(code);
  }

  /** The session ended. */
  abort(code: number): void {
    const onException = this.onException;
    this.onException = undefined;
    this.#then = undefined;
    this.#closed = true;
    for (let at = this.#head; at < this.#queue.length; at++) {
      const fragment = this.#queue[at]!;
      if (fragment.inFlight) this.#land(fragment);
      fragment.acknowledged = true;
    }
    this.#queue = [];
    this.#head = 0;
    this.#base = this.#next;
    this.#queued = 0;
    this.#owner.forget(this);
    onException?.(code);
  }

  /**
   * Writes what may be sent into the packet, up to offset `end` of it. When it `isEmpty` its first
   * fragment may reach further: it was made when packets were longer, and goes alone.
   */
  assemble(output: ByteWriter, end: number, now: number, isEmpty: boolean): Assembled {
    this.#trim(now);
    const forward = this.#forward();
    let previous = 0;
    for (let sequence = Math.max(this.#cursor, this.#base); sequence < this.#next; sequence++) {
      const fragment = this.#queue[this.#head + sequence - this.#base]!;
      if (fragment.inFlight || fragment.acknowledged) continue;
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
    if (this.#options.length > 0) this.#options = nothing;
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
    if (fragment.acknowledged) return;
    fragment.inFlight = false;
    this.#outstanding -= fragment.size;
    if (!fragment.message.reliable && !fragment.sentAbandoned) this.#abandon(fragment.message);
    this.#cursor = Math.min(this.#cursor, fragment.sequence);
    this.#owner.schedule(this);
  }

  #append(data: Uint8Array, options: WriteOptions): void {
    const now = this.#owner.now();
    const message: Message = {
      reliable: options.reliable ?? true,
      startBy: now + (options.startWithin ?? Infinity),
      finishBy: now + (options.finishWithin ?? Infinity),
      started: false,
      abandoned: (options.startWithin ?? 0) < 0,
    };
    const { length } = this.#options;
    const most = this.#owner.fragmentOf(data.length + length) - length;
    // The short part comes first: it shares a packet with what else waits, of flows sent before.
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
        acknowledged: false,
        inFlight: false,
        everSent: false,
        sentAbandoned: false,
        naks: 0,
        transmission: 0,
        size: 0,
        inParts: false,
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
    const abandoned = fragment.message.abandoned;
    const data = abandoned ? nothing : fragment.data;
    const options = follows ? nothing : this.#options;
    const offset = fragment.sequence - forward;
    let size = CHUNK_HEADER + 1 + options.length + data.length;
    if (!follows) size += vluLength(this.id) + vluLength(fragment.sequence) + vluLength(offset);
    if (output.length + size > end) return 0;
    let flags = fragment.part as number;
    if (options.length > 0) flags |= DataFlag.options;
    if (abandoned) flags |= DataFlag.abandon;
    if (fragment.sequence === this.#final) flags |= DataFlag.final;
    output.u8(follows ? Chunk.nextUserData : Chunk.userData).u16(size - CHUNK_HEADER).u8(flags);
    if (!follows) output.vlu(this.id).vlu(fragment.sequence).vlu(offset);
    output.bytes(options).bytes(data);
    fragment.inFlight = true;
    fragment.everSent = true;
    fragment.sentAbandoned = abandoned;
    fragment.naks = 0;
    fragment.message.started = true;
    return size;
  }

  /** The highest number up to which nothing will be sent any more. */
  #forward(): number {
    const first = this.#queue[this.#head];
    if (!first?.message.abandoned || (first.inFlight && !first.sentAbandoned)) {
      return this.#base - 1;
    }
    return this.#base;
  }

  /**
   * Drops what is done with at the head. Of a run of fragments that were given up the last one
   * stays: sending it, empty, tells the receiver about all of them.
   */
  #trim(now: number): void {
    let first = this.#queue[this.#head];
    while (first) {
      const next: Fragment | undefined = this.#queue[this.#head + 1];
      if (!first.acknowledged && !(this.#givenUp(first, now) && next && this.#givenUp(next, now))) {
        return;
      }
      this.#dropFirst(first);
      first = next;
    }
  }

  #givenUp(fragment: Fragment, now: number): boolean {
    if (fragment.inFlight || fragment.acknowledged) return false;
    this.#expire(fragment.message, now);
    return fragment.message.abandoned;
  }

  #expire(message: Message, now: number): void {
    if (message.abandoned) return;
    if (now > message.finishBy || (!message.started && now > message.startBy)) {
      this.#abandon(message);
    }
  }

  #abandon(message: Message): void {
    if (message.abandoned) return;
    message.abandoned = true;
    this.#lost++;
  }

  #acknowledge(from: number, to: number): void {
    const last = Math.min(to, this.#next - 1);
    for (let sequence = Math.max(from, this.#base); sequence <= last; sequence++) {
      const fragment = this.#queue[this.#head + sequence - this.#base]!;
      if (fragment.acknowledged) continue;
      fragment.acknowledged = true;
      if (fragment.inFlight) this.#land(fragment);
    }
  }

  #land(fragment: Fragment): void {
    fragment.inFlight = false;
    this.#outstanding -= fragment.size;
    this.#owner.onAcknowledged(fragment);
  }

  #dropAcknowledged(): void {
    for (let first = this.#queue[this.#head]; first?.acknowledged;) {
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
