import { deepEqual, equal } from "node:assert/strict";
import { HlsScene, lines, now, shown } from "./scene.ts";

async function playing() {
  const scene = new HlsScene();
  const publication = scene.publish();
  const opened = scene.playlist();
  // Segments 0 and 1 are whole, of segment 2 there are parts 0 and 1.
  await scene.run(publication, 0, 5000);
  return { scene, publication, path: await opened };
}

Deno.test("a playlist is held until it has the part that is asked for", async () => {
  const { scene, publication, path } = await playing();
  const answer = scene.ask(`${path}?_HLS_msn=3&_HLS_part=2`);
  equal(await now(answer), "pending");
  await scene.run(publication, 5000, 400);
  const { status, text, headers } = shown(await answer);
  deepEqual([status, headers.get("cache-control")], [200, "max-age=12"]);
  equal(lines(text, "#EXT-X-PART:").at(-1), 'DURATION=0.32,URI="main.part15.m4s",INDEPENDENT=YES');
  scene.hls.close();
});

Deno.test("what is there is answered at once, a whole segment is waited for", async () => {
  const { scene, publication, path } = await playing();
  for (const query of ["_HLS_msn=2", "_HLS_msn=1&_HLS_part=0", "_HLS_msn=3&_HLS_part=1"]) {
    equal((await scene.get(`${path}?${query}`)).status, 200);
  }
  const answer = scene.ask(`${path}?_HLS_msn=3`);
  equal(await now(answer), "pending");
  await scene.run(publication, 5000, 1400);
  equal(lines(shown(await answer).text, "main.").at(-1), "3.m4s");
  scene.hls.close();
});

Deno.test("a part past the end of its segment is the first of the next", async () => {
  const { scene, publication, path } = await playing();
  const answer = scene.ask(`${path}?_HLS_msn=3&_HLS_part=6`);
  equal(await now(answer), "pending");
  await scene.run(publication, 5000, 1500);
  equal(lines(shown(await answer).text, "main.").at(-1), "3.m4s");
  scene.hls.close();
});

for (
  const query of [
    "_HLS_part=1",
    "_HLS_msn=5",
    "_HLS_msn=3&_HLS_part=10",
    "_HLS_msn=1e18",
    "_HLS_msn=1000000000000000000",
    "_HLS_msn=-1",
    "_HLS_msn=x",
    "_HLS_msn=3&_HLS_part=1.5",
    "_HLS_msn=",
  ]
) {
  Deno.test(`a playlist that is asked for with ${query} is refused at once`, async () => {
    const { scene, path } = await playing();
    equal((await scene.get(`${path}?${query}`)).status, 400);
    scene.hls.close();
  });
}

Deno.test("the part that is announced is waited for, later ones are not there", async () => {
  const { scene, publication, path } = await playing();
  const folder = path.replace(/main.m3u8$/, "");
  const answer = scene.ask(`${folder}main.part14.m4s`);
  equal(await now(answer), "pending");
  equal((await scene.get(`${folder}main.part15.m4s`)).status, 404);
  await scene.run(publication, 5000, 400);
  equal(shown(await answer).status, 200);
  scene.hls.close();
});

Deno.test("what is waited for and does not come is told after three target durations", async () => {
  const { scene, path } = await playing();
  const answer = scene.ask(`${path}?_HLS_msn=3&_HLS_part=2`);
  for (let second = 0; second < 5; second++) {
    scene.clock.advance(1000);
    equal(await now(answer), "pending");
  }
  scene.clock.advance(2000);
  equal(shown(await answer).status, 503);
  scene.hls.close();
});

Deno.test("a publisher that stays away ends the playlist, for those who wait as well", async () => {
  const { scene, publication, path } = await playing();
  scene.hub.unpublish(publication);
  const before = scene.ask(`${path}?_HLS_msn=4`);
  scene.clock.advance(7000);
  equal(shown(await before).status, 503);
  const answer = scene.ask(`${path}?_HLS_msn=4`);
  scene.clock.advance(4000);
  const { status, text } = shown(await answer);
  equal(status, 200);
  equal(text.endsWith("#EXT-X-ENDLIST\n"), true);
  equal(text.includes("PRELOAD-HINT"), false);
  scene.hls.close();
});
