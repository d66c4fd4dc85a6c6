import { decodeUserControl, encodeUserControl, MessageType } from "../../../flash/mod.ts";
import type { RecvFlow } from "../flow/recv_flow.ts";
import { flashMessage } from "./message.ts";

/** User control events that only RTMFP has (RFC 7425 §5.3.4). */
export const FlowEvent = {
  flowSync: 34,
  setKeepalive: 41,
} as const;

/** Barriers at a time; above that the oldest one is lifted. */
const MAX_BARRIERS = 64;

/** A message that, sent on `count` flows, holds each of them until it arrived on all. */
export function flowSyncMessage(id: number, count: number): Uint8Array<ArrayBuffer> {
  const payload = encodeUserControl({ event: FlowEvent.flowSync, values: [id, count] });
  return flashMessage(MessageType.userControl, 0, payload);
}

/** Keep-alive periods in milliseconds for the session with the server and those with peers. */
export function setKeepaliveMessage(server: number, peer: number): Uint8Array {
  return encodeUserControl({ event: FlowEvent.setKeepalive, values: [server, peer] });
}

/** Holds flows of one session at a barrier until every flow of it arrived there. */
export class FlowSync {
  readonly #barriers = new Map<number, Set<RecvFlow>>();

  /** Takes a user control message of a flow; false when it is no flow sync. */
  onUserControl(payload: Uint8Array, flow: RecvFlow): boolean {
    const { event, values } = decodeUserControl(payload);
    const [id, count] = values;
    if (event !== FlowEvent.flowSync) return false;
    if (id !== undefined && count !== undefined) this.#reach(id, count, flow);
    return true;
  }

  /** A flow has ended: it leaves all barriers. */
  onEnd(flow: RecvFlow): void {
    for (const [id, waiting] of this.#barriers) {
      if (waiting.delete(flow) && waiting.size === 0) this.#barriers.delete(id);
    }
  }

  #reach(id: number, count: number, flow: RecvFlow): void {
    const waiting = this.#barriers.get(id) ?? new Set();
    waiting.add(flow);
    if (waiting.size >= count) return this.#lift(id, waiting);
    this.#barriers.set(id, waiting);
    flow.hold();
    if (this.#barriers.size <= MAX_BARRIERS) return;
    for (const [oldest, flows] of this.#barriers) return this.#lift(oldest, flows);
  }

  #lift(id: number, waiting: Set<RecvFlow>): void {
    this.#barriers.delete(id);
    for (const flow of waiting) flow.resume();
  }
}
