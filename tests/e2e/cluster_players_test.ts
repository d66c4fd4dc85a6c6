import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { begin, until, withCluster } from "./cluster.ts";
import { frame, type Peer } from "./peer.ts";
import type { RunningProgram } from "./server.ts";

const EDGES = 3;
const PLAYERS_PER_EDGE = 200;
const FRAMES = 150;

Deno.test(`${EDGES * PLAYERS_PER_EDGE} players over ${EDGES} edges get every frame of one publisher`, () =>
  withCluster("link", 1 + EDGES, async (scene) => {
    const [origin, ...edges] = scene.servers as [RunningProgram, ...RunningProgram[]];
    const players: Peer[] = [];
    for (const edge of edges) {
      for (let i = 0; i < PLAYERS_PER_EDGE; i++) players.push(await scene.client(edge, "play"));
    }
    await Promise.all(players.map(({ started }) => started.promise));
    const publisher = await scene.client(origin, "publish");
    const streamId = await publisher.started.promise;
    const first = await begin(publisher, players);
    const numbers = Array.from({ length: FRAMES }, (_, index) => first + index);
    for (const number of numbers) {
      publisher.write(frame(number, streamId));
      await sleep(20);
    }
    const missing = () => players.filter(({ frames }) => frames.at(-1) !== numbers.at(-1));
    await until(() => missing().length === 0, () => `${missing().length} players have not got all`);
    for (const { frames } of players) {
      assert.deepEqual(frames.filter((number) => number >= first), numbers);
    }
  }));
