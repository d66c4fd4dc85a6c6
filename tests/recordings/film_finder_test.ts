import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { readValues } from "../../src/codecs/mod.ts";
import { type Handler, openHandler, Refusal } from "../../src/hub/mod.ts";
import { flvOf } from "./film_bytes.ts";
import { AAC, audio, AVC, stream, video } from "../media/mp4_scene.ts";
import { Scene, settle } from "./scene.ts";

const NONE = new Map<string, string>();

/** A recorder with files of three seconds and applications that decide as `handler` does. */
function library(handler: Partial<Handler> = {}, rules = "*=flv"): Scene {
  const scene = new Scene(rules);
  const hasApplication = (path: string) => path === "" || path === "/live";
  scene.hub.handler = { ...openHandler, hasApplication, ...handler };
  scene.storage.put("/rec/live/film.flv", flvOf(3));
  scene.storage.put("/rec/live/film.mp4", flvOf(3));
  scene.storage.put("/rec/live/folder/deep.flv", flvOf(3));
  scene.storage.put("/rec/live/.hidden.flv", flvOf(3));
  scene.storage.put("/rec/live/notes.txt", "text");
  scene.storage.put("/www/live/clip.f4v", flvOf(3));
  scene.storage.put("/www/live/film.flv", flvOf(9));
  scene.storage.put("/www/data/kept.flv", flvOf(3));
  return scene;
}

/** Records a stream of that many seconds, with a key frame in each. */
async function record(scene: Scene, seconds: number, name = "show"): Promise<void> {
  const publication = scene.publish(name);
  publication.video(0, video(0, AVC).payload);
  publication.audio(0, audio(0, AAC).payload);
  let last = 0;
  for (const { kind, time, payload } of stream(0, seconds * 1000, { group: 25 })) {
    scene.clock.advance(time - last);
    last = time;
    if (kind === "video") publication.video(time, payload);
    else publication.audio(time, payload);
    publication.flush();
    await settle();
  }
  scene.hub.unpublish(publication);
  await settle();
}

Deno.test("a file is one of the application's folder of recordings, then of its own folder", async () => {
  const scene = library();
  const pathOf = async (application: string, name: string) =>
    (await scene.recorder.films.file(application, name))?.path;
  const cases: [string, string, string | undefined][] = [
    ["/live", "film.flv", "/rec/live/film.flv"],
    ["/live", "clip.f4v", "/www/live/clip.f4v"],
    ["/live", "folder/deep.flv", "/rec/live/folder/deep.flv"],
    ["/live", "film", undefined],
    ["/live", "notes.txt", undefined],
    ["/live", ".hidden.flv", undefined],
    ["/live", "folder//deep.flv", undefined],
    ["/live", "../live/film.flv", undefined],
    ["/live", "film\0.flv", undefined],
    ["", "data/kept.flv", undefined],
  ];
  for (const [application, name, path] of cases) {
    equal(await pathOf(application, name), path, name);
  }
  await scene.end();
});

Deno.test("a file in the folder of another application is none of this one's", async () => {
  const scene = library({ hasApplication: (path) => path === "/live/folder" });
  equal(await scene.recorder.films.file("/live", "folder/deep.flv"), undefined);
  ok(await scene.recorder.films.file("/live/folder", "deep.flv"));
  await scene.end();
});

Deno.test("a name without an ending is looked for by the type before it", async () => {
  const asked: string[] = [];
  const scene = library({
    onRead: ({ file }) => {
      asked.push(file);
      return { kind: "file", file };
    },
  });
  const find = (name: string, type: string) =>
    scene.recorder.films.find({ client: scene.client(), name, type, parameters: NONE });
  for (const [name, type] of [["film", ""], ["film", "mp4"], ["clip", "mp4"], ["clip", "flv"]]) {
    await find(name!, type!);
  }
  equal(await find("film", "constructor"), undefined);
  deepEqual(asked, ["film.flv", "film.mp4", "clip.f4v"]);
  await scene.end();
});

Deno.test("an application names another file, answers itself, or refuses", async () => {
  const scene = library({
    onRead: ({ file, parameters }) => {
      deepEqual({ ...readValues(parameters)[0] as object }, { key: 1 });
      if (file === "film.flv") return { kind: "file", file: "folder/deep.flv" };
      if (file === "film.mp4") return { kind: "handled" };
      throw new Refusal("Read.Failed", "not for you", { reason: "denied" });
    },
  });
  const find = (name: string) =>
    scene.recorder.films.find({
      client: scene.client(),
      name,
      type: "",
      parameters: new Map([["key", "1"]]),
    });
  equal(await (await find("film"))?.duration(), 2750);
  equal(await find("film.mp4"), undefined);
  await rejects(() => find("clip.f4v"), (error: Refusal) => {
    deepEqual([error.code, error.message, error.reason], ["Play.Failed", "not for you", "denied"]);
    return true;
  });
  await scene.end();
});

