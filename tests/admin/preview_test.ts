import { deepEqual, equal } from "node:assert/strict";
import type { RawClient } from "../http/support.ts";
import { AVC_CONFIG, INTER, KEY, SOUND } from "../hub/scene.ts";
import { TOKEN, withScene } from "./control_scene.ts";

const PATH = "/api/v1/publications/a%2Fb/preview.flv";
const AS_OPERATOR = { authorization: `Bearer ${TOKEN}` };

/** The kinds of the next tags of FLV, 8 for sound and 9 for pictures, and their times. */
async function tags(client: RawClient, count: number): Promise<[kind: number, time: number][]> {
  const found: [number, number][] = [];
  for (let i = 0; i < count; i++) {
    const head = await client.bytes(11);
    const view = new DataView(head.buffer, head.byteOffset, 11);
    found.push([head[0]!, view.getUint32(4) >>> 8]);
    await client.bytes((view.getUint32(0) & 0xffffff) + 4);
  }
  return found;
}

Deno.test("a preview is the stream's FLV from time 0, which nobody else hears of", () =>
  withScene(async (scene) => {
    const { hub } = scene;
    const publication = hub.publishFromScript("a/b")!;
    publication.video(90_000, AVC_CONFIG);
    publication.flush();
    const client = await scene.client();
    const head = await client.ask("GET", PATH, AS_OPERATOR);
    equal(head.status, 200);
    equal(head.headers.get("content-type"), "video/x-flv");
    publication.video(90_040, KEY);
    publication.video(90_080, INTER);
    publication.flush();
    deepEqual([...await client.bytes(9)], [0x46, 0x4c, 0x56, 1, 1, 0, 0, 0, 9]);
    await client.bytes(4);
    deepEqual(await tags(client, 3), [[9, 0], [9, 0], [9, 40]]);
    deepEqual([publication.listeners.size, hub.clients.size, hub.isWanted("a/b")], [0, 0, false]);
    client.close();
  }));

Deno.test("a preview wants the token and a stream that runs, and only some look at once", () =>
  withScene(async (scene) => {
    const path = "/publications/a%2Fb/preview.flv";
    deepEqual(await scene.refused("GET", path), [404, "a/b is not published"]);
    scene.hub.publishFromScript("a/b");
    const stranger = await scene.client();
    equal((await stranger.ask("GET", PATH)).status, 401);
    const clients = await Promise.all(Array.from({ length: 10 }, () => scene.client()));
    for (const client of clients) equal((await client.ask("GET", PATH, AS_OPERATOR)).status, 200);
    deepEqual(await scene.refused("GET", path), [503, "more than 10 look at streams"]);
    clients[0]!.close();
    const publication = scene.hub.publication("a/b")!;
    // That a connection is gone shows when something is written to it.
    while (publication.audience.size === 10) {
      publication.audio(0, SOUND);
      publication.flush();
      await new Promise((resume) => setTimeout(resume));
    }
    equal((await (await scene.client()).ask("HEAD", PATH, AS_OPERATOR)).status, 200);
    equal(publication.audience.size, 9);
    equal((await (await scene.client()).ask("GET", PATH, AS_OPERATOR)).status, 200);
  }));
