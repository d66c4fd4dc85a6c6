import { deepEqual, equal, match, rejects, throws } from "node:assert/strict";
import { type Client, type Listener, Refusal } from "../../src/hub/mod.ts";
import { settled } from "../support/decided.ts";
import { HlsScene, now, shown } from "./scene.ts";

/** An application that writes down what it is asked and told. */
function watched() {
  const seen: string[] = [];
  const scene = new HlsScene({}, {
    onConnection: ({ client }) => void seen.push(`connect ${client.protocol} ${client.path}`),
    onSubscribe: ({ listener }) =>
      void seen.push(`subscribe ${listener.publication.name} ${[...listener.parameters]}`),
    onUnsubscribe: (_client: Client, listener: Listener) =>
      void seen.push(`unsubscribe ${listener.publication.name}`),
    onDisconnection: (client: Client) => {
      if (client.protocol === "HTTP") seen.push("disconnect");
    },
  });
  return { scene, seen: () => seen.splice(0).filter((line) => !line.includes("RTMP")) };
}

Deno.test("a player is one client and one listener, whatever it asks for, until it stops", async () => {
  const { scene, seen } = watched();
  const publication = scene.publish();
  const opened = scene.playlist("film", { query: "key=1" });
  await scene.run(publication, 0, 5000);
  const path = await opened;
  deepEqual(seen(), ["connect HTTP /live", "subscribe film key,1"]);
  const [listener] = publication.listeners.values();
  for (let count = 0; count < 20; count++) {
    await scene.get(path);
    await scene.get(path.replace("main.m3u8", "main.2.m4s"));
    await scene.run(publication, 5000 + count * 1000, 1000);
  }
  equal(publication.listeners.size, 1);
  equal(listener!.videoQos.bytes > 1000, true);
  deepEqual(seen(), []);
  scene.clock.advance(15_000);
  deepEqual(seen(), ["unsubscribe film", "disconnect"]);
  equal(publication.listeners.size, 0);
  scene.hls.close();
});

Deno.test("nothing is held of a stream for a player that has segments", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const opened = scene.playlist();
  await scene.run(publication, 0, 5000);
  await opened;
  const [listener] = publication.listeners.values();
  deepEqual([listener!.backlog, listener!.more, listener!.next()], [0, false, undefined]);
  scene.hls.close();
});

Deno.test("a player that comes back after a pause is asked about anew, and goes on", async () => {
  const { scene, seen } = watched();
  const publication = scene.publish();
  const opened = scene.playlist();
  await scene.run(publication, 0, 5000);
  const path = await opened;
  scene.clock.advance(30_000);
  seen();
  const answer = scene.ask(path);
  await scene.run(publication, 60_000, 5000);
  equal(shown(await answer).status, 200);
  deepEqual(seen(), ["connect HTTP /live", "subscribe film "]);
  scene.hls.close();
});

Deno.test("an application refuses a player, at once or later", async () => {
  const refusal = new Refusal("Play.Failed", "not you");
  const refuse = () => {
    throw refusal;
  };
  for (const decision of ["onConnection", "onSubscribe"] as const) {
    const scene = new HlsScene({}, { [decision]: refuse });
    throws(() => scene.play(), refusal);
    equal(scene.clock.timers <= 1, true);
    const late = new HlsScene({}, { [decision]: () => Promise.reject(refusal) });
    await rejects(Promise.resolve(late.play()), refusal);
    equal(late.hub.clients.size, 0);
    scene.hls.close();
    late.hls.close();
  }
});

Deno.test("a stream that nobody publishes is not there, after a while", async () => {
  const scene = new HlsScene();
  const answer = scene.play("nothing");
  scene.clock.advance(9000);
  equal(await now(answer), "pending");
  scene.clock.advance(3000);
  equal(shown(await answer).status, 404);
  equal(scene.hub.clients.size, 0);
  scene.hls.close();
});

Deno.test("a script that closes its client ends the session", async () => {
  const clients: Client[] = [];
  const scene = new HlsScene({}, {
    onConnection: ({ client }) => void clients.push(client),
  });
  const publication = scene.publish();
  const opened = scene.playlist();
  await scene.run(publication, 0, 5000);
  await opened;
  clients[0]!.writer.close();
  deepEqual([publication.listeners.size, clients[0]!.isConnected], [0, false]);
  scene.hls.close();
});

Deno.test("one address has so many players at one time, and more when some have left", async () => {
  const scene = new HlsScene({ maxSessions: 2 });
  const publication = scene.publish();
  const opened = [scene.playlist(), scene.playlist()];
  await scene.run(publication, 0, 5000);
  await Promise.all(opened);
  throws(() => scene.play(), { reason: "busy" });
  equal(shown(await scene.play("film", { address: "10.0.0.1:1" })).status, 200);
  scene.clock.advance(20_000);
  const again = scene.play();
  await scene.run(publication, 30_000, 5000);
  equal(shown(await again).status, 200);
  scene.hls.close();
});

Deno.test("nothing is muxed before a player comes, and no longer when the last has left", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  equal(publication.audience.size, 0);
  const opened = scene.playlist();
  await scene.run(publication, 0, 5000);
  await opened;
  equal(publication.audience.size, 2);
  scene.clock.advance(40_000);
  await settled();
  deepEqual([publication.audience.size, scene.clock.timers], [0, 0]);
  scene.hls.close();
});

Deno.test("ids of sessions and of streams cannot be guessed, and unknown ones lead nowhere", async () => {
  const scene = new HlsScene();
  const publication = scene.publish();
  const opened = [scene.playlist(), scene.playlist()];
  await scene.run(publication, 0, 5000);
  const [first, second] = await Promise.all(opened);
  match(first!, /^film\/[\w-]{20}\/main.m3u8$/);
  equal(first === second, false);
  equal((await scene.get("film/AAAAAAAAAAAAAAAAAAAA/main.m3u8")).status, 404);
  for (
    const name of ["other.m3u8", "main.init9.mp4", "main.999999999999999999.m4s", "main.part99.m4s"]
  ) {
    equal((await scene.get(first!.replace("main.m3u8", name))).status, 404, name);
  }
  scene.hls.close();
});

Deno.test("a name with characters of its own is found again", async () => {
  const scene = new HlsScene();
  const name = "Straße/öl & #1";
  const publication = scene.publish(name);
  const opened = scene.playlist(name);
  await scene.run(publication, 0, 5000);
  match(await opened, /^%C3%B6l%20%26%20%231\/[\w-]{20}\/main.m3u8$/);
  scene.hls.close();
});

Deno.test("with names of applications a player gets the stream of its own application", async () => {
  const seen: string[] = [];
  const scene = new HlsScene({}, {
    onSubscribe: ({ listener }) => void seen.push(listener.publication.name),
  }, { names: "application" });
  const others = scene.publish("film", true, "/other");
  const own = scene.publish("film", true, "/live");
  deepEqual([others.name, own.name], ["other/film", "live/film"]);
  const opened = scene.playlist("film");
  await scene.run(own, 0, 5000);
  await opened;
  deepEqual(seen, ["live/film"]);
  deepEqual([others.listeners.size, own.listeners.size], [0, 1]);
  scene.hls.close();
});
