import { deepEqual, equal, ok } from "node:assert/strict";
import { Client } from "../../src/hub/mod.ts";
import { readTag } from "../../src/media/frame_reader.ts";
import type { MediaMessage } from "../../src/media/mod.ts";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { writeFlvHeader, writeFlvMessage } from "../../src/media/mod.ts";
import { FilmBytes } from "../../src/recordings/film_bytes.ts";
import { FilmPlaylists } from "../../src/recordings/film_playlists.ts";
import { Films } from "../../src/recordings/films/films.ts";
import { Mp4Film } from "../../src/recordings/films/mp4_film.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { AAC, audio, AVC, stream, video } from "../media/mp4_scene.ts";
import { fileOf, filmBytes, FILMS, packetsOf } from "./film_files.ts";
import { MemoryStorage } from "./memory_storage.ts";
import { settle } from "./scene.ts";

const FOLDER = "/www/live";
const NONE: ReadonlyMap<string, string> = new Map();

/** Files of an application, and what is said of them. */
function shelf(files: Record<string, Uint8Array>) {
  const storage = new MemoryStorage();
  for (const [name, bytes] of Object.entries(files)) storage.put(`${FOLDER}/${name}`, bytes);
  const client = new Client({
    protocol: "HTTP",
    address: "127.0.0.1:1",
    path: "/live",
    query: "",
    properties: new Map(),
  });
  client.isConnected = true;
  const finder = {
    fileFor: (_client: Client, name: string) => storage.find(`${FOLDER}/${name}`),
    recordingsOf: () => Promise.resolve([]),
  };
  const log = new CaptureLog();
  const playlists = new FilmPlaylists({
    finder,
    films: new Films(storage),
    log,
    startOf: () => undefined,
  });
  const playlist = (name: string) =>
    playlists.playlist(client, name, NONE, (file) => `/live/${file}`);
  const segment = async (file: string, number?: number) => {
    const body = (await playlists.segment(client, file, NONE, number))?.body;
    return body instanceof FilmBytes ? await bytesOf(body) : body;
  };
  return { storage, playlists, client, playlist, segment, log };
}

async function bytesOf(film: FilmBytes): Promise<Uint8Array> {
  const out = new ByteWriter(1024);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const { length } = film;
  const take = () => {
    for (let piece = film.takeBytes(); piece !== undefined; piece = film.takeBytes()) {
      out.bytes(piece);
    }
  };
  film.start(take, (failure) => failure === undefined ? resolve() : reject(new Error(failure)));
  await promise;
  if (length !== undefined) equal(out.length, length);
  return out.take();
}

/** 21 seconds with a key frame every 3. */
function longFlv(hasVideo = true): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(1024);
  writeFlvHeader(out, true, hasVideo);
  const messages = [audio(0, AAC), ...stream(0, 21_000, { group: 75, hasVideo })];
  if (hasVideo) messages.unshift(video(0, AVC));
  for (const message of messages) writeFlvMessage(out, message, message.time);
  return out.take();
}

/** Frames of a file in fragments: their kind, and milliseconds. */
async function framesOf(...pieces: (Uint8Array | undefined)[]): Promise<string[]> {
  const out = new ByteWriter(1024);
  for (const piece of pieces) out.bytes(piece ?? new Uint8Array());
  const film = await Mp4Film.open(fileOf(out.take()));
  const frames: string[] = [];
  for (let some = await film.next(); some.length > 0; some = await film.next()) {
    for (const message of some) note(frames, message);
  }
  return frames;
}

function note(frames: string[], { kind, time, payload }: MediaMessage): void {
  if (kind !== "audio" && kind !== "video") return;
  readTag(kind, payload, (content, _codec, _track, _data, isKey) => {
    if (content === "frame") {
      frames.push(`${kind}${isKey && kind === "video" ? " key" : ""} ${time}`);
    }
  });
}

Deno.test("an FLV is a playlist of segments that begin with key frames, four seconds apart at least", async () => {
  const { playlist } = shelf({ "film.flv": longFlv() });
  const text = await playlist("film");
  const lines = text!.replaceAll(/v=[\w-]+/g, "v=1").split("\n");
  deepEqual(lines, [
    "#EXTM3U",
    "#EXT-X-VERSION:7",
    "#EXT-X-TARGETDURATION:6",
    "#EXT-X-PLAYLIST-TYPE:VOD",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    '#EXT-X-MAP:URI="/live/film.flv.m4s?v=1"',
    "#EXTINF:6.000,",
    "/live/film.flv.m4s?v=1&segment=0",
    "#EXTINF:6.000,",
    "/live/film.flv.m4s?v=1&segment=1",
    "#EXTINF:6.000,",
    "/live/film.flv.m4s?v=1&segment=2",
    // The time of the last frame ends it.
    "#EXTINF:2.991,",
    "/live/film.flv.m4s?v=1&segment=3",
    "#EXT-X-ENDLIST",
    "",
  ]);
});

