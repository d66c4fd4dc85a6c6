import type { ByteWriter } from "../../../bytes/mod.ts";
import { INITIAL_RECEIVE_BUFFER, MAX_GAPS, MAX_MESSAGE, WINDOW_BLOCK } from "../params.ts";
import { writeAcknowledgement } from "../wire/acknowledgement.ts";
import { Chunk, chunk } from "../wire/chunk.ts";
import { DataFlag, type UserData } from "../wire/user_data.ts";
import { Reassembly, type ReceiveOrder } from "./reassembly.ts";
import type { SendFlow } from "./send_flow.ts";
import { SequenceSet } from "./sequence_set.ts";

/** Bytes of messages in assembly above which a flow is refused. */
const MAX_HELD = MAX_MESSAGE + 2 * 1024 * 1024;

/** What the session does for a flow that receives. */
export interface RecvFlowOwner {
  /** `now`: with the next packet, otherwise within DELAYED_ACK. */
  acknowledge(flow: RecvFlow, now: boolean): void;
  /** Counts bytes held by all flows; false when they exceed the limit of the session. */
  hold(delta: number): boolean;
  /** Everything has arrived, or the flow was refused and is forgotten. */
  complete(flow: RecvFlow): void;
}

/** Takes a flow's messages. */
export interface FlowReceiver {
  /** A short message is a view of its packet and keeps all of it in memory: see `ownBytes`. */
  onMessage(message: Uint8Array): void;
  /** The sender finished the flow, or the session ended. */
  onEnd?(): void;
}

/** How the messages of a flow are received. */
export interface AcceptOptions {
  readonly order?: ReceiveOrder;
  /** Receive window in bytes. */
  readonly capacity?: number;
}

type State = "new" | "open" | "refused" | "complete";

/** The receiving end of a flow (RFC 7016 §3.6.3). */
export class RecvFlow {
  readonly id: number;
  readonly metadata: Uint8Array;
  /** The flow of ours that this one answers. */
  readonly associated: SendFlow | undefined;
  readonly #owner: RecvFlowOwner;
  readonly #received = new SequenceSet();
  #state: State = "new";
  #receiver: FlowReceiver | undefined;
  #reassembly: Reassembly | undefined;
  #capacity = INITIAL_RECEIVE_BUFFER;
  #final: number | undefined;
  #exception = 0;
  #advertised = 0;
  #abandoned = 0;
  #isHeld = false;

  constructor(
    owner: RecvFlowOwner,
    id: number,
    metadata: Uint8Array,
    associated: SendFlow | undefined,
  ) {
    this.#owner = owner;
    this.id = id;
    this.metadata = metadata;
    this.associated = associated;
  }

  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Fragments that the sender reported as given up. */
  get abandoned(): number {
    return this.#abandoned;
  }

  /** Accepts the flow, within {@link SessionHandler.onFlow}: otherwise it is refused. */
  accept(receiver: FlowReceiver, options: AcceptOptions = {}): void {
    if (this.#state !== "new") return;
    this.#state = "open";
    this.#receiver = receiver;
    this.#capacity = options.capacity ?? INITIAL_RECEIVE_BUFFER;
    this.#reassembly = new Reassembly(options.order ?? "sequence", (message) => {
      if (this.#state === "open") receiver.onMessage(message);
    });
  }

