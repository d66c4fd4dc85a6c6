import assert from "node:assert/strict";
import { inTempFolder } from "./program.ts";
import { requireProgram, type RunningProgram, runProgram, runServer } from "./server.ts";

/** Seconds of the film that is published. */
const LENGTH = 6;
export const FRAMES = LENGTH * 25;

/** Makes `film.flv` in a folder: H.264 and AAC, a key frame each second. */
export async function makeFilm(folder: string, size = "320x240"): Promise<void> {
  const { code, err } = await runProgram("ffmpeg", [
    ...["-v", "error", "-y"],
    ...["-f", "lavfi", "-i", `testsrc=size=${size}:rate=25`],
    ...["-f", "lavfi", "-i", "sine=frequency=440"],
    ...["-t", String(LENGTH), "-c:v", "libx264", "-g", "25", "-c:a", "aac"],
    `${folder}/film.flv`,
  ]);
  assert.equal(code, 0, err);
}

/** Publishes the film, or its first seconds, in real time. */
export const publish = (folder: string, url: string, seconds?: number) =>
  runProgram("ffmpeg", [
    ...["-v", "error", "-re", "-i", `${folder}/film.flv`],
    ...(seconds === undefined ? [] : ["-t", String(seconds)]),
    ...["-c", "copy", "-f", "flv", url],
  ]);

/** One hash of the coded bytes of each stream of a file. */
export async function hashes(file: string): Promise<string[]> {
  const args = ["-v", "error", "-i", file, "-c", "copy", "-f", "streamhash", "-"];
  const { out } = await runProgram("ffmpeg", args);
  return out.trim().split("\n").map((line) => line.replace(/^\d+,/, "")).sort();
}

/** A server with the application /live, in a folder with `film.flv`. */
export async function staged(
  run: (server: RunningProgram, folder: string) => Promise<void>,
): Promise<void> {
  await requireProgram("ffmpeg");
  await requireProgram("rtmpdump");
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    await makeFilm(folder);
    const server = await runServer({
      www: `${folder}/www`,
      data: `${folder}/data`,
      args: ["--log-level", "DEBUG"],
    });
    try {
      await run(server, folder);
    } finally {
      assert.equal(await server.stop(), 0);
    }
  });
}

/**
 * Plays a file into `url` again and again, in real time, until the result is called.
 * @param account a file in which the publisher notes how far it is, for {@link sentBy}
 */
export function publishForever(file: string, url: string, account?: string): () => Promise<void> {
  const child = new Deno.Command("ffmpeg", {
    args: [
      ...["-v", "error", "-re", "-stream_loop", "-1", "-i", file],
      ...(account === undefined ? [] : ["-stats_period", "0.05", "-progress", account]),
      ...["-c", "copy", "-f", "flv", url],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  return async () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended by itself: the server that it sent to is gone.
    }
    await child.status;
  };
}

/** Seconds of media that a publisher has sent, by its own account. */
export async function sentBy(account: string): Promise<number> {
  const lines = (await Deno.readTextFile(account)).match(/^out_time_us=\d+$/gm) ?? [];
  return Number(lines.at(-1)?.slice("out_time_us=".length) ?? 0) / 1e6;
}