Deno.test("a file that is no film is refused, and the log says why", async () => {
  const scene = library();
  scene.storage.put("/rec/live/broken.flv", "no film at all");
  const found = await scene.recorder.films.find({
    client: scene.client(),
    name: "broken",
    type: "",
    parameters: NONE,
  });
  await rejects(() => found!.duration(), { code: "Play.Failed", reason: "failed" });
  match(scene.log.lines.at(-1)!, /WARN record: broken cannot be played: /);
  await scene.end();
});

Deno.test("who may not play a stream has none of its recordings, in any form", async () => {
  const asked: string[] = [];
  const scene = library({
    onSubscribe: ({ listener: { publication, parameters } }) => {
      asked.push(publication.name);
      if (parameters.get("key") !== "k") throw new Refusal("Play.Failed", "no key");
    },
  }, "live/*=mp4");
  await record(scene, 3);
  const { films } = scene.recorder;
  const client = scene.client();
  const file = scene.recorded[0]!.name;
  const from = new Map([["from", "2026-01-01T00:00:00Z"]]);
  const refused = { code: "Play.Failed", message: "no key" };
  await rejects(() => films.recordingsOf(client, "show", NONE), refused);
  await rejects(() => films.fileFor(client, file, NONE), refused);
  await rejects(() => films.excerpt(client, "show", from), refused);
  await rejects(() => films.playlists.playlist(client, "show", from, String), refused);
  await rejects(() => films.find({ client, name: file, type: "", parameters: NONE }), refused);
  deepEqual(asked, Array(5).fill("show"));
  const key: [string, string] = ["key", "k"];
  const parameters = new Map([key]);
  deepEqual((await films.recordingsOf(client, "show", parameters)).map(({ name }) => name), [file]);
  ok(await films.fileFor(client, file, parameters));
  ok(await films.excerpt(client, "show", new Map([...from, key])));
  // Of what was not recorded there is nothing to ask.
  deepEqual(await films.recordingsOf(client, "none", NONE), []);
  equal(await films.fileFor(client, "none.mp4", NONE), undefined);
  await scene.end();
});

Deno.test("an excerpt is of what was recorded between its dates", async () => {
  const scene = library({}, "live/*=flv");
  await record(scene, 4);
  const { films } = scene.recorder;
  const client = scene.client();
  const excerpt = (from: string, duration: string) =>
    films.excerpt(client, "show", new Map([["from", from], ["duration", duration]]));
  const open = await excerpt("2026-01-01T00:00:01Z", "2");
  const film = await open!();
  equal(film.duration, 2000);
  film.close();
  equal(await excerpt("2026-01-01T01:00:00Z", "2"), undefined);
  await rejects(() => excerpt("yesterday", "2"), { code: "Play.Failed", reason: "failed" });
  await rejects(() => excerpt("2026-01-01T00:00:00Z", "-1"), { code: "Play.Failed" });
  await scene.end();
});

Deno.test("an excerpt is played as a file is; of another time there is none", async () => {
  const scene = library({}, "live/*=flv");
  await record(scene, 4);
  const find = (from: string) =>
    scene.recorder.films.find({
      client: scene.client(),
      name: "show",
      type: "",
      parameters: new Map([["from", from], ["duration", "2"]]),
    });
  equal(await (await find("2026-01-01T00:00:02Z"))?.duration(), 1994);
  await rejects(() => find("2026-01-01T01:00:00Z"), { code: "Play.StreamNotFound" });
  await scene.end();
});

Deno.test("a recording in fragments has a playlist: whole by its name, or of a time by its stream", async () => {
  const scene = library({}, "live/*=mp4");
  await record(scene, 12);
  const { films } = scene.recorder;
  const client = scene.client();
  const { name } = scene.recorded[0]!;
  const urlOf = (file: string) => `files/${file}`;
  const whole = await films.playlists.playlist(client, name.replace(".mp4", ""), NONE, urlOf);
  const segments = (text: string | undefined) => text?.match(/^#EXTINF/gm)?.length;
  // A segment has several fragments, as a player would ask too often otherwise.
  equal(segments(whole), 3);
  ok(whole!.includes(`#EXT-X-MAP:URI="files/${name}"`));
  match(whole!, /#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00\.000Z/);
  const dates = (from: string) => new Map([["from", from], ["duration", "1.5"]]);
  const part = await films.playlists.playlist(client, "show", dates("2026-01-01T00:00:07Z"), urlOf);
  equal(segments(part), 2);
  equal(
    await films.playlists.playlist(client, "show", dates("2027-01-01T00:00:00Z"), urlOf),
    undefined,
  );
  equal(await films.playlists.playlist(client, "none", NONE, urlOf), undefined);
  // What its pictures are cannot be told: MP4 does not carry them.
  equal(await films.playlists.playlist(client, "film", NONE, urlOf), undefined);
  equal(scene.storage.open_, 0);
  await scene.end();
});
