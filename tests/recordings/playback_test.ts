import { deepEqual, equal, ok } from "node:assert/strict";
import { Refusal } from "../../src/hub/mod.ts";
import { namedData } from "../../src/media/mod.ts";
import type { Received } from "../support/flash_peer.ts";
import { flvOf } from "./film_bytes.ts";
import { filmBytes } from "./film_files.ts";
import { KEY, settle } from "./scene.ts";
import { brief, statuses, Theatre } from "./theatre.ts";

Deno.test("play of a file tells what Flash expects, and sends metadata, headers, a second at once", async () => {
  const theatre = new Theatre();
  deepEqual(brief(await theatre.command("play", "film")), [
    "control 4",
    "control 0",
    "NetStream.Play.Reset",
    "NetStream.Play.Start",
    "|RtmpSampleAccess",
    "NetStream.Data.Start",
  ]);
  const media = theatre.peer.takeMedia().map(([, message]) => message);
  deepEqual(media.slice(0, 3).map(({ kind, role, name }) => `${kind} ${role} ${name}`), [
    "data config onMetaData",
    "video config ",
    "audio config ",
  ]);
  equal(media.at(-1)?.time, 1000);
  equal(theatre.peer.delivered?.isRecorded, true);
  await theatre.pass(2000);
  equal(theatre.newest(), 3000);
  await theatre.end();
});

Deno.test("a client's buffer says how far ahead it is sent", async () => {
  const theatre = new Theatre(20);
  theatre.peer.connection.setBufferTime(theatre.id, 5000);
  await theatre.command("play", "film");
  equal(theatre.newest(), 5000);
  await theatre.pass(1000);
  equal(theatre.newest(), 6000);
  theatre.peer.connection.setBufferTime(theatre.id, 36_000_000);
  await theatre.pass(100);
  equal(theatre.newest(), 19_750);
  await theatre.end();
});

Deno.test("a file that is played ends with what Flash expects", async () => {
  const theatre = new Theatre(3);
  await theatre.command("play", "film.flv", 0);
  await theatre.pass(2000);
  const messages = theatre.peer.take();
  deepEqual(brief(messages), ["NetStream.Play.Complete", "control 1", "NetStream.Play.Stop"]);
  const [status] = messages;
  equal(status?.values?.[0], "onPlayStatus");
  equal((status?.values?.[1] as { duration: number }).duration, 2.75);
  equal(theatre.newest(), 2750);
  deepEqual(brief(await theatre.command("closeStream")), ["control 1", "NetStream.Play.Stop"]);
  equal(theatre.storage.open_, 0);
  equal(theatre.clock.timers, 1, "that of the keeper");
  await theatre.end();
});

Deno.test("play of a part begins at the key frame before it, and ends where it is said", async () => {
  const theatre = new Theatre(20);
  await theatre.command("play", "film", 4300, 2000);
  await theatre.pass(4000);
  const times = theatre.times();
  deepEqual([times[0], times.at(-1)], [4000, 6250]);
  deepEqual(brief(theatre.peer.take()).slice(-1), ["NetStream.Play.Stop"]);
  await theatre.command("play", "film", 4300, 0);
  await theatre.pass(1000);
  deepEqual(theatre.times(), [4000]);
  await theatre.end();
});

Deno.test("seek goes to the key frame before, forth and back, and after the end too", async () => {
  const theatre = new Theatre(20);
  await theatre.command("play", "film");
  theatre.times();
  deepEqual(brief(await theatre.command("seek", 12_600)), [
    ...["control 1", "control 4", "control 0", "NetStream.Seek.Notify", "NetStream.Play.Start"],
  ]);
  deepEqual(theatre.times().slice(0, 3), [12_000, 12_010, 12_250]);
  await theatre.command("seek", 3000);
  await theatre.pass(100);
  equal(theatre.times()[0], 3000);
  await theatre.pass(100);
  theatre.times();
  equal(brief(await theatre.command("seek", 99_000)).at(-1), "NetStream.Play.Stop");
  deepEqual(theatre.times(), [19_000, 19_010, 19_250, 19_500, 19_510, 19_750]);
  theatre.times();
  await theatre.command("seek", 0);
  await theatre.pass(100);
  equal(theatre.times()[0], 0);
  for (const time of [-5, Number.NaN, "x", 1e300]) await theatre.command("seek", time);
  await theatre.end();
});

