import { Part } from "../wire/user_data.ts";

/** Bytes counted for each fragment held beside its data. */
const FRAGMENT_COST = 64;

interface Fragment {
  readonly part: Part;
  readonly data: Uint8Array;
  /** Last sequence number of the run of joined fragments; valid in the run's first fragment only. */
  runEnd: number;
  /** First sequence number of the run; valid in the run's last fragment only. */
  runStart: number;
}

/** Order of delivery that a flow's receiver wants (RFC 7016 §3.6.3.3). */
export type ReceiveOrder = "sequence" | "network";

/** Reassembles the messages of one flow from their fragments. */
export class Reassembly {
  readonly #order: ReceiveOrder;
  readonly #deliver: (message: Uint8Array) => void;
  readonly #fragments = new Map<number, Fragment>();
  /** The next sequence number to deliver or to skip. */
  #next = 1;
  #bytes = 0;
  #isHeld = false;

  constructor(order: ReceiveOrder, deliver: (message: Uint8Array) => void) {
    this.#order = order;
    this.#deliver = deliver;
  }

  /** Bytes held, FRAGMENT_COST for each fragment included. */
  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#fragments.size === 0;
  }

  /** While set, nothing is delivered. */
  set isHeld(isHeld: boolean) {
    this.#isHeld = isHeld;
  }

  /** Takes a fragment not seen before. `data` is delivered as it is, or copied when it has to wait. */
  addFragment(sequence: number, part: Part, data: Uint8Array): void {
    if (
      part === Part.whole && !this.#isHeld && (this.#order === "network" || sequence === this.#next)
    ) {
      if (sequence === this.#next) this.#next++;
      this.#deliver(data);
      return;
    }
    const fragment: Fragment = { part, data: data.slice(), runStart: sequence, runEnd: sequence };
    this.#fragments.set(sequence, fragment);
    this.#bytes += data.length + FRAGMENT_COST;
    if (part === Part.whole) return;
    const before = this.#fragments.get(sequence - 1);
    if (part !== Part.begin && before && continues(before.part)) {
      fragment.runStart = before.runStart;
    }
    const after = this.#fragments.get(sequence + 1);
    if (part !== Part.end && after && (after.part === Part.middle || after.part === Part.end)) {
      fragment.runEnd = after.runEnd;
    }
    const first = this.#fragments.get(fragment.runStart) ?? fragment;
    const last = this.#fragments.get(fragment.runEnd) ?? fragment;
    first.runEnd = fragment.runEnd;
    last.runStart = fragment.runStart;
    if (this.#isHeld) return;
    if (this.#order === "network" && first.part === Part.begin && last.part === Part.end) {
      this.#deliverRun(first.runStart, first.runEnd);
    }
  }

  /** No fragment up to `cumulative` is still to come: delivers in order, drops incomplete messages. */
  settle(cumulative: number): void {
    while (this.#next <= cumulative && !this.#isHeld) {
      const fragment = this.#fragments.get(this.#next);
      if (!fragment) {
        this.#next = this.#nextHeld(cumulative);
        continue;
      }
      const start = this.#next;
      if (fragment.part === Part.whole) {
        this.#next++;
        this.#forget(start, fragment);
        this.#deliver(fragment.data);
      } else if (fragment.part !== Part.begin) {
        this.#next++;
        this.#forget(start, fragment);
      } else {
        const end = fragment.runEnd;
        const complete = this.#fragments.get(end)?.part === Part.end;
        if (!complete && end >= cumulative) return;
        this.#next = end + 1;
        if (complete) this.#deliverRun(start, end);
        else this.#dropRun(start, end);
      }
    }
  }

  clear(): void {
    this.#fragments.clear();
    this.#bytes = 0;
  }

  /** The lowest number held from `#next` on, at most `cumulative` + 1; abandoned ranges may be huge. */
  #nextHeld(cumulative: number): number {
    if (cumulative - this.#next <= this.#fragments.size) {
      let sequence = this.#next + 1;
      while (sequence <= cumulative && !this.#fragments.has(sequence)) sequence++;
      return sequence;
    }
    let lowest = cumulative + 1;
    for (const sequence of this.#fragments.keys()) {
      if (sequence > this.#next && sequence < lowest) lowest = sequence;
    }
    return lowest;
  }

  #deliverRun(start: number, end: number): void {
    const parts: Fragment[] = [];
    let length = 0;
    for (let sequence = start; sequence <= end; sequence++) {
      const fragment = this.#fragments.get(sequence);
      if (!fragment) return;
      parts.push(fragment);
      length += fragment.data.length;
    }
    const message = new Uint8Array(length);
    let at = 0;
    for (const { data } of parts) {
      message.set(data, at);
      at += data.length;
    }
    this.#dropRun(start, end);
    this.#deliver(message);
  }

  #dropRun(start: number, end: number): void {
    for (let sequence = start; sequence <= end; sequence++) {
      const fragment = this.#fragments.get(sequence);
      if (fragment) this.#forget(sequence, fragment);
    }
  }

  #forget(sequence: number, fragment: Fragment): void {
    this.#fragments.delete(sequence);
    this.#bytes -= fragment.data.length + FRAGMENT_COST;
  }
}

function continues(part: Part): boolean {
  return part === Part.begin || part === Part.middle;
}
