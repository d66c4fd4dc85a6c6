import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { begin, until, WAYS, withCluster } from "./cluster.ts";
import { frame, type Peer } from "./peer.ts";
import type { RunningProgram } from "./server.ts";

/** Frames that are published while an edge does not read, and bytes of each. */
const FRAMES = 4_000;
const FRAME_SIZE = 50_000;

/** Frames that may be under way: fewer than make a listener wait for a key frame. */
const UNDER_WAY = 15;

/** How far a server's memory may grow while it publishes 200 MB, garbage included. */
const GROWTH_LIMIT = 100_000_000;

/** Resident memory of a server, in bytes. */
function memory({ pid }: RunningProgram): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`)) ?? [];
  return Number(kilobytes) * 1024;
}

for (const way of WAYS) {
  Deno.test(`by ${way}: an edge that does not read holds nobody up, costs bounded memory, and comes back`, () =>
    withCluster(way, 3, async (scene) => {
      const [origin, good, slow] = scene.servers as [
        RunningProgram,
        RunningProgram,
        RunningProgram,
      ];
      const player = await scene.client(good, "play");
      const late = await scene.client(slow, "play");
      for (const { started } of [player, late]) await started.promise;
      const publisher = await scene.client(origin, "publish");
      const streamId = await publisher.started.promise;
      const first = await begin(publisher, [player, late]);
      const publish = (number: number) =>
        publisher.write(frame(number, streamId, { size: FRAME_SIZE }));
      const reached = (number: number) =>
        until(
          () => player.frames.at(-1)! >= number,
          () => `at ${player.frames.at(-1)}, not ${number}:\n${origin.log()}\n${good.log()}`,
        );
      Deno.kill(slow.pid, "SIGSTOP");
      const before = memory(origin);
      let most = before;
      for (let number = first; number < first + FRAMES; number++) {
        publish(number);
        await reached(number - UNDER_WAY);
        // Lets what was written leave, and what came arrive.
        if (number % 4 === 0) await sleep(1);
        if (number % 100 === 0) most = Math.max(most, memory(origin));
      }
      const end = first + FRAMES;
      await reached(end - 1);
      assert.deepEqual(
        numbersFrom(player, first),
        Array.from({ length: FRAMES }, (_, i) => first + i),
      );
      assert.ok(most - before < GROWTH_LIMIT, `${before} bytes before, ${most} at most`);
      Deno.kill(slow.pid, "SIGCONT");
      await begin(publisher, [late], end);
      const { frames } = late;
      assert.deepEqual(frames, frames.toSorted((a, b) => a - b), "in order");
      // What comes of the time before is what was kept for it: its queue and the sockets' buffers.
      const kept = frames.filter((number) => number >= first && number < end).length;
      assert.ok(kept < FRAMES / 4, `${kept} of ${FRAMES} frames were kept`);
    }));
}

function numbersFrom({ frames }: Peer, first: number): number[] {
  return frames.filter((number) => number >= first);
}
