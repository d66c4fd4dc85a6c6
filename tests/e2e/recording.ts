import assert from "node:assert/strict";
import { makeFilm } from "./film.ts";
import { inTempFolder } from "./program.ts";
import { requireProgram, type RunningProgram, runProgram, runServer } from "./server.ts";

/** Runs a server with rules of `[record]`, in a folder with `film.flv`. */
export async function recording(
  rules: readonly string[],
  run: (start: () => Promise<RunningProgram>, folder: string) => Promise<void>,
): Promise<void> {
  await requireProgram("ffmpeg");
  await requireProgram("rtmpdump");
  await inTempFolder(async (folder) => {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    await makeFilm(folder);
    const start = () =>
      runServer({
        www: `${folder}/www`,
        data: `${folder}/data`,
        set: [`record.directory=${folder}/rec`, ...rules.map((rule) => `record.${rule}`)],
        args: ["--log-level", "DEBUG"],
      });
    await run(start, folder);
  });
}

/** Files of the recordings of `test`, in order of their names. */
export async function recorded(folder: string, ending: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(`${folder}/rec/live/test`));
  return entries.map(({ name }) => `${folder}/rec/live/test/${name}`)
    .filter((path) => path.endsWith(ending)).sort();
}

/** Seconds of a file as ffprobe tells; what it complains of fails the test. */
export async function durationOf(file: string): Promise<number> {
  const { out, err } = await runProgram("ffprobe", [
    ...["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", file],
  ]);
  assert.equal(err, "", file);
  return Number(out);
}
