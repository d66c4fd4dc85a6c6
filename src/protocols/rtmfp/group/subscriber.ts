import type { RecvFlow } from "../flow/recv_flow.ts";
import { Priority, type SendFlow } from "../flow/send_flow.ts";
import type { Session } from "../session/session.ts";
import { groupMetadata, readPull, writeStream } from "./messages.ts";
import { GroupFlowKind, GroupMessage, MAX_WAITING, WINDOW } from "./params.ts";
import type { Part } from "./parts.ts";
import type { GroupStream } from "./stream.ts";

/** A peer that gets a stream of ours. */
export class Subscriber {
  readonly stream: GroupStream;
  readonly #session: Session;
  /** Announcement and maps. */
  readonly #report: SendFlow;
  /** The peer's requests, once it has subscribed. */
  #requests: RecvFlow | undefined;
  #media: SendFlow | undefined;
  /** Remainders that are pushed, as bits. */
  #pushed = 0;
  #told = 0;

  constructor(session: Session, stream: GroupStream, main: RecvFlow, onRefused: () => void) {
    this.#session = session;
    this.stream = stream;
    this.#report = session.openFlow(groupMetadata(GroupFlowKind.stream), { associated: main });
    this.#report.onException = onRefused;
    this.#report.write(writeStream(stream));
  }

  /** Whether requests may come by that flow: it is the first one. */
  subscribe(requests: RecvFlow): boolean {
    if (this.#requests !== undefined) return false;
    this.#requests = requests;
    return true;
  }

  owns(flow: RecvFlow): boolean {
    return this.#requests === flow;
  }

  tell(map: Uint8Array, last: number): void {
    if (last === this.#told || this.#report.queued > MAX_WAITING) return;
    this.#told = last;
    this.#report.write(map);
  }

  /** Sends a part if the peer wants it pushed. */
  push(part: Part): boolean {
    return (this.#pushed >> part.id % 8 & 1) === 1 && this.#send(part.bytes);
  }

  /** `push` and `pull` of the peer. */
  onRequest(message: Uint8Array): void {
    if (message[0] === GroupMessage.push) this.#pushed = message[1] ?? 0;
    else if (message[0] === GroupMessage.pull) {
      const part = this.stream.part(readPull(message));
      if (part !== undefined) this.#send(part);
    }
  }

  end(message: Uint8Array): void {
    this.#report.write(message);
    this.close();
  }

  close(): void {
    this.#report.onException = undefined;
    this.#report.close();
    this.#media?.close();
    this.#requests?.refuse();
  }

  #send(part: Uint8Array): boolean {
    if (this.#requests === undefined) return false;
    this.#media ??= this.#session.openFlow(groupMetadata(GroupFlowKind.media), {
      priority: Priority.priority,
      associated: this.#requests,
    });
    if (!this.#media.isOpen || this.#media.queued > MAX_WAITING) return false;
    this.#media.write(part, { startWithin: WINDOW });
    return true;
  }
}
