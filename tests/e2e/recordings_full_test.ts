import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { fromHex } from "../../src/bytes/mod.ts";
import { Hub, type Publication } from "../../src/hub/mod.ts";
import { diskStorage, Recorder, RecordRules } from "../../src/recordings/mod.ts";
import { Mp4Film } from "../../src/recordings/films/mp4_film.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { AVC } from "../media/mp4_scene.ts";
import { KEY, readFlv, SETTINGS } from "../recordings/scene.ts";

async function run(command: string, ...args: string[]): Promise<boolean> {
  const options = { args, stdout: "null", stderr: "null" } as const;
  return (await new Deno.Command(command, options).output()).success;
}

/** Runs a test with a file system of 4 MB of its own; false when none can be mounted. */
async function withSmallDisk(test: (folder: string) => Promise<void>): Promise<boolean> {
  const folder = Deno.makeTempDirSync({ prefix: "disk" });
  try {
    if (!await run("mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", folder)) return false;
    try {
      await test(folder);
    } finally {
      await run("umount", "-l", folder);
    }
    return true;
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Only root may mount a file system, and not in every container. */
const ignore = !await withSmallDisk(() => Promise.resolve());

function testOnSmallDisk(name: string, test: (folder: string) => Promise<void>): void {
  Deno.test({ name, ignore, fn: async () => void await withSmallDisk(test) });
}

class Recorded {
  readonly clock = new FakeClock();
  readonly log = new CaptureLog("record");
  readonly hub = new Hub({ clock: this.clock });
  readonly recorder: Recorder;
  readonly publication: Publication;
  readonly #frame = new Uint8Array(100_000);

  constructor(folder: string, minFree: number, format: "flv" | "mp4" = "flv") {
    this.recorder = new Recorder({
      hub: this.hub,
      clock: this.clock,
      log: this.log,
      storage: diskStorage,
      folder: `${folder}/rec`,
      www: folder,
      rules: new RecordRules([{
        start: "",
        isPrefix: true,
        rule: { formats: [format], allowsClients: false },
      }]),
      settings: { ...SETTINGS, minFree },
    });
    this.publication = this.hub.publishFromScript("film")!;
    this.#frame.set(KEY);
    // One slice of H.264, which is all of it.
    new DataView(this.#frame.buffer).setUint32(5, this.#frame.length - 9);
    this.#frame[9] = 0x65;
    this.publication.video(0, fromHex(AVC.replaceAll(" ", ""))!);
  }

  /** So many seconds of a megabit each; the disk gets its turns. */
  async send(seconds: number): Promise<void> {
    for (; seconds > 0; seconds--) {
      this.clock.advance(1000);
      this.publication.video(this.clock.now(), this.#frame);
      this.publication.flush();
      for (let turn = 0; turn < 20; turn++) await Deno.stat("/");
    }
  }
}

testOnSmallDisk("a full disk ends a recording with one line, live goes on", async (folder) => {
  const { recorder, log, publication, send } = bound(new Recorded(folder, 0));
  await send(100);
  assert.equal(publication.isRunning, true);
  assert.match(log.at("ERROR").join("\n"), /^ERROR record film: the recording stops: .*\n?$/);
  for (const name of readdirSync(`${folder}/rec/film`)) {
    if (name.endsWith(".json")) Deno.removeSync(`${folder}/rec/film/${name}`);
  }
  const [first] = readdirSync(`${folder}/rec/film`).filter((name) => name.endsWith(".flv"));
  const { tags } = readFlv(Deno.readFileSync(`${folder}/rec/film/${first}`));
  assert.ok(tags.length > 30, `${tags.length} frames`);
  await recorder.close();
});

testOnSmallDisk(
  "what a full disk has of an MP4 plays, and recording goes on when there is room",
  async (folder) => {
    const { recorder, log, publication, send } = bound(new Recorded(folder, 0, "mp4"));
    await send(60);
    assert.equal(publication.isRunning, true);
    assert.match(
      log.at("ERROR").join("\n"),
      /^ERROR record film: the recording stops: .*\n?$/,
    );
    const path = `${folder}/rec/film`;
    const [first] = readdirSync(path).filter((name) => name.endsWith(".mp4")).sort();
    const film = await Mp4Film.open(await diskStorage.open(`${path}/${first}`));
    film.close();
    assert.ok(film.duration > 30_000, `${film.duration} ms`);
    for (const name of readdirSync(path)) Deno.removeSync(`${path}/${name}`);
    await send(30);
    await recorder.close();
    const last = recorder.list().at(-1)!;
    const later = await Mp4Film.open(await diskStorage.open(last.path));
    later.close();
    assert.ok(Math.abs(later.duration - last.duration) <= 1000 && later.duration > 10_000);
  },
);

testOnSmallDisk("record.minFree keeps room on the disk, with one line", async (folder) => {
  const { recorder, log, send } = bound(new Recorded(folder, 1_000_000));
  await send(60);
  const free = await diskStorage.free(folder);
  assert.ok(free !== undefined && free > 500_000, `${free} bytes`);
  assert.equal(log.at("ERROR").length, 1);
  assert.match(log.lines.join(), /recording pauses: .* has \d MB left, record.minFree is 1 MB/);
  for (const { path } of recorder.list()) assert.ok(readFlv(Deno.readFileSync(path)).isWhole);
  for (const { path } of recorder.list()) Deno.removeSync(path);
  await send(10);
  assert.match(log.at("NOTE").join(), /has space again/);
  await recorder.close();
});

testOnSmallDisk("a disk that is taken away is told once, and recording goes on", async (folder) => {
  const { recorder, log, send } = bound(new Recorded(folder, 0));
  await send(5);
  assert.ok(await run("umount", "-l", folder));
  await send(30);
  await recorder.close();
  assert.match(log.at("ERROR").join(), /^ERROR record film: the recording stops: .* is gone;/);
  assert.equal(log.at("ERROR").length, 1);
  const last = recorder.list().at(-1)!;
  assert.ok(last.duration > 10_000, `${last.duration} ms`);
  assert.ok(readFlv(Deno.readFileSync(last.path)).isWhole);
});

/** Its methods may stand alone. */
function bound(recorded: Recorded) {
  const { recorder, log, publication } = recorded;
  return { recorder, log, publication, send: recorded.send.bind(recorded) };
}
