import type { RecvFlow } from "../flow/recv_flow.ts";
import type { Address } from "../wire/address.ts";
import type { ForwardedHello } from "../wire/startup_chunks.ts";

/** Why a session ended. */
export type CloseReason = "near" | "far" | "timeout" | "idle" | "replaced" | "shutdown";

/** What a session tells its user. */
export interface SessionHandler {
  /** A new flow from the peer: accept it before returning, or it is refused. */
  onFlow(flow: RecvFlow): void;
  /** A limit has begun to refuse what the peer asks for. */
  onRefused?(text: string): void;
  /** Counts bytes that wait for the rest of their message; false when they are too many. */
  onHeld?(bytes: number): boolean;
  /** All chunks of a packet have been read. */
  onPacket?(): void;
  onAddressChanged?(old: Address): void;
  /** A peer asks for a session with us; a server that knows both forwards its hello. */
  onForwardedHello?(hello: ForwardedHello): void;
  /** Once, after every flow has ended. */
  onClose(reason: CloseReason): void;
}
