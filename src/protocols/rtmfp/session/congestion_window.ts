import { CWND_INITIAL, CWND_LARGE, CWND_TIMED_OUT, SENDER_MSS } from "../params.ts";

/** Bytes acknowledged per step of congestion avoidance: a share of the window within bounds. */
const SHARE = 16;
const THRESHOLD_MINIMUM = 64;
const FAST_THRESHOLD = 4800;
const SLOW_THRESHOLD = 2400;
const FAST_STEP = 48;
const SLOW_STEP = 24;

/** What one packet with acknowledgements changed. */
export interface AckOutcome {
  /** Bytes in flight before the packet came. */
  readonly outstandingBefore: number;
  readonly outstandingAfter: number;
  readonly acknowledged: number;
  readonly hasLoss: boolean;
  readonly hasNak: boolean;
  /** Time-critical data was sent to this peer lately. */
  readonly timeCriticalSent: boolean;
  /** No other session of ours, or of the peer, has time-critical data (FASTGROW_ALLOWED). */
  readonly fastGrowAllowed: boolean;
}

/** How many bytes may be in flight: the example algorithm of RFC 7016 appendix A. */
export class CongestionWindow {
  #window = CWND_INITIAL;
  #threshold = Infinity;
  #acknowledged = 0;
  /** Bytes that were in flight at the last cut and still are: their loss causes no other cut. */
  #recovering = 0;

  /** Bytes. */
  get size(): number {
    return this.#window;
  }

  onAcknowledgement(outcome: AckOutcome): void {
    const { outstandingBefore, outstandingAfter, hasLoss, hasNak } = outcome;
    if (this.#recovering > 0) {
      const drained = outstandingBefore - outstandingAfter;
      this.#recovering = Math.max(0, this.#recovering - drained);
      if (this.#recovering > 0) return;
    }
    if (hasLoss) {
      const isGentle = outcome.timeCriticalSent ||
        (outstandingBefore > CWND_LARGE && outcome.fastGrowAllowed);
      const kept = Math.floor(outstandingBefore * (isGentle ? 7 / 8 : 1 / 2));
      this.#threshold = this.#window = Math.max(kept, CWND_INITIAL);
      this.#acknowledged = 0;
      this.#recovering = outstandingAfter;
    } else if (!hasNak && outstandingBefore + SENDER_MSS > this.#window) {
      const grown = this.#window + Math.min(this.#increase(outcome), SENDER_MSS);
      this.#window = Math.max(grown, CWND_INITIAL);
    }
  }

  #increase({ acknowledged, fastGrowAllowed, timeCriticalSent }: AckOutcome): number {
    if (this.#window < this.#threshold && (fastGrowAllowed || timeCriticalSent)) {
      this.#acknowledged = 0;
      return fastGrowAllowed ? acknowledged : Math.ceil(acknowledged / 4);
    }
    const most = fastGrowAllowed ? FAST_THRESHOLD : SLOW_THRESHOLD;
    const needed = Math.min(Math.max(this.#window / SHARE, THRESHOLD_MINIMUM), most);
    const step = fastGrowAllowed || timeCriticalSent ? FAST_STEP : SLOW_STEP;
    this.#acknowledged += acknowledged;
    const steps = Math.floor(this.#acknowledged / needed);
    this.#acknowledged -= steps * needed;
    return steps * step;
  }

  /** The retransmission timeout passed, with data in flight or without. */
  onTimeout(hasOutstanding: boolean): void {
    this.#threshold = Math.max(this.#threshold, Math.floor(this.#window * 3 / 4));
    this.#acknowledged = 0;
    this.#recovering = 0;
    this.#window = hasOutstanding ? CWND_TIMED_OUT : CWND_INITIAL;
  }
}
