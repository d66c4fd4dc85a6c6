import { deepEqual, equal } from "node:assert/strict";
import { readValues, ValueReader } from "../../src/codecs/mod.ts";
import { type Client, Invocation, invoke } from "../../src/hub/mod.ts";
import { fakeHub, FlashPeer, plain } from "../support/flash_peer.ts";

Deno.test("a call for many clients is encoded once for each object encoding", () => {
  const { hub } = fakeHub();
  const peers = [0, 3, 0, 3, 0].map((objectEncoding) => {
    const peer = new FlashPeer(hub);
    peer.connect({ objectEncoding });
    return peer;
  });
  let readers = 0;
  const invocation = new Invocation("tick", () => {
    readers++;
    return new ValueReader([1, { a: ["b"] }]);
  });
  for (const peer of peers) peer.take();
  for (const { writer } of hub.clients.values()) invoke(writer, invocation);
  equal(readers, 2);
  deepEqual(
    peers.map((peer) => peer.take()),
    [20, 17, 20, 17, 20].map((type) => [
      { stream: 0, type, values: ["tick", 0, null, 1, { a: ["b"] }] },
    ]),
  );
});

Deno.test("a call reaches writers that share no encoding, and none that is closed", () => {
  const got: unknown[] = [];
  const writer = {
    writeInvocation: (name: string, args: ValueReader) =>
      void got.push([name, ...readValues(args).map(plain)]),
  };
  const invocation = new Invocation("tick", () => new ValueReader(["x"]));
  invoke(writer as unknown as Client["writer"], invocation);
  invoke(writer as unknown as Client["writer"], invocation);
  deepEqual(got, [["tick", "x"], ["tick", "x"]]);
});
