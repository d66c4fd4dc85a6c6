import assert from "node:assert/strict";
import type { Link } from "../../src/cluster/link/links.ts";
import { serveEdge } from "../../src/cluster/stream/origin.ts";
import { DEFAULT_QUEUE_LIMITS, Hub, type Tap } from "../../src/hub/mod.ts";
import { Outbox, WriteScheduler } from "../../src/net/mod.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FREE_INPUT } from "../support/free_input.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { connect, type Side } from "./link_pair.ts";
import { turn } from "./member.ts";
import { KEY } from "./sharing.ts";

/** The link by which an edge asks for "film". */
function linkOf({ session, peer }: Side, outbox: Outbox): Link {
  return {
    id: session.peerId,
    address: "edge",
    isTarget: false,
    peer: { ...peer!, stream: "film" },
    session,
    connection: { remote: "edge:1", local: "origin:1", outbox, input: FREE_INPUT },
  };
}

Deno.test("an edge that does not read is cut before more than the queue's limit is kept for it", async () => {
  const clock = new FakeClock();
  const hub = new Hub({ clock });
  const publication = hub.publishFromScript("film")!;
  let written = 0;
  // The first write never ends.
  const sink = {
    write: (bytes: Uint8Array) => {
      written += bytes.length;
      return new Promise<number>(() => {});
    },
    close: () => {},
  };
  const outbox = new Outbox(sink, new WriteScheduler(clock), clock, () => {});
  const [edge, origin] = connect({ stream: true });
  const log = new CaptureLog();
  let tap: Tap | undefined;
  const open = hub.tap.bind(hub);
  hub.tap = (options) => tap = open(options);
  const user = serveEdge(hub, linkOf(origin, outbox), log);
  assert.deepEqual([publication.audience.size, publication.listeners.size], [1, 0]);
  assert.ok(tap);
  const frame = new Uint8Array(50_000);
  frame.set(KEY);
  let most = 0;
  for (let time = 0; time < 1000 && origin.end === undefined; time++) {
    publication.video(time, frame);
    most = Math.max(most, tap.backlog);
    publication.flush();
    if (time % 10 === 0) await turn();
  }
  assert.equal(origin.end?.reason, "does not keep up with film");
  assert.ok(most <= DEFAULT_QUEUE_LIMITS.cut + 2 * frame.length, `${most} bytes`);
  assert.deepEqual([outbox.queued, written < 2 * 262_144], [0, true]);
  user.down(origin.end);
  assert.equal(publication.audience.size, 0);
  assert.deepEqual(log.lines.map((line) => line.replace(/^.*server/, "server")), [
    "server edge plays film",
    "server edge stopped playing film",
  ]);
  publication.video(1000, frame);
  assert.equal(tap.more, false, "nothing that follows is held");
  origin.carryTo(edge);
  assert.equal(edge.end?.reason, "does not keep up with film");
});

Deno.test("a publication that is not here, or comes from another server itself, is refused to an edge", () => {
  const clock = new FakeClock();
  const hub = new Hub({ clock });
  hub.publishFromScript("other");
  const sink = { write: () => Promise.resolve(0), close: () => {} };
  const outbox = new Outbox(sink, new WriteScheduler(clock), clock, () => {});
  for (const isPulled of [false, true]) {
    if (isPulled) hub.publishFrom({ kind: "server", id: "another" }, "film");
    const [, origin] = connect({ stream: true });
    serveEdge(hub, linkOf(origin, outbox), new CaptureLog());
    assert.equal(origin.end?.reason, "film is not published here");
  }
});
