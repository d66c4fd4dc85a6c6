import type { Hub } from "../../hub/mod.ts";
import type { Log } from "../../logs/mod.ts";
import type { Link, LinkUser } from "../link/links.ts";
import { EndCode } from "../link/session.ts";
import { linkEncoder } from "./encoder.ts";

/**
 * Sends a publication of this server to an edge that asked for it, by a link of its own. No
 * application is asked; the queue is bounded as a client's is.
 */
export function serveEdge(
  hub: Hub,
  { address, peer, session, connection }: Link,
  log: Log,
): LinkUser {
  const name = peer.stream;
  const publication = hub.publication(name);
  if (publication === undefined || publication.origin?.kind === "server") {
    session.end(EndCode.closed, `${name} is not published here`);
    return { frame: () => {}, down: () => {} };
  }
  const { outbox } = connection;
  const tap = hub.tap({
    name,
    encoder: linkEncoder,
    onReady: outbox.wake,
    onOverrun: () => session.end(EndCode.closed, `does not keep up with ${name}`),
  });
  log.info(`server ${address} plays ${name}`);
  outbox.attach(tap);
  outbox.wake();
  return {
    frame: () => {},
    down: () => {
      outbox.detach(tap);
      tap.close();
      log.info(`server ${address} stopped playing ${name}`);
    },
  };
}
