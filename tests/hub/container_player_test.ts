import assert from "node:assert/strict";
import { ContainerPlayer } from "../../src/hub/mod.ts";
import { CONTAINERS } from "../../src/media/mod.ts";
import { decided } from "../support/decided.ts";
import { PUBLISHER, setUp } from "./scene.ts";
import { AVC, bytes, KEY, play, stage } from "./stage.ts";

Deno.test("a player of MPEG-TS ends, with the reason, when no codec is left that it carries", () => {
  const scene = stage();
  const { hub, publication } = scene;
  publication.video(0, AVC);
  play(scene, 2, { video: KEY });
  const ends: string[] = [];
  const client = setUp().connect();
  const player = decided(ContainerPlayer.open(hub, {
    client,
    name: "live",
    parameters: new Map(),
    container: CONTAINERS.get("ts")!,
    output: { ready: () => {}, ended: (end, reason) => void ends.push(`${end}: ${reason}`) },
  }));
  play(scene, 2, { video: KEY });
  while (player.takeBytes(1e6));
  assert.deepEqual(ends, []);
  play(scene, 2, { video: bytes("12 00") });
  assert.deepEqual(ends, ["stopped: live has no codec that video/mp2t carries"]);
});

Deno.test("a player of MPEG-TS ends when what it carries has not come for ten seconds", () => {
  const { clock, hub, publication } = stage();
  publication.audio(0, bytes("2f fffb9064"));
  publication.video(0, KEY);
  const ends: string[] = [];
  const player = decided(
    ContainerPlayer.open(hub, {
      client: setUp().connect(),
      name: "live",
      parameters: new Map(),
      container: CONTAINERS.get("ts")!,
      output: { ready: () => {}, ended: (_end, reason) => void ends.push(reason) },
    }),
  );
  // The pictures go on as H.263, the sound stops.
  for (let time = 1_000; time <= 10_000; time += 1_000) {
    clock.advance(1_000);
    publication.video(time, bytes("12 00"));
    publication.flush();
    while (player.takeBytes(1e6));
  }
  assert.deepEqual(ends, []);
  clock.advance(1_000);
  publication.video(11_000, bytes("12 00"));
  assert.deepEqual(ends, ["live has no codec that video/mp2t carries"]);
});

for (
  const [what, frame, isEnded] of [
    ["of a codec that it cannot carry", "12 00", true],
    ["of AVC without parameter sets", "27 01 000000 00000002 4109", true],
    ["that it carries", "2f fffb9064", false],
  ] as const
) {
  const end = isEnded ? "ends after 15 s" : "goes on";
  Deno.test(`a player of MPEG-TS that came first ${end} when frames come ${what}`, () => {
    const { clock, hub, publication } = stage();
    const ends: string[] = [];
    const player = decided(
      ContainerPlayer.open(hub, {
        client: setUp().connect(),
        name: "live",
        parameters: new Map(),
        container: CONTAINERS.get("ts")!,
        output: { ready: () => {}, ended: (end, reason) => void ends.push(`${end}: ${reason}`) },
      }),
    );
    const drain = () => {
      publication.flush();
      while (player.takeBytes(1e6));
    };
    clock.advance(60_000);
    drain();
    const payload = bytes(frame);
    for (let time = 0; time <= 15_000; time += 500) {
      assert.deepEqual(ends, []);
      if (!isEnded) publication.audio(time, payload);
      else publication.video(time, time === 0 ? bytes(frame.replace("27", "17")) : payload);
      drain();
      clock.advance(500);
    }
    const reason = "stopped: nothing of live could be sent as video/mp2t for 15 s";
    assert.deepEqual(ends, isEnded ? [reason] : []);
  });
}

Deno.test("a player of MPEG-TS waits for the next publisher, however long", () => {
  const scene = stage();
  const { clock, hub, publication } = scene;
  const ends: string[] = [];
  const player = decided(
    ContainerPlayer.open(hub, {
      client: setUp().connect(),
      name: "live",
      parameters: new Map(),
      container: CONTAINERS.get("ts")!,
      output: { ready: () => {}, ended: (_end, reason) => void ends.push(reason) },
    }),
  );
  const drain = () => {
    publication.flush();
    while (player.takeBytes(1e6));
  };
  publication.video(0, bytes("12 00"));
  drain();
  hub.unpublish(publication);
  drain();
  clock.advance(60_000);
  decided(hub.publish(scene.connect(), "live", PUBLISHER));
  publication.video(0, bytes("12 00"));
  drain();
  publication.video(40, bytes("12 00"));
  drain();
  assert.deepEqual(ends, []);
});
