import assert from "node:assert/strict";
import { boxHeader } from "../../src/recordings/films/boxes.ts";
import { readFragment } from "../../src/recordings/films/fragment.ts";
import { type Movie, readMovie } from "../../src/recordings/films/movie.ts";
import { frameBody } from "../../src/recordings/films/sample_entry.ts";
import { findTags, nextTag, tagHeaderAt } from "../../src/recordings/flv_tags.ts";
import { readIndex } from "../../src/recordings/recording_index.ts";
import { fillPattern, safePath } from "../../src/recordings/names.ts";
import { filmBytes } from "../recordings/film_files.ts";
import { flvOf } from "../recordings/film_bytes.ts";
import type { Fuzzer } from "./fuzzer.ts";
import { latin1, outcome, plainText } from "./outcome.ts";
import { texts } from "./seeds.ts";

/** The contents of a film's boxes of one type. */
function contents(name: string, type: string): Uint8Array[] {
  const bytes = filmBytes(name);
  const found: Uint8Array[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    const box = boxHeader(bytes, at)!;
    if (box.type === type) found.push(bytes.slice(at + box.header, at + box.size));
    at += box.size;
  }
  return found;
}

/** Bytes of a file that a movie may say it is in. */
const FILE_SIZE = 50_000;

const movies: Fuzzer = {
  name: "MP4 movies",
  seeds: ["h264_aac_fragments.mp4", "hevc_opus.mp4", "av1_mp3.mp4", "vp9_flac.mp4", "ac3.mp4"]
    .flatMap((name) => contents(name, "moov")),
  check: (bytes) =>
    outcome(() => {
      const { tracks, isFragmented, told } = readMovie(bytes, FILE_SIZE);
      assert.ok(told >= 0);
      for (const { table, timescale } of tracks) {
        assert.ok(timescale > 0);
        for (let index = 0; index < table.count; index++) {
          assert.ok(table.positions[index]! + table.sizes[index]! <= FILE_SIZE);
        }
      }
      const kinds = tracks.map(({ entry }) =>
        `${entry.kind} ${entry.config?.length ?? 0} ${frameBody(entry, bytes, true, 1).length}`
      );
      return plainText([isFragmented, ...kinds].join(" "));
    }),
};

const movie: Movie = readMovie(contents("h264_aac_fragments.mp4", "moov")[0]!, FILE_SIZE);

const fragments: Fuzzer = {
  name: "MP4 fragments",
  seeds: contents("h264_aac_fragments.mp4", "moof"),
  check: (bytes) =>
    outcome(() => {
      const found = readFragment(bytes, {
        position: 0,
        fileSize: FILE_SIZE,
        tracks: movie.tracks,
        next: new Map(),
      });
      for (const { positions, sizes, count } of found.values()) {
        for (let index = 0; index < count; index++) {
          assert.ok(positions[index]! >= 0 && positions[index]! + sizes[index]! <= FILE_SIZE);
        }
      }
      return [...found.values()].map(({ count }) => Math.min(count, 2)).join(" ");
    }),
};

const tags: Fuzzer = {
  name: "FLV tags within a file",
  seeds: [flvOf(1), flvOf(2).subarray(50), flvOf(1).subarray(0, 100)],
  check(bytes) {
    const found = findTags(bytes, true);
    if (found === undefined) return "none";
    let count = 0;
    for (let at = found; count < 1000; count++) {
      const header = tagHeaderAt(bytes, at);
      if (header === undefined) break;
      assert.ok(nextTag(at, header) > at);
      at = nextTag(at, header);
    }
    return `${Math.min(count, 4)}`;
  },
};

const names: Fuzzer = {
  name: "names of recordings",
  seeds: texts("%app/%name/%Y-%m-%d", "../../a/..", "con.flv", ".a/b.", "a//b\\c:d", "{}", "%%"),
  check(bytes) {
    const text = latin1(bytes);
    readIndex(text);
    const filled = fillPattern(text, { application: "/a", stream: text, start: 0 });
    for (const path of [safePath(text), filled]) {
      assert.ok(path !== "" && !path.startsWith("/") && path.length < 5000);
      for (const part of path.split("/")) {
        assert.ok(part !== "" && !/^\.|\.$|^\s|\s$/.test(part), part);
        // deno-lint-ignore no-control-regex
        assert.ok(!/[\x00-\x1f<>:"|?*\\]/.test(part), part);
      }
    }
    return `${Math.min(filled.split("/").length, 3)} ${filled === text} ${safePath(text) === text}`;
  },
};

export const recordingFuzzers: readonly Fuzzer[] = [movies, fragments, tags, names];
