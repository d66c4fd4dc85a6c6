import { Client, type Hub } from "../../hub/mod.ts";
import type { Link, LinkUser } from "../link/links.ts";
import { EndCode } from "../link/session.ts";
import type { Pulling } from "../sharing/sharing.ts";
import { linkEncoder } from "./encoder.ts";

/**
 * Sends a publication of this server to an edge that asked for it, by a link of its own. The edge
 * is a listener like any other, without an application: its queue is bounded in the same way.
 */
export function serveEdge(
  hub: Hub,
  pulling: Pick<Pulling, "isPulled">,
  { address, peer, session, connection }: Link,
): LinkUser {
  const name = peer.stream;
  const publication = pulling.isPulled(name) ? undefined : hub.publication(name);
  if (publication === undefined) {
    session.end(EndCode.closed, `${name} is not published here`);
    return { frame: () => {}, down: () => {} };
  }
  const { outbox } = connection;
  const edge = new Client({
    protocol: "Server",
    address,
    path: "",
    query: "",
    properties: new Map(),
  });
  const listener = hub.subscribe(edge, name, {
    ready: outbox.wake,
    overrun: () => session.end(EndCode.closed, `does not keep up with ${name}`),
    status: () => {},
  });
  const source = publication.stream(listener, linkEncoder);
  outbox.attach(source);
  outbox.wake();
  return {
    frame: () => {},
    down: () => {
      outbox.detach(source);
      source.close();
      hub.unsubscribe(listener);
    },
  };
}
