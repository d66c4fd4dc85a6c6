import { ValueReader } from "../codecs/mod.ts";
import { type Client, Refusal } from "../hub/mod.ts";
import type { Clock } from "../base/mod.ts";
import {
  BANDWIDTH_CHECK_INTERVAL,
  BANDWIDTH_CHECK_TIME,
  BANDWIDTH_PATIENCE,
  MAX_BANDWIDTH_PAYLOAD,
} from "./params.ts";

/** Bytes of the first call with a payload; each next one has twice as many. */
const FIRST_PAYLOAD = 4_096;

/** The client's functions by which it is measured, and told what came of it. */
export interface BandwidthFunctions {
  readonly check: string;
  readonly done: string;
}

/** What `checkBandwidth` of a movie calls, and `_checkbw` of players such as librtmp. */
export const BANDWIDTH_FUNCTIONS: Readonly<Record<string, BandwidthFunctions | undefined>> = Object
  .assign(
    Object.create(null),
    {
      checkBandwidth: { check: "onBWCheck", done: "onBWDone" },
      _checkbw: { check: "_onbwcheck", done: "_onbwdone" },
    } satisfies Record<string, BandwidthFunctions>,
  );

/**
 * Measures how fast a client gets data, as Adobe's servers do: by calls of one of its functions with
 * more and more bytes, each once the one before is answered. The result goes to another one: kbit/s,
 * kbit that were sent, seconds that took, round trip in milliseconds. A client that does not answer
 * is sent nothing more.
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
  start(functions: BandwidthFunctions): void {
    const now = this.#clock.now();
    if (now < this.#next) {
      const text = `one check of the bandwidth in ${BANDWIDTH_CHECK_INTERVAL / 1000} s`;
      throw new Refusal("Call.Failed", text, { reason: "busy" });
    }
    this.#next = now + BANDWIDTH_CHECK_INTERVAL;
    const { check } = functions;
    this.#measure(check, 0, (time) => this.#load(functions, FIRST_PAYLOAD, time, 0, 0));
  }

  /** Sends payloads until one takes long enough to tell. */
  #load(
    functions: BandwidthFunctions,
    size: number,
    roundTrip: number,
    sent: number,
    took: number,
  ): void {
    this.#measure(functions.check, size, (time) => {
      const all = sent + size;
      const total = took + Math.max(0, time - roundTrip);
      const isEnough = total >= BANDWIDTH_CHECK_TIME || 2 * size > MAX_BANDWIDTH_PAYLOAD;
      if (!isEnough) return this.#load(functions, 2 * size, roundTrip, all, total);
      const kilobits = all * 8 / 1000;
      const seconds = Math.max(total, 1) / 1000;
      this.#client.writer.writeInvocation(
        functions.done,
        new ValueReader([Math.round(kilobits / seconds), kilobits, seconds, Math.round(roundTrip)]),
      );
    });
  }

  /** Milliseconds until the client answers a call of that many bytes; then nothing, when it does not. */
  #measure(check: string, size: number, then: (time: number) => void): void {
    const start = this.#clock.now();
    const args = size === 0 ? [] : ["x".repeat(size)];
    const send = this.#client.call?.(check, new ValueReader(args));
    const answered = () => {
      const time = this.#clock.now() - start;
      if (time < BANDWIDTH_PATIENCE && this.#client.isConnected) then(time);
    };
    // Players without the function answer by an error, which takes as long, or not at all.
    send?.({ result: answered, failed: answered });
  }
}
