import { ValueReader } from "../codecs/mod.ts";
import { type Client, Refusal } from "../hub/mod.ts";
import type { Clock } from "../base/mod.ts";
import { BANDWIDTH_CHECK_INTERVAL, BANDWIDTH_CHECK_TIME, MAX_BANDWIDTH_PAYLOAD } from "./params.ts";

/** Bytes of the first call with a payload; each next one has twice as many. */
const FIRST_PAYLOAD = 4_096;

/**
 * Measures how fast a client gets data, as `checkBandwidth` of Adobe's servers does: by calls of its
 * `onBWCheck` with more and more bytes, each once the one before is answered. The result goes to its
 * `onBWDone`: kbit/s, kbit that were sent, seconds that took, round trip in milliseconds.
 */
export class BandwidthCheck {
  readonly #client: Client;
  readonly #clock: Clock;
  #next = -Infinity;

  constructor(client: Client, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @throws Refusal when the last check was a moment ago */
  start(): void {
    const now = this.#clock.now();
    if (now < this.#next) {
      const text = `one check of the bandwidth in ${BANDWIDTH_CHECK_INTERVAL / 1000} s`;
      throw new Refusal("Call.Failed", text, { reason: "busy" });
    }
    this.#next = now + BANDWIDTH_CHECK_INTERVAL;
    this.#measure(0, (roundTrip) => this.#load(FIRST_PAYLOAD, roundTrip, 0, 0));
  }

  /** Sends payloads until one takes long enough to tell. */
  #load(size: number, roundTrip: number, sent: number, took: number): void {
    this.#measure(size, (time) => {
      const all = sent + size;
      const total = took + Math.max(0, time - roundTrip);
      const isEnough = total >= BANDWIDTH_CHECK_TIME || 2 * size > MAX_BANDWIDTH_PAYLOAD;
      if (!isEnough) return this.#load(2 * size, roundTrip, all, total);
      const kilobits = all * 8 / 1000;
      const seconds = Math.max(total, 1) / 1000;
      this.#client.writer.writeInvocation(
        "onBWDone",
        new ValueReader([Math.round(kilobits / seconds), kilobits, seconds, Math.round(roundTrip)]),
      );
    });
  }

  /** Milliseconds until the client answers a call with so many bytes; one that fails is the last. */
  #measure(size: number, then: (time: number) => void): void {
    const start = this.#clock.now();
    const args = size === 0 ? [] : ["x".repeat(size)];
    const send = this.#client.call?.("onBWCheck", new ValueReader(args));
    const answered = () => then(this.#clock.now() - start);
    // Players without the method answer by an error, which takes as long.
    send?.({ result: answered, failed: () => this.#client.connected && answered() });
  }
}
