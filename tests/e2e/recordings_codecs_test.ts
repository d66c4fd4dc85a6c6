import assert from "node:assert/strict";
import { systemClock } from "../../src/base/mod.ts";
import { Hub } from "../../src/hub/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import { diskStorage, Recorder, RecordRules } from "../../src/recordings/mod.ts";
import { Films } from "../../src/recordings/films/films.ts";
import { FILMS } from "../recordings/film_files.ts";
import { SETTINGS } from "../recordings/scene.ts";
import { inTempFolder } from "./program.ts";
import { requireProgram, runProgram } from "./server.ts";

/** Codecs, counts of packets, and seconds, as ffprobe tells them. */
async function probe(file: string): Promise<{ streams: string[]; duration: number; err: string }> {
  const { out, err } = await runProgram("ffprobe", [
    ...["-v", "error", "-count_packets", "-of", "json"],
    ...["-show_entries", "stream=codec_name,width,nb_read_packets:format=duration", file],
  ]);
  const { streams, format } = JSON.parse(out) as {
    streams: { codec_name: string; width?: number; nb_read_packets: string }[];
    format: { duration: string };
  };
  const texts = streams.map(({ codec_name, width, nb_read_packets }) =>
    `${codec_name} ${width ?? ""} ${nb_read_packets}`
  );
  return { streams: texts.sort(), duration: Number(format.duration), err };
}

const root = new URL("../vectors/films/", import.meta.url);

for (const name of FILMS) {
  Deno.test(`${name}, published and recorded as MP4, is to ffprobe what it was`, async () => {
    await requireProgram("ffprobe", "ffmpeg");
    await inTempFolder(async (folder) => {
      const hub = new Hub({ clock: systemClock });
      const rule = { formats: ["mp4" as const], allowsClients: false };
      const recorder = new Recorder({
        hub,
        clock: systemClock,
        log: silentLog,
        storage: diskStorage,
        folder,
        www: folder,
        rules: new RecordRules([{ start: "", isPrefix: true, rule }]),
        settings: SETTINGS,
      });
      const publication = hub.publishFromScript("film")!;
      const source = decodeURIComponent(new URL(name, root).pathname);
      const film = await new Films(diskStorage).open(source);
      for (const { kind, payload } of film.configs) {
        publication[kind as "audio" | "video"](0, payload);
      }
      for (let some = await film.next(); some.length > 0; some = await film.next()) {
        for (const { kind, time, payload } of some) {
          if (kind === "audio" || kind === "video") publication[kind](time, payload);
        }
        publication.flush();
      }
      film.close();
      hub.unpublish(publication);
      await recorder.close();
      const [{ path } = { path: "none" }, ...more] = recorder.list();
      assert.deepEqual(more, []);
      const [is, was] = [await probe(path), await probe(source)];
      assert.equal(is.err, "");
      const text = (streams: readonly string[]) =>
        streams.map((stream) => stream.replace(/\d+$/, "")).sort();
      assert.deepEqual(text(is.streams), text(was.streams));
      is.streams.forEach((stream, index) => {
        const [one, other] = [stream, was.streams[index]!].map((s) => Number(s.split(" ")[2]));
        // Sound that ends before the first picture has no place.
        assert.ok(one! <= other! && one! >= other! - 3, `${stream}, not ${was.streams[index]}`);
      });
      assert.ok(Math.abs(is.duration - was.duration) < 0.3, `${is.duration}, ${was.duration}`);
    });
  });
}
