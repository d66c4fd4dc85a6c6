import { hostOf } from "./ban_list.ts";

/** Bytes of input that may be held at one time until it is whole or answered; 0 for any number. */
export interface InputLimits {
  /** Of one address. */
  readonly address: number;
  readonly all: number;
  /** Bytes that a connection or request may hold without being counted: {@link UNCOUNTED_INPUT}. */
  readonly uncounted?: number;
}

/** Bytes that are held, and whether it was told that they are too many. */
interface Held {
  bytes: number;
  isTold: boolean;
}

/** Which limit refuses input: that of its address, or that of all. */
export type Exhausted = "address" | "all";

/** What is short costs no look at the limits. */
const UNCOUNTED_INPUT = 65_536;

/**
 * The bytes of all input that is held: bodies of requests from the first byte to the answer, and
 * messages that are not whole. Many connections with a long message each, all of them within the
 * limit of one, would fill the memory together.
 */
export class InputBudget {
  readonly #limits: InputLimits;
  readonly #tell: (text: string, host?: string) => void;
  readonly #ofAll: Held = { bytes: 0, isTold: false };
  readonly #hosts = new Map<string, Held>();

  /** @param tell told when a limit has begun to refuse input: that of a `host`, or of all */
  constructor(limits: InputLimits, tell: (text: string, host?: string) => void) {
    this.#limits = limits;
    this.#tell = tell;
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.#ofAll.bytes;
  }

  /** Addresses that have some of them. */
  get hosts(): number {
    return this.#hosts.size;
  }

  /** What a connection or a request of `host:port` holds: nothing as yet. */
  open(address: string): InputCharge {
    return new InputCharge(this, address, this.#limits.uncounted ?? UNCOUNTED_INPUT);
  }

  /**
   * Which limit refuses that many more bytes of a host; undefined when none does.
   * @param own what the asker holds: one that holds alone is never refused, its protocol limits it
   */
  refusal(host: string, bytes: number, own: number): Exhausted | undefined {
    const { address, all } = this.#limits;
    const held = this.#hosts.get(host);
    if (held !== undefined && isOver(address, held, bytes, own)) {
      this.#refuse(held, `${address} bytes of one address, [limits] addressInput`, host);
      return "address";
    }
    if (!isOver(all, this.#ofAll, bytes, own)) return undefined;
    this.#refuse(this.#ofAll, `${all} bytes, [limits] input`);
    return "all";
  }

  /** Changes what a host holds, without a look at the limits. */
  add(host: string, bytes: number): void {
    const { address, all } = this.#limits;
    let held = this.#hosts.get(host);
    if (held === undefined) this.#hosts.set(host, held = { bytes: 0, isTold: false });
    change(held, bytes, address);
    if (held.bytes === 0) this.#hosts.delete(host);
    change(this.#ofAll, bytes, all);
  }

  #refuse(held: Held, limit: string, host?: string): void {
    if (!held.isTold) this.#tell(`unfinished input refused: more than ${limit}`, host);
    held.isTold = true;
  }
}

function isOver(limit: number, held: Held, bytes: number, own: number): boolean {
  return limit > 0 && held.bytes > own && held.bytes + bytes > limit;
}

/** What was told is told again when half of it was given back in between. */
function change(held: Held, bytes: number, limit: number): void {
  held.bytes += bytes;
  if (held.bytes <= limit / 2) held.isTold = false;
}

/** What one connection or request holds of an {@link InputBudget}. */
export class InputCharge {
  readonly #budget: InputBudget;
  readonly #address: string;
  readonly #uncounted: number;
  #held = 0;
  /** Those of {@link #held} that count. */
  #bytes = 0;
  #isOver = false;

  constructor(budget: InputBudget, address: string, uncounted: number) {
    this.#budget = budget;
    this.#address = address;
    this.#uncounted = uncounted;
  }

  /** Which limit refuses that many more bytes; undefined when none does. */
  refusal(bytes: number): Exhausted | undefined {
    if (this.#held + bytes <= this.#uncounted) return undefined;
    return this.#budget.refusal(hostOf(this.#address), bytes, this.#bytes);
  }

  /** Holds more bytes, if no limit refuses them. */
  takeRoom(bytes: number): Exhausted | undefined {
    return this.hold(this.#held + bytes);
  }

  /** Holds this number of bytes from now on; a refusal leaves it as it was. */
  hold(bytes: number): Exhausted | undefined {
    const counted = bytes <= this.#uncounted ? 0 : bytes;
    const more = counted - this.#bytes;
    if (this.#isOver) return undefined;
    if (more !== 0) {
      const host = hostOf(this.#address);
      const refusal = more > 0 ? this.#budget.refusal(host, more, this.#bytes) : undefined;
      if (refusal !== undefined) return refusal;
      this.#budget.add(host, more);
      this.#bytes = counted;
    }
    this.#held = bytes;
    return undefined;
  }

  /** The request or connection is over, and holds nothing any more. */
  end(): void {
    this.hold(0);
    this.#isOver = true;
  }
}