  /** Keeps messages back; the window that the sender is told shrinks. */
  hold(): void {
    if (!this.#reassembly) return;
    this.#isHeld = true;
    this.#reassembly.isHeld = true;
  }

  /** Delivers what was kept back, and what comes. */
  resume(): void {
    if (!this.#isHeld || !this.#reassembly) return;
    this.#isHeld = false;
    this.#reassembly.isHeld = false;
    this.#settle();
    this.#checkComplete();
    this.#owner.acknowledge(this, true);
  }

  /** Asks the sender to close the flow; what comes until then is acknowledged and dropped. */
  refuse(exception = 0): void {
    if (this.#state === "refused" || this.#state === "complete") return;
    this.#state = "refused";
    this.#exception = exception;
    this.#release();
    this.#owner.acknowledge(this, true);
  }

  /** The session is over. */
  abort(): void {
    this.#finish("refused");
  }

  onData(data: UserData): void {
    const received = this.#received;
    const { sequence } = data;
    const fresh = !received.has(sequence);
    const isAbandoned = (data.flags & DataFlag.abandon) !== 0;
    const gaps = received.gaps;
    let ackNow = this.#advertised < 2 * WINDOW_BLOCK || isAbandoned || !fresh || gaps > 0;
    this.#abandoned += received.addThrough(data.forward);
    if (fresh) {
      if (sequence <= data.forward) this.#abandoned--;
      if (!this.#mayTake(data)) {
        this.#owner.acknowledge(this, true);
        return;
      }
      received.addSequence(sequence);
      if (isAbandoned) this.#abandoned++;
      if ((data.flags & DataFlag.final) !== 0) this.#final ??= sequence;
      if (!isAbandoned) this.#assemble(data);
    }
    this.#settle();
    ackNow ||= received.gaps !== gaps || this.#state !== "open";
    if (this.#checkComplete()) ackNow = true;
    this.#owner.acknowledge(this, ackNow);
  }

  /**
   * Writes this flow's acknowledgement, and its exception when it was refused, into at most `limit`
   * bytes; false when they do not fit.
   */
  writeAcknowledgement(output: ByteWriter, limit: number): boolean {
    const start = output.length;
    if (this.#state === "refused") {
      if (limit < 24) return false;
      chunk(output, Chunk.flowException, () => output.vlu(this.id).vlu(this.#exception));
    }
    const held = this.#reassembly?.bytes ?? 0;
    const blocks = Math.ceil((this.#capacity - held) / WINDOW_BLOCK);
    const window = Math.max(this.#isHeld ? 0 : 1, blocks) * WINDOW_BLOCK;
    const left = limit - (output.length - start);
    const { cumulative, ranges } = this.#received;
    if (!writeAcknowledgement(output, { flow: this.id, window, cumulative, ranges }, left)) {
      output.truncate(start);
      return false;
    }
    this.#advertised = window;
    return true;
  }

  /** The next fragment in sequence is always taken: the smallest window promised it. */
  #mayTake({ sequence, data }: UserData): boolean {
    const received = this.#received;
    if (sequence <= received.cumulative + 1) return true;
    if (received.gaps >= MAX_GAPS && received.opensGap(sequence)) return false;
    return (this.#reassembly?.bytes ?? 0) + data.length <= this.#capacity;
  }

  #assemble({ sequence, part, data }: UserData): void {
    const reassembly = this.#reassembly;
    if (this.#state !== "open" || !reassembly) return;
    const before = reassembly.bytes;
    reassembly.addFragment(sequence, part, data);
    if (!this.#owner.hold(reassembly.bytes - before) || reassembly.bytes > MAX_HELD) this.refuse();
  }

  #settle(): void {
    const reassembly = this.#reassembly;
    if (!reassembly || this.#state !== "open") return;
    const before = reassembly.bytes;
    reassembly.settle(this.#received.cumulative);
    if (this.#reassembly) this.#owner.hold(reassembly.bytes - before);
  }

  #checkComplete(): boolean {
    const isAll = this.#final !== undefined && this.#received.cumulative >= this.#final;
    if (!isAll || this.#isHeld || this.#state === "complete") return false;
    this.#finish("complete");
    return true;
  }

  #finish(state: "complete" | "refused"): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    this.#state = state;
    this.#release();
    if (state === "complete") this.#owner.complete(this);
    receiver?.onEnd?.();
  }

  #release(): void {
    this.#owner.hold(-(this.#reassembly?.bytes ?? 0));
    this.#reassembly?.clear();
    this.#reassembly = undefined;
  }
}
