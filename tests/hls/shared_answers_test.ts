import { deepEqual, equal, notEqual } from "node:assert/strict";
import { HlsScene, now, shown } from "./scene.ts";

async function playing() {
  const scene = new HlsScene();
  const publication = scene.publish();
  const opened = [scene.playlist(), scene.playlist()];
  await scene.run(publication, 0, 5000);
  const [one = "", other = ""] = await Promise.all(opened);
  return { scene, publication, one, other };
}

Deno.test("players that ask for the same are answered the same object, until the stream went on", async () => {
  const { scene, publication, one, other } = await playing();
  const answer = await scene.ask(one);
  equal(await scene.ask(other), answer);
  notEqual(await scene.ask(other, { gzip: true }), answer);
  equal(await scene.ask(one, { gzip: true }), await scene.ask(other, { gzip: true }));
  await scene.run(publication, 5000, 400);
  const later = await scene.ask(other);
  notEqual(later, answer);
  notEqual(shown(later).text, shown(answer).text);
  scene.hls.close();
});

Deno.test("players that wait for the same playlist or part get one answer", async () => {
  const { scene, publication, one, other } = await playing();
  const query = "?_HLS_msn=3&_HLS_part=2";
  const waiting = [one, other, one].map((path) => scene.ask(path + query));
  const part = (path: string) => path.replace("main.m3u8", "main.part14.m4s");
  const parts = [one, other].map((path) => scene.ask(part(path)));
  equal(await now(waiting[0]!), "pending");
  await scene.run(publication, 5000, 400);
  const [first, ...others] = await Promise.all(waiting);
  deepEqual([first!.status, others.every((each) => each === first)], [200, true]);
  const [bytes, same] = await Promise.all(parts);
  deepEqual([bytes!.status, bytes === same], [200, true]);
  equal(await scene.ask(part(other)), bytes);
  scene.hls.close();
});

Deno.test("answers that are shared are kept for the newest parts, and for a few queries only", async () => {
  const { scene, publication, one } = await playing();
  const early = one.replace("main.m3u8", "main.part2.m4s");
  notEqual(await scene.ask(early), await scene.ask(early));
  equal((await scene.get(early)).status, 200);
  // Whoever makes up queries fills no memory.
  for (let made = 0; made < 100; made++) await scene.ask(`${one}?x=${made}`);
  notEqual(await scene.ask(`${one}?x=99`), await scene.ask(`${one}?x=99`));
  equal(await scene.ask(`${one}?x=0`), await scene.ask(`${one}?x=0`));
  await scene.run(publication, 5000, 400);
  equal((await scene.get(`${one}?x=99`)).status, 200);
  scene.hls.close();
});

Deno.test("what a player is sent is counted as its own, be it shared or not", async () => {
  const { scene, publication, one, other } = await playing();
  const counts = () => [...publication.listeners.values()].map(({ videoQos }) => videoQos.bytes);
  const path = one.replace("main.m3u8", "main.part13.m4s");
  const { bytes } = await scene.get(path);
  deepEqual(counts(), [bytes, 0]);
  await scene.get(other.replace("main.m3u8", "main.part13.m4s"));
  deepEqual(counts(), [bytes, bytes]);
  scene.hls.close();
});
