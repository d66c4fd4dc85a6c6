import { deepEqual } from "node:assert/strict";
import { WatchedFile } from "../../src/server/watched_file.ts";
import { CaptureLog } from "../support/capture_log.ts";

/** A file that is watched, what became of its text, and what the log has. */
async function withFile(
  use: (scene: { path: string; file: WatchedFile; seen: string[]; log: CaptureLog }) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/keys.txt`;
  const seen: string[] = [];
  const log = new CaptureLog("access");
  const file = new WatchedFile({
    path,
    what: "the keys",
    log,
    onText: (text) => void seen.push(text),
    onLost: () => void seen.push("lost"),
  });
  try {
    use({ path, file, seen, log });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a file is read once for each change", () =>
  withFile(({ path, file, seen, log }) => {
    Deno.writeTextFileSync(path, "one");
    file.look();
    file.look();
    Deno.writeTextFileSync(path, "two and more");
    file.look();
    file.look();
    deepEqual(seen, ["one", "two and more"]);
    deepEqual(log.lines, ["NOTE access: the keys were read again"]);
  }));

Deno.test("a file that is exchanged for one of the same size is read again", () =>
  withFile(({ path, file, seen }) => {
    Deno.writeTextFileSync(path, "one");
    file.look();
    const time = Deno.statSync(path).mtime!;
    Deno.writeTextFileSync(`${path}.new`, "two");
    Deno.utimeSync(`${path}.new`, time, time);
    Deno.renameSync(`${path}.new`, path);
    file.look();
    deepEqual(seen, ["one", "two"]);
  }));

Deno.test("a file that is gone is lost once, and read when it comes back", () =>
  withFile(({ path, file, seen, log }) => {
    file.look();
    file.look();
    Deno.writeTextFileSync(path, "one");
    file.look();
    Deno.removeSync(path);
    file.look();
    file.look();
    deepEqual(seen, ["lost", "one", "lost"]);
    deepEqual(log.at("ERROR").length, 2);
  }));