Deno.test("after a seek codec headers have the time of what follows them", async () => {
  const theatre = new Theatre(20);
  await theatre.command("play", "film");
  theatre.times();
  await theatre.command("seek", 12_600);
  const headers = theatre.peer.takeMedia().filter(([, { kind, role }]) =>
    kind !== "data" && role === "config"
  );
  deepEqual(headers.map(([, { kind, time }]) => [kind, time]), [
    ["video", 12_000],
    ["audio", 12_000],
  ]);
  await theatre.end();
});

Deno.test("of many seeks the last one counts, ten are done in a second", async () => {
  const theatre = new Theatre(60);
  await theatre.command("play", "film");
  await theatre.pass(200);
  const { storage } = theatre;
  let reads = 0;
  const { open } = storage;
  storage.open = async (path: string) => {
    const file = await open.call(storage, path);
    return { ...file, read: (at: number, buffer: Uint8Array) => (reads++, file.read(at, buffer)) };
  };
  await theatre.command("play", "film");
  await theatre.pass(200);
  theatre.times();
  reads = 0;
  for (let count = 0; count < 500; count++) await theatre.command("seek", (count * 977) % 59_000);
  await theatre.command("seek", 40_500);
  await theatre.pass(200);
  const times = theatre.times();
  ok(times.includes(40_000) && !times.includes(41_750), String(times));
  ok(reads < 100, `${reads} reads`);
  await theatre.end();
});

Deno.test("getStreamLength tells seconds of a file, and 0 of what is live or not there", async () => {
  const theatre = new Theatre();
  const length = async (name: unknown) => {
    const messages = theatre.peer.command(0, "getStreamLength", name);
    await settle();
    return [...messages, ...theatre.peer.take()][0]?.values?.[3];
  };
  deepEqual([await length("film"), await length("mp4:film"), await length(7)], [9.75, 0, 0]);
  theatre.storage.put("/rec/live/bad.flv", new Uint8Array(20));
  equal(await length("bad"), 0);
  theatre.publish("film", "live", theatre.client(""));
  equal(await length("film"), 0);
  equal(theatre.storage.open_, 0);
  await theatre.end();
});

Deno.test("onMetaData of an MP4 tells its key frames", async () => {
  const theatre = new Theatre();
  theatre.storage.put("/rec/live/a.mp4", filmBytes("h264_aac.mp4"));
  theatre.storage.put("/rec/live/b.mp4", filmBytes("h264_aac_fragments.mp4"));
  for (const name of ["a.mp4", "b.mp4"]) {
    await theatre.command("play", name, 0);
    const [, message] = theatre.peer.takeMedia()[0]!;
    const values = namedData(message);
    const points = (values.get("seekpoints") as Map<string, number>[]).map((each) =>
      Math.round(10 * (each instanceof Map ? each.get("time")! : Number.NaN)) / 10
    );
    deepEqual([points.length, points[1]! - points[0]!], [2, 1], name);
    equal(values.get("width"), 64);
    deepEqual([values.get("videocodecid"), values.get("audiocodecid")], [7, 10]);
  }
  await theatre.end();
});

Deno.test("a pause stops, and what follows it goes on where the client says, at its pace", async () => {
  const theatre = new Theatre(30);
  await theatre.command("play", "film");
  await theatre.pass(2000);
  equal(theatre.newest(), 3000);
  deepEqual(statuses(await theatre.command("pause", true, 2000)), [
    [theatre.id, "NetStream.Pause.Notify"],
  ]);
  await theatre.pass(60_000);
  deepEqual(theatre.times(), []);
  deepEqual(statuses(await theatre.command("pause", false, 2000)), [
    [theatre.id, "NetStream.Unpause.Notify"],
  ]);
  deepEqual([...new Set(theatre.times().map((time) => Math.floor(time / 1000)))], [2, 3]);
  await theatre.command("pauseRaw", true, 3000);
  await theatre.command("pauseRaw", false, 0);
  await theatre.pass(1000);
  ok(theatre.newest() >= 4000);
  await theatre.end();
});

