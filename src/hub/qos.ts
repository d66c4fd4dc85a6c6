import type { Clock } from "../base/mod.ts";
import { QOS_WINDOW } from "./params.ts";

/** Rates, losses and delays of one kind of media, received (publication) or sent (listener). */
export class QualityOfService {
  readonly #clock: Clock;
  #windowStart: number;
  /** Bytes, messages and lost packets when the window began. */
  #bytesBefore = 0;
  #messagesBefore = 0;
  #lostBefore = 0;
  #byteRate = 0;
  #lostRate = 0;
  #isSampled = false;
  #gap = 0;
  /** Bytes since the beginning; only {@link add} changes it. */
  bytes = 0;
  /** Messages since the beginning; what a listener takes at once counts as one. */
  messages = 0;
  /** Packets that the network lost since the beginning. */
  lost = 0;
  /** Milliseconds between sending and receiving, as far as the protocol can tell. */
  latency = 0;
  /** From -1 (all the bandwidth is free) to 1 (nothing gets through), set by the protocol. */
  congestionRate = 0;
  /** When a packet last came or went, in milliseconds since the Unix epoch; 0 when none did. */
  lastTime = 0;
  /** Video frames left out while waiting for a key frame. */
  droppedFrames = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#windowStart = clock.now();
  }

  /** Bytes per second. */
  get byteRate(): number {
    this.sample();
    return this.#byteRate;
  }

  /** Lost packets among all packets, 0 to 1. */
  get lostRate(): number {
    this.sample();
    return this.#lostRate;
  }

  /** Milliseconds of the longest time without a packet since this was asked last. */
  takeGap(): number {
    const gap = this.#gap;
    this.#gap = 0;
    return gap;
  }

  /** Counts a packet that came or went, and how many were lost since the last one. */
  add(bytes: number, lost = 0, at = this.#clock.epoch()): void {
    if (at - this.lastTime > this.#gap && this.lastTime > 0) this.#gap = at - this.lastTime;
    this.lastTime = at;
    this.bytes += bytes;
    this.messages++;
    this.lost += lost;
  }

  /** Counts packets that the network lost. */
  lose(packets: number): void {
    this.lost += packets;
  }

  /** Closes the window when it is old enough; until the first one is, rates are those so far. */
  sample(): void {
    const elapsed = this.#clock.now() - this.#windowStart;
    const isWhole = elapsed >= QOS_WINDOW;
    if (elapsed <= 0 || (!isWhole && this.#isSampled)) return;
    this.#byteRate = Math.round((this.bytes - this.#bytesBefore) * 1000 / elapsed);
    const lost = this.lost - this.#lostBefore;
    const all = this.messages - this.#messagesBefore + lost;
    this.#lostRate = all === 0 ? 0 : lost / all;
    if (!isWhole) return;
    this.#isSampled = true;
    this.#windowStart += elapsed;
    this.#bytesBefore = this.bytes;
    this.#messagesBefore = this.messages;
    this.#lostBefore = this.lost;
  }
}
