import {
  DELAYED_ACK,
  ERTO_BACKOFF,
  INITIAL_ERTO,
  INITIAL_MRTO,
  MAX_TIMESTAMP_AGE,
  MAXIMUM_ERTO,
  MINIMUM_ERTO,
  TIMESTAMP_TICK,
} from "../params.ts";
import { timestampOf } from "../wire/packet.ts";

/** Round-trip time and retransmission timeout from timestamp echoes (RFC 7016 §3.5.2.2). */
export class RoundTrip {
  #smoothed: number | undefined;
  #variance = 0;
  #measured = INITIAL_MRTO;
  #effective = INITIAL_ERTO;
  #farTimestamp: number | undefined;
  #farTimestampAt = 0;
  #lastEchoReceived: number | undefined;

  /** Milliseconds; undefined before the first measurement. */
  get smoothed(): number | undefined {
    return this.#smoothed;
  }

  /** Effective retransmission timeout in milliseconds: ERTO. */
  get timeout(): number {
    return this.#effective;
  }

  onTimestamp(timestamp: number, now: number): void {
    if (timestamp === this.#farTimestamp) return;
    this.#farTimestamp = timestamp;
    this.#farTimestampAt = now;
  }

  /** The peer's timestamp now, to be echoed; undefined when its last one is too old. */
  echo(now: number): number | undefined {
    if (this.#farTimestamp === undefined) return undefined;
    const elapsed = now - this.#farTimestampAt;
    if (elapsed > MAX_TIMESTAMP_AGE) return this.#farTimestamp = undefined;
    return (this.#farTimestamp + Math.floor(elapsed / TIMESTAMP_TICK)) & 0xffff;
  }

  onEcho(echo: number, now: number): void {
    if (echo === this.#lastEchoReceived) return;
    this.#lastEchoReceived = echo;
    const ticks = (timestampOf(now) - echo) & 0xffff;
    if (ticks >= 0x8000) return;
    const sample = ticks * TIMESTAMP_TICK;
    if (this.#smoothed === undefined) {
      this.#smoothed = sample;
      this.#variance = sample / 2;
    } else {
      this.#variance = (3 * this.#variance + Math.abs(this.#smoothed - sample)) / 4;
      this.#smoothed = (7 * this.#smoothed + sample) / 8;
    }
    this.#measured = this.#smoothed + 4 * this.#variance + DELAYED_ACK;
    this.#effective = Math.max(this.#measured, MINIMUM_ERTO);
  }

  /** The timeout passed with data in flight. */
  backOff(): void {
    this.#effective = Math.max(
      Math.min(this.#effective * ERTO_BACKOFF, MAXIMUM_ERTO),
      this.#measured,
    );
  }
}
