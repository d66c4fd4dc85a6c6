import { equal, ok } from "node:assert/strict";
import { SharedObjects } from "../../src/flash/mod.ts";
import { DEFAULT_LIMITS } from "../../src/flash/shared_objects/params.ts";
import { Hub } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { KeptObjects } from "../../src/services/mod.ts";
import { FlashServer } from "../rtmfp/flash_client.ts";
import { DataFolder } from "../services/data_folder.ts";
import { act, checkEqual, numbers } from "../support/object_game.ts";
import {
  type ObjectPlayer,
  PagePlayer,
  RtmfpPlayer,
  RtmpPlayer,
} from "../support/object_players.ts";

const OPERATIONS = 10_000;

for (const persistent of [false, true]) {
  const kind = persistent ? "persistent object, with restarts," : "temporary object";
  Deno.test(`after 10,000 operations of six clients on a ${kind} all have the same`, async () => {
    using folder = new DataFolder();
    const { clock } = folder;
    const random = numbers(persistent ? 7 : 3);
    const scene = { clock, random, name: "board", persistent };
    let port = 5000;
    const start = () => {
      const store = folder.open();
      const hub = new Hub({ clock });
      const objects = new SharedObjects({
        ...{ hub, clock, log: silentLog },
        limits: { ...DEFAULT_LIMITS, clientRate: 0 },
        store: new KeptObjects(store, silentLog),
      });
      const rtmfp = new FlashServer({ latency: 20, loss: 0.02 }, {}, { clock, hub, objects });
      return { store, hub, objects, rtmfp };
    };
    let server = start();
    const flash = () => server.rtmfp.connected(port++);
    const players: ObjectPlayer[] = [
      new RtmpPlayer(scene, 0),
      new RtmpPlayer(scene, 3),
      new RtmfpPlayer(scene, flash),
      new RtmfpPlayer(scene, flash),
      new PagePlayer(scene),
      new PagePlayer(scene),
    ];
    const poll = () => players.forEach((player) => player.poll());
    for (const player of players) player.reconnect(server);
    for (let n = 1; n <= OPERATIONS; n++) {
      act(players, random, n);
      if (random() < 0.5) clock.advance(Math.floor(random() * 8));
      poll();
      if (random() < 0.003) players[Math.floor(random() * players.length)]!.reconnect(server);
      if (!persistent || n % 2_500 !== 0 || n === OPERATIONS) continue;
      await server.rtmfp.close();
      await server.store.close();
      server = start();
      for (const player of players) player.reconnect(server);
    }
    for (let i = 0; i < 50; i++) {
      clock.advance(100);
      poll();
    }
    const object = server.objects.get("/live", "board")!;
    const [first] = players;
    equal(object.slots.size, first!.slots.length);
    ok(object.slots.size > 5);
    checkEqual(players, first!.slots);
    ok(players.every((player) => player.heard > 100));
    await server.rtmfp.close();
    await server.store.close();
  });
}