for (const hasVideo of [true, false]) {
  const what = hasVideo ? "pictures and sound" : "sound alone";
  Deno.test(`the segments of an FLV of ${what} have each frame once, at its time`, async () => {
    const { playlist, segment, storage } = shelf({ "film.flv": longFlv(hasVideo) });
    const count = (await playlist("film"))!.match(/&segment=/g)!.length;
    const init = await segment("film.flv");
    const all: string[] = [];
    for (let number = 0; number < count; number++) {
      const own = await framesOf(init, await segment("film.flv", number));
      const first = own.find((frame) => frame.startsWith(hasVideo ? "video" : "audio"));
      if (hasVideo) ok(first?.startsWith("video key"), first);
      all.push(...own);
    }
    const expected: string[] = [];
    for (const message of stream(0, 21_000, { group: 75, hasVideo })) note(expected, message);
    const near = (frames: string[], kind: string) =>
      frames.filter((frame) => frame.startsWith(kind)).map((frame) => {
        const at = frame.lastIndexOf(" ");
        // Sound goes by its samples: a millisecond is rounded either way.
        return { what: frame.slice(0, at), time: Number(frame.slice(at)) };
      });
    for (const kind of ["video", "audio"]) {
      const [is, wanted] = [near(all, kind), near(expected, kind)];
      deepEqual(is.map(({ what }) => what), wanted.map(({ what }) => what), kind);
      is.forEach(({ time }, index) => ok(Math.abs(time - wanted[index]!.time) <= 2, `${time}`));
    }
    equal(await segment("film.flv", count), undefined);
    equal(storage.open_, 0);
  });
}

for (const name of FILMS.filter((name) => !name.includes("fragments"))) {
  Deno.test(`${name} has all its frames as segments of HLS`, async () => {
    const { playlist, segment } = shelf({ [name]: filmBytes(name) });
    const text = await playlist(name.slice(0, name.lastIndexOf(".")));
    equal(text!.match(/&segment=/g)?.length, 1);
    const frames = await framesOf(await segment(name), await segment(name, 0));
    const of = (kind: string) => frames.filter((frame) => frame.startsWith(kind)).length;
    const wanted = (kind: string) => packetsOf(name).filter((each) => each.kind === kind).length;
    deepEqual([of("video"), of("audio")], [wanted("video"), wanted("audio")]);
  });
}

Deno.test("a film is looked through once, however many ask, and anew when it is another", async () => {
  const { storage, playlist } = shelf({ "film.flv": longFlv() });
  const reads = countReads(storage);
  const first = await playlist("film");
  const once = reads.count;
  await Promise.all([playlist("film"), playlist("film"), playlist("film")]);
  equal(reads.count, once);
  storage.put(`${FOLDER}/film.flv`, longFlv(false), 1);
  const [other] = await Promise.all([playlist("film"), playlist("film"), playlist("film")]);
  ok(other !== first);
  ok(reads.count <= 2 * once, `${reads.count}, and ${once} of one`);
});

/** What is read of the files of a storage. */
function countReads(storage: MemoryStorage) {
  const reads = { count: 0 };
  const open = storage.open.bind(storage);
  storage.open = async (path) => {
    const file = await open(path);
    const read = (position: number, buffer: Uint8Array) => {
      reads.count++;
      return file.read(position, buffer);
    };
    return { ...file, read };
  };
  return reads;
}

Deno.test("tables of an MP4 are read once for all its segments, and its init is made once", async () => {
  // Tables behind the frames: who reads them reads the end of the file.
  const { storage, playlist, segment } = shelf({ "film.mp4": filmBytes("h264_aac.mp4") });
  await playlist("film");
  const reads = countReads(storage);
  const [init, again] = await Promise.all([segment("film.mp4"), segment("film.mp4")]);
  equal(init, again);
  equal(reads.count, 0);
  const [one, other] = await Promise.all([segment("film.mp4", 0), segment("film.mp4", 0)]);
  deepEqual(one, other);
  // A window of pictures and one of sound for each.
  equal(reads.count, 4);
});

