import { deepEqual } from "node:assert/strict";
import { NO_RECORDINGS, type Publication } from "../../src/hub/mod.ts";
import { statuses } from "../support/flash_peer.ts";
import { pair } from "./streams.ts";

for (const mode of ["record", "append"]) {
  Deno.test(`publish for ${mode} tells whether the stream is recorded`, () => {
    const { hub, player: peer, id } = pair();
    const seen: string[] = [];
    hub.recordings = {
      ...NO_RECORDINGS,
      isRecorded: ({ name, mode }: Publication) => seen.push(mode) < 9 && name === "a",
    };
    deepEqual(statuses(peer.command(id, "publish", "a", mode)), [
      [id, "NetStream.Publish.Start"],
      [id, "NetStream.Record.Start"],
    ]);
    deepEqual(statuses(peer.command(id, "publish", "b", mode)), [
      [id, "NetStream.Record.Stop"],
      [id, "NetStream.Unpublish.Success"],
      [id, "NetStream.Publish.Start"],
      [id, "NetStream.Record.NoAccess"],
    ]);
    deepEqual(statuses(peer.command(id, "closeStream")), [[id, "NetStream.Unpublish.Success"]]);
    deepEqual(seen, [mode, mode]);
  });
}

Deno.test("publish without a mode, or with another one, is live and says nothing of recordings", () => {
  const { hub, player: peer, id } = pair();
  hub.recordings = { ...NO_RECORDINGS, isRecorded: () => true };
  for (const args of [[], ["live"], ["constructor"], [7], [{}]]) {
    deepEqual(statuses(peer.command(id, "publish", "a", ...args)).slice(-1), [
      [id, "NetStream.Publish.Start"],
    ]);
    peer.command(id, "closeStream");
  }
});