Deno.test("a playlist plays one after the other, and reset ends it", async () => {
  const theatre = new Theatre(2);
  await theatre.command("play", "film", 0, -1, true);
  deepEqual(await theatre.command("play", "short", 0, -1, false), []);
  await theatre.command("play", "film", 0, 500, 0);
  await theatre.pass(1500);
  deepEqual(brief(theatre.peer.take()), [
    ...["NetStream.Play.Switch", "control 4", "control 0", "NetStream.Play.Start"],
    ...["|RtmpSampleAccess", "NetStream.Data.Start"],
    ...["NetStream.Play.Switch", "control 4", "control 0", "NetStream.Play.Start"],
    ...["|RtmpSampleAccess", "NetStream.Data.Start"],
    ...["NetStream.Play.Complete", "control 1", "NetStream.Play.Stop"],
  ]);
  const pictures = theatre.times().filter((time) => time % 250 === 0);
  deepEqual(pictures.slice(-6), [0, 250, 500, 750, 0, 250]);
  await theatre.command("play", "film");
  await theatre.command("play", "short", 0, -1, 0);
  await theatre.command("play", "film", 0, -1, 1);
  await theatre.pass(3000);
  equal(brief(theatre.peer.take()).filter((text) => text.endsWith("Complete")).length, 1);
  await theatre.end();
});

Deno.test("a play in the place of another tells no Play.Stop, be that over or not", async () => {
  const theatre = new Theatre(2);
  const begun = ["control 4", "control 0", "NetStream.Play.Reset", "NetStream.Play.Start"];
  await theatre.command("play", "film");
  // A script that plays the next one at Play.Stop would pass over this one.
  deepEqual(brief(await theatre.command("play", "short")).slice(0, 4), begun);
  await theatre.pass(3000);
  theatre.peer.take();
  deepEqual(brief(await theatre.command("play", "film")).slice(0, 4), begun);
  deepEqual(brief(await theatre.command("play", false)), ["control 1", "NetStream.Play.Stop"]);
  await theatre.end();
});

Deno.test("-2 takes what is live first, -1 nothing else, and what no file has waits", async () => {
  const theatre = new Theatre();
  const publication = theatre.publish("film", "live", theatre.client(""));
  for (const start of [-2, -2000, -1, -1000, undefined]) {
    await theatre.command("play", "film", ...(start === undefined ? [] : [start]));
    equal(publication.listeners.size, 1, String(start));
  }
  await theatre.command("play", "film", 0);
  equal(publication.listeners.size, 0);
  theatre.hub.unpublish(publication);
  await theatre.command("play", "film", -2000);
  equal(theatre.peer.delivered?.isRecorded, true);
  await theatre.command("play", "film", -1000);
  equal(theatre.peer.delivered?.isRecorded, undefined);
  for (const name of ["later", "mp3:film", "film.lua"]) {
    const messages = await theatre.command("play", name, 0);
    equal(statuses(messages).at(-1)?.[1], "NetStream.Play.Start", name);
    equal(theatre.peer.delivered?.isRecorded, undefined, name);
  }
  const later = theatre.publish("later", "live", theatre.client(""));
  await theatre.command("play", "later", 0);
  theatre.times();
  later.video(0, KEY);
  later.flush();
  deepEqual(theatre.times(), [0]);
  await theatre.end();
});

Deno.test("an application's own files are played, hidden ones and those of others are not", async () => {
  const theatre = new Theatre();
  const { storage, hub } = theatre;
  hub.handler = { ...hub.handler, hasApplication: (path) => path !== "/live/sub" };
  const film = flvOf(1);
  storage.put("/www/live/own.flv", film);
  storage.put("/www/live/a/deep.flv", film);
  storage.put("/www/live/.hidden.flv", film);
  storage.put("/www/other/film.flv", film);
  storage.put("/www/secret.flv", film);
  const isFilm = async (name: string) => {
    await theatre.command("play", name, 0);
    return theatre.peer.delivered?.isRecorded ?? false;
  };
  hub.handler = { ...hub.handler, hasApplication: (path) => path === "/live" || path === "" };
  equal(await isFilm("own"), true);
  equal(await isFilm("a/deep.flv"), true);
  for (
    const name of [".hidden", "../secret", "../other/film", "/secret.flv", "a/../own", "a//deep"]
  ) equal(await isFilm(name), false, name);
  hub.handler = { ...hub.handler, hasApplication: (path) => path === "/live/a" };
  equal(await isFilm("a/deep.flv"), false);
  await theatre.end();
});