Deno.test("a film that goes on growing has the segments of the playlist that was made before", async () => {
  const whole = longFlv();
  const { storage, playlist, playlists, client } = shelf({
    "film.flv": whole.subarray(0, whole.length * 0.7),
  });
  const v = (await playlist("film"))!.match(/v=([\w-]+)/)![1]!;
  const ask = (v: string) => playlists.segment(client, "film.flv", new Map([["v", v]]), 0);
  const before = (await ask(v))!;
  equal(before.isLasting, true);
  storage.put(`${FOLDER}/film.flv`, whole, 1);
  const reads = countReads(storage);
  const after = (await ask(v))!;
  ok(reads.count <= 4, `${reads.count} reads: it was looked through`);
  // It is the same, but nobody can know that.
  equal(after.isLasting, false);
  deepEqual(await bytesOf(after.body as FilmBytes), await bytesOf(before.body as FilmBytes));
  equal((await ask("none"))!.isLasting, false);
});

Deno.test("a segment that is made holds no file, however slowly it is taken", async () => {
  const { storage, playlists, client } = shelf({ "film.flv": longFlv() });
  const { body } = (await playlists.segment(client, "film.flv", NONE, 1))!;
  equal(storage.open_, 0);
  ok((await bytesOf(body as FilmBytes)).length > 0);
  equal(storage.open_, 0);
});

Deno.test("segments are made so many at a time, and none for who left", async () => {
  const { storage, playlists, client } = shelf({ "film.flv": longFlv() });
  await playlists.segment(client, "film.flv", NONE, undefined);
  const open = storage.open.bind(storage);
  const gate = Promise.withResolvers<void>();
  let opened = 0;
  storage.open = async (path) => {
    opened++;
    await gate.promise;
    return await open(path);
  };
  const asked = Array.from({ length: 100 }, () => playlists.segment(client, "film.flv", NONE, 1));
  await settle();
  equal(opened, 32);
  client.isConnected = false;
  gate.resolve();
  const bodies = (await Promise.all(asked)).filter((segment) => segment !== undefined);
  for (const { body } of bodies) (body as FilmBytes).close();
  deepEqual([bodies.length, opened, storage.open_], [32, 32, 0]);
});

Deno.test("a film that is not played as HLS is named in the log once, with the reason", async () => {
  const cut = filmBytes("h264_aac.mp4").subarray(0, 8000);
  const { playlist, log } = shelf({ "cut.mp4": cut, "text.flv": new Uint8Array(20) });
  for (const name of ["cut", "text", "cut", "text"]) equal(await playlist(name), undefined);
  deepEqual(log.at("WARN"), [
    'WARN /www/live/cut.mp4 is not played as HLS: this MP4 has no "moov": it was cut off, or is none',
    "WARN /www/live/text.flv is not played as HLS: this is no MP4",
  ]);
});

Deno.test("a tiny film of more segments than a playlist lists has none", async () => {
  const out = new ByteWriter(1024);
  writeFlvHeader(out, false, true);
  writeFlvMessage(out, video(0, AVC), 0);
  const [key] = stream(0, 1, { group: 1 });
  for (let index = 0; index <= 50_001; index++) writeFlvMessage(out, key!, index * 4_000);
  const { playlist, log } = shelf({ "film.flv": out.take() });
  equal(await playlist("film"), undefined);
  deepEqual(log.at("WARN"), [
    "WARN /www/live/film.flv is not played as HLS: more than 50000 segments",
  ]);
});

Deno.test("an MP4 is preferred to the FLV of its name, and what is no film has no playlist", async () => {
  const { playlist } = shelf({
    "film.flv": longFlv(),
    "film.mp4": filmBytes("h264_aac.mp4"),
    "text.flv": new TextEncoder().encode("this is none"),
    "empty.mp4": new Uint8Array(),
  });
  ok((await playlist("film"))!.includes("/live/film.mp4.m4s?"));
  for (const name of ["text", "empty", "none"]) equal(await playlist(name), undefined, name);
});

Deno.test("segments that are held for slow players are so many, others go as they are made", async () => {
  const { playlists, client } = shelf({ "film.flv": longFlv() });
  const held: FilmBytes[] = [];
  const ask = async () => {
    const { body } = (await playlists.segment(client, "film.flv", NONE, 1))!;
    const bytes = body as FilmBytes;
    held.push(bytes);
    return bytes.length;
  };
  const size = await ask();
  ok(size! > 1000);
  // Fifteen that are made at this time may become as long as may be.
  const lengths = await Promise.all(Array.from({ length: 20 }, ask));
  deepEqual(lengths.map((length) => length ?? 0), [
    ...new Array(15).fill(size),
    ...new Array(5).fill(0),
  ]);
  equal((await bytesOf(held.at(-1)!)).length, size);
  for (const bytes of held) bytes.close();
  deepEqual(await Promise.all(Array.from({ length: 16 }, ask)), new Array(16).fill(size));
  for (const bytes of held) bytes.close();
});
