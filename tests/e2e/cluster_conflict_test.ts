import assert from "node:assert/strict";
import { begin, complaints, until, WAYS, withCluster } from "./cluster.ts";
import { frame } from "./peer.ts";
import type { RunningProgram } from "./server.ts";

for (const way of WAYS) {
  Deno.test(`by ${way}: of two publishers of one name at once one stays, and all players get it`, () =>
    withCluster(way, 2, async (scene) => {
      const { servers, cable } = scene;
      const players = [
        await scene.client(servers[0]!, "play"),
        await scene.client(servers[1]!, "play"),
      ];
      for (const player of players) await player.started.promise;
      // Neither server hears of the other's publisher before its own has begun.
      cable.cut();
      const publishers = [
        await scene.client(servers[0]!, "publish"),
        await scene.client(servers[1]!, "publish"),
      ];
      for (const [index, publisher] of publishers.entries()) {
        publisher.write(frame(1000 * index, await publisher.started.promise));
      }
      await until(() => players.every(({ frames }) => frames.length === 1), () => "no frames");
      assert.deepEqual(players.map(({ frames }) => frames), [[0], [1000]]);
      cable.mend();
      const all = () => servers.map((server) => server.log()).join("\n=====\n");
      await until(() => publishers.some(({ ended }) => ended !== ""), all);
      const loser = publishers.findIndex(({ ended }) => ended !== "");
      const winner = publishers[1 - loser]!;
      assert.match(publishers[loser]!.ended, /BadName|already publishing/);
      const first = await begin(winner, players, 2000);
      const numbers = Array.from({ length: 60 }, (_, index) => first + index);
      const streamId = await winner.started.promise;
      for (const number of numbers) winner.write(frame(number, streamId));
      await until(
        () => players.every(({ frames }) => frames.at(-1) === numbers.at(-1)),
        () => JSON.stringify(players.map(({ frames }) => frames)),
      );
      for (const { frames } of players) {
        assert.deepEqual(frames.filter((number) => number >= first), numbers);
      }
      assert.equal(winner.ended, "");
      const said = (server: RunningProgram) => server.count(/is published on .* too: it ends here/);
      assert.deepEqual([said(servers[loser]!), said(servers[1 - loser]!)], [1, 0]);
      assert.deepEqual(servers.map((server) => complaints(server).length).toSorted(), [0, 1]);
    }, { cabled: true }));
}