Deno.test("onSubscribe and onRead decide: they refuse, or name another file", async () => {
  const theatre = new Theatre();
  const asked: string[] = [];
  const { hub, storage } = theatre;
  storage.put("/rec/live/other.flv", flvOf(2));
  hub.handler = {
    ...hub.handler,
    onRead: ({ file }) => {
      asked.push(file);
      if (file === "short.flv") throw new Refusal("Read.Failed", "not this one");
      return { kind: "file", file: file === "film.flv" ? "other.flv" : file };
    },
    onSubscribe: ({ listener }) => {
      asked.push(`subscribe ${listener.publication.name}`);
      if (listener.publication.name === "other") throw new Refusal("Play.Failed", "nor that");
    },
  };
  const codes = async (name: string) =>
    statuses(await theatre.command("play", name)).map(([, code]) => code).at(-1);
  equal(await codes("film"), "NetStream.Play.Start");
  await theatre.pass(2000);
  equal(theatre.newest(), 1750);
  equal(await codes("short"), "NetStream.Play.Failed");
  equal(await codes("other"), "NetStream.Play.Failed");
  deepEqual(asked, ["film.flv", "subscribe film", "short.flv", "other.flv", "subscribe other"]);
  equal(storage.open_, 0);
  await theatre.end();
});

Deno.test("a file that is none, or breaks off, is told, and the server goes on", async () => {
  const theatre = new Theatre();
  const { storage } = theatre;
  const film = flvOf(5);
  const files: [string, Uint8Array][] = [
    ["empty.flv", new Uint8Array(0)],
    ["text.flv", new TextEncoder().encode("no film at all, but a text of some length")],
    ["head.flv", film.subarray(0, 9)],
    ["box.mp4", Uint8Array.of(0, 0, 0, 8, 0x66, 0x74, 0x79, 0x70)],
    ["odd.mp4", Uint8Array.of(0, 0, 0, 1, 0x66, 0x74, 0x79, 0x70, 255, 255, 255, 255, 0, 0, 0, 0)],
  ];
  for (const [name, bytes] of files) {
    storage.put(`/rec/live/${name}`, bytes);
    const codes = statuses(await theatre.command("play", name, 0)).map(([, code]) => code);
    await theatre.pass(100);
    const isTold = codes.includes("NetStream.Play.Failed");
    equal(isTold || name === "head.flv", true, `${name}: ${codes}`);
  }
  storage.put("/rec/live/cut.flv", film.subarray(0, film.length - 9));
  await theatre.command("play", "cut", 0);
  await theatre.pass(6000);
  equal(theatre.newest(), 4510);
  await theatre.command("closeStream");
  equal(storage.open_, 0);
  await theatre.end();
});

Deno.test("a player that does not take its film is not sent more, and leaves nothing behind", async () => {
  const theatre = new Theatre(60, 100_000);
  const { peer, hub, storage } = theatre;
  let backlog = () => 0;
  peer.deliver = (_stream, listener) => {
    backlog = () => listener.backlog;
    return { ready: () => {}, close: () => {} };
  };
  peer.connection.setBufferTime(theatre.id, 60_000);
  await theatre.command("play", "film");
  await theatre.pass(1000);
  ok(backlog() > 500_000 && backlog() < 800_000, `${backlog()} bytes`);
  peer.connection.close();
  await settle();
  equal(storage.open_, 0);
  equal([...hub.publications()].length, 0);
  await theatre.end();
});

Deno.test("a client plays so many files at a time, and no more", async () => {
  const theatre = new Theatre();
  const ids = Array.from({ length: 20 }, () => theatre.peer.createStream());
  const messages: Received[] = [];
  for (const id of ids) {
    theatre.peer.command(id, "play", "film");
    await settle();
    messages.push(...theatre.peer.take());
  }
  const told = statuses(messages).filter(([, code]) => code === "NetStream.Play.Failed");
  equal(told.length, 4);
  equal(theatre.storage.open_, 16);
  theatre.peer.connection.close();
  await settle();
  equal(theatre.storage.open_, 0);
  await theatre.end();
});
