import assert from "node:assert/strict";
import { begin, withCluster } from "./cluster.ts";
import { runProgram } from "./server.ts";

Deno.test("an edge plays an application's stream under its name, and no other application's", () =>
  withCluster("link", 2, async (scene) => {
    const [origin, edge] = scene.servers;
    assert.ok(origin && edge);
    await Deno.mkdir(`${scene.folder}/www/other`);
    const player = await scene.client(edge, "play");
    await player.started.promise;
    const publisher = await scene.client(origin, "publish");
    await publisher.started.promise;
    await begin(publisher, [player]);
    await edge.logged(/ live\/film is pulled from server /);
    const { out } = await runProgram("curl", [
      ...["-s", "-m", "1", "-o", "/dev/null", "-w", "%{http_code} %{size_download}"],
      `http://127.0.0.1:${edge.http}/other/film.flv`,
    ]);
    assert.equal(out, "200 0");
    assert.equal(edge.count(/ other\/film is pulled /), 0);
  }, { set: ["live.names=application"] }));
