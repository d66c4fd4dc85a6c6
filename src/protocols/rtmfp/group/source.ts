import { ByteReader } from "../../../bytes/mod.ts";
import type { RecvFlow } from "../flow/recv_flow.ts";
import { Priority, type SendFlow } from "../flow/send_flow.ts";
import type { Session } from "../session/session.ts";
import { groupMetadata, type StreamKey, writeStream } from "./messages.ts";
import { GroupFlowKind, GroupMessage, MAX_MAP, MAX_WAITING } from "./params.ts";

/** A peer that has parts of a stream which we play. */
export class Source {
  /** The newest part that it has. */
  last = 0;
  readonly #requests: SendFlow;
  /** One bit for each part before the newest, the latest first. */
  #map: Uint8Array = new Uint8Array(0);
  #pushed = 0;

  /** Subscribes. @param main the peer's flow that its announcements belong to */
  constructor(session: Session, stream: StreamKey, main: RecvFlow) {
    this.#requests = session.openFlow(groupMetadata(GroupFlowKind.stream), {
      priority: Priority.immediate,
      associated: main,
    });
    this.#requests.write(writeStream(stream));
  }

  /** Whether a flow of the peer has what was asked for here. */
  answers(flow: RecvFlow): boolean {
    return flow.associated === this.#requests;
  }

  /** The peer says what it has. */
  onMap(message: Uint8Array): void {
    const input = new ByteReader(message);
    input.u8();
    const last = input.vlu();
    if (last < this.last) return;
    this.last = last;
    this.#map = input.rest().slice(0, MAX_MAP);
  }

  has(id: number): boolean {
    const before = this.last - id - 1;
    if (before < 0) return id === this.last;
    return ((this.#map[before >> 3] ?? 0) >> (before & 7) & 1) === 1;
  }

  /** Asks for parts of these remainders, as bits, from now on. */
  push(remainders: number): void {
    if (remainders === this.#pushed) return;
    this.#pushed = remainders;
    this.#write(Uint8Array.of(GroupMessage.push, remainders));
  }

  pull(request: Uint8Array): void {
    this.#write(request);
  }

  close(): void {
    this.#requests.close();
  }

  #write(message: Uint8Array): void {
    if (this.#requests.queued < MAX_WAITING) this.#requests.write(message);
  }
}
