import { ProtocolError } from "../../../bytes/mod.ts";
import type { RecvFlow } from "../flow/recv_flow.ts";
import type { Session } from "../session/session.ts";
import type { SessionHandler } from "../session/session_handler.ts";
import { GroupLink, type Membership } from "./link.ts";
import { groupFlowKind, readPeerJoin } from "./messages.ts";
import { GroupFlowKind, GroupMessage } from "./params.ts";

/** Whose neighbor a peer is. */
export interface NeighborOwner {
  /** Our own peer id. */
  readonly peerId: Uint8Array;
  /** Our membership in the group of that id, in hexadecimal. */
  membership(groupId: string): Membership | undefined;
  onLink(link: GroupLink): void;
  onUnlink(link: GroupLink): void;
  onWarning(session: Session, text: string): void;
}

/** A session with a peer, and the groups that it and we are members of. */
export class Neighbor implements SessionHandler {
  readonly session: Session;
  readonly #owner: NeighborOwner;
  readonly #links = new Map<RecvFlow, GroupLink>();

  constructor(session: Session, owner: NeighborOwner) {
    this.session = session;
    this.#owner = owner;
  }

  /** A flow that is not accepted here is refused: posts and objects are for other members. */
  onFlow(flow: RecvFlow): void {
    const kind = groupFlowKind(flow.metadata);
    if (kind === GroupFlowKind.main) {
      flow.accept({
        onMessage: (message) => this.#guarded(() => this.#onMain(flow, message)),
        onEnd: () => this.#unlink(flow),
      });
    } else if (kind === GroupFlowKind.stream) this.#linkOf(flow)?.onStreamFlow(flow);
    else if (kind === GroupFlowKind.media) {
      for (const link of this.#links.values()) if (link.onMediaFlow(flow)) return;
    }
  }

  onClose(): void {
    for (const flow of [...this.#links.keys()]) this.#unlink(flow);
  }

  #onMain(flow: RecvFlow, message: Uint8Array): void {
    const link = this.#links.get(flow);
    if (link === undefined) return this.#join(flow, message);
    if (link.onMain(message)) this.session.close();
  }

  /** The first message of a group's flow: a peer that is no member ends the session. */
  #join(flow: RecvFlow, message: Uint8Array): void {
    if (message[0] !== GroupMessage.join) throw new ProtocolError("no join");
    const join = readPeerJoin(message);
    const membership = this.#owner.membership(join.groupId);
    if (membership === undefined || this.#isLinked(membership)) return flow.refuse();
    if (!GroupLink.isMember(this.session, membership, join, this.#owner.peerId)) {
      throw new ProtocolError("does not know the specification of its group");
    }
    const link = new GroupLink(this.session, membership, flow);
    this.#links.set(flow, link);
    this.#owner.onLink(link);
  }

  #isLinked(membership: Membership): boolean {
    return [...this.#links.values()].some((link) => link.membership === membership);
  }

  /** The link that a flow answers; a peer with one group alone need not say which. */
  #linkOf(flow: RecvFlow): GroupLink | undefined {
    const links = [...this.#links.values()];
    return links.find((link) => link.answers(flow)) ?? (links.length === 1 ? links[0] : undefined);
  }

  #unlink(flow: RecvFlow): void {
    const link = this.#links.get(flow);
    if (link === undefined) return;
    this.#links.delete(flow);
    this.#owner.onUnlink(link);
    link.close();
  }

  #guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#owner.onWarning(this.session, error.message);
      this.session.close();
    }
  }
}
