import type { PausableInput } from "./input.ts";
import type { ByteOutput } from "./outbox.ts";
import type { Turn } from "./turns.ts";

/** A session of one protocol that another one carries, such as RTMP in WebSocket frames. */
export interface CarriedSession {
  /**
   * Input in order; the bytes are not kept. Returns how many were taken before the turn was over, nothing for all.
   * `now` in milliseconds, as below.
   */
  receive(bytes: Uint8Array, now: number, turn?: Turn): number | void;
  /** Called often enough for the session's timeouts. */
  onDeadline(now: number): void;
  /** What carried it is gone; `reason` when it broke. */
  close(reason: string | undefined): void;
  /** The server stops. */
  shutdown(): void;
}

/** Who is at the ends of the connection, as `host:port`. */
export interface CarriedPeer {
  readonly address: string;
  readonly serverAddress: string;
}

/** Makes the session that a connection carries. */
export type CarriedFactory = (
  output: ByteOutput,
  peer: CarriedPeer,
  input?: PausableInput,
) => CarriedSession;
