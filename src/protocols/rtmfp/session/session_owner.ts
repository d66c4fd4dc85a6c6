import type { Clock } from "../../../base/mod.ts";
import type { RecvFlow } from "../flow/recv_flow.ts";
import type { Certificate } from "../startup/certificate.ts";
import type { SessionKey } from "../startup/session_key.ts";
import type { Address } from "../wire/address.ts";
import type { SessionMode } from "../wire/packet.ts";
import type { ForwardedHello } from "../wire/startup_chunks.ts";
import type { PacketSender } from "./packet_sender.ts";
import type { AskedPaths } from "./path_limit.ts";
import type { Session } from "./session.ts";
import type { TimeCriticalRegistry } from "./time_critical.ts";

/** Why a session ended. */
export type CloseReason = "near" | "far" | "timeout" | "idle" | "replaced" | "shutdown";

/** What becomes of a session's events. */
export interface SessionHandler {
  /** A new flow from the peer: accept it before returning, or it is refused. */
  onFlow(flow: RecvFlow): void;
  /** All chunks of a packet have been read. */
  onPacket?(): void;
  onAddressChanged?(old: Address): void;
  /** A peer that looks for us, told by a server that knows us both. */
  onForwardedHello?(hello: ForwardedHello): void;
  /** Once, after every flow has ended. */
  onClose(reason: CloseReason): void;
}

/** What the endpoint does for its sessions. */
export interface SessionOwner {
  readonly clock: Clock;
  readonly timeCritical: TimeCriticalRegistry;
  /** Key of the proofs of moved addresses. */
  readonly secret: Uint8Array;
  readonly packets: PacketSender;
  /** Bytes of the longest datagram that is tried on a path. */
  readonly longestDatagram: number;
  readonly askedPaths: AskedPaths;
  /** Sends what the session has, at the end of this turn. */
  flushSoon(session: Session): void;
  onConfirmed(session: Session): void;
  onMoved(session: Session, old: Address): void;
  /** It accepts no more data, but its number stays taken. */
  onClosing(session: Session): void;
  /** Its number is free. */
  onClosed(session: Session): void;
}

/** What startup has agreed upon. */
export interface SessionOptions {
  readonly id: number;
  readonly farId: number;
  readonly mode: SessionMode;
  readonly address: Address;
  readonly certificate: Certificate;
  readonly key: SessionKey;
  readonly keepalive: number;
}
