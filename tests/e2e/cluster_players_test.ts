import assert from "node:assert/strict";
import { frame, Peer } from "./peer.ts";
import { inTempFolder } from "./program.ts";
import { freePort, type RunningProgram, runServer } from "./server.ts";

const EDGES = 3;
const PLAYERS_PER_EDGE = 200;
const FRAMES = 150;

Deno.test(`${EDGES * PLAYERS_PER_EDGE} players over ${EDGES} edges get every frame of one publisher`, () =>
  inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    const link = freePort();
    const secret = ["servers.secret=s3", "cluster.share=true"];
    const start = (index: number, ...set: string[]) =>
      runServer({ www: `${folder}/www`, data: `${folder}/data${index}`, set: [...secret, ...set] });
    const servers = [await start(0, `servers.port=${link}`)];
    const peers: Peer[] = [];
    try {
      for (let index = 1; index <= EDGES; index++) {
        servers.push(await start(index, `servers.targets=127.0.0.1:${link}`));
      }
      const [origin, ...edges] = servers as [RunningProgram, ...RunningProgram[]];
      for (const edge of edges) {
        await edge.logged(/is connected, as/);
        for (let i = 0; i < PLAYERS_PER_EDGE; i++) peers.push(await Peer.open(edge, "play"));
      }
      const players = [...peers];
      await Promise.all(players.map(({ started }) => started.promise));
      let left = players.length * FRAMES;
      const done = Promise.withResolvers<void>();
      for (const player of players) {
        player.onFrame = () => {
          if (--left === 0) done.resolve();
        };
      }
      const publisher = await Peer.open(origin, "publish");
      peers.push(publisher);
      const streamId = await publisher.started.promise;
      for (const edge of edges) await edge.logged(/film is fetched from/);
      await new Promise((resolve) => setTimeout(resolve, 500));
      for (let index = 0; index < FRAMES; index++) {
        publisher.write(frame(index, streamId));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const timeout = setTimeout(
        () => done.reject(new Error(`${left} frames are missing`)),
        20_000,
      );
      await done.promise;
      clearTimeout(timeout);
      const expected = Array.from({ length: FRAMES }, (_, index) => index);
      for (const player of players) assert.deepEqual(player.frames, expected);
    } finally {
      await Promise.all(peers.map((peer) => peer.close()));
      await Promise.all(servers.map((server) => server.kill()));
    }
  }));
