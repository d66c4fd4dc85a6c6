import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { type Config, loadConfig, type Override } from "../../src/config/mod.ts";
import { LiveSettings } from "../../src/server/live_settings.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** Settings of a file, which the test writes as editors do. */
class Scene {
  readonly folder = Deno.makeTempDirSync();
  readonly file = `${this.folder}/my.ini`;
  readonly clock = new FakeClock();
  readonly log = new CaptureLog();
  readonly applied: Config[] = [];
  readonly hidden: string[] = [];
  /** Sections whose rules need a restart. */
  waiting: string[] = [];
  readonly config: Config;
  readonly settings: LiveSettings;
  #version = 0;

  constructor(text: string) {
    this.write(text);
    this.config = this.#load([]).config;
    this.settings = new LiveSettings({
      config: this.config,
      source: { file: this.file, reread: (more) => this.#load(more) },
      clock: this.clock,
      log: this.log,
      hide: (secrets) => this.hidden.push(...secrets),
      apply: (fresh) => {
        this.applied.push(fresh);
        return this.waiting;
      },
    });
  }

  write(text: string, file = this.file): void {
    Deno.writeTextFileSync(file, text);
    const time = 1_700_000_000 + ++this.#version;
    Deno.utimeSync(file, time, time);
  }

  fact(path: string) {
    return this.settings.list().find(({ key }) => key === path)!;
  }

  #load(overrides: readonly Override[]) {
    return loadConfig({
      ini: { file: "my.ini", text: Deno.readTextFileSync(this.file) },
      overrides,
    });
  }
}

function withScene(text: string, run: (scene: Scene) => void): void {
  const scene = new Scene(text);
  try {
    run(scene);
    scene.settings.close();
    equal(scene.clock.timers, 0);
  } finally {
    Deno.removeSync(scene.folder, { recursive: true });
  }
}

Deno.test("a changed file takes effect where it can, and the rest is named once", () =>
  withScene("[live]\ngop=false\n[RTMP]\nport=1935", (scene) => {
    const { clock, log, config } = scene;
    const { live } = config;
    scene.write("[live]\ngop=true\n[RTMP]\nport=1936\ntimeout=9\n[mine]\ncolour=red");
    clock.advance(4_000);
    deepEqual([live.gop, config.RTMP.port, config.RTMP.timeout], [true, 1935, 9_000]);
    equal(String(config.tree.section("mine").get("colour")), "red");
    equal(config.tree.section("live").get("gop"), "true");
    deepEqual(log.lines, [
      "WARN RTMP.port changed too, which takes effect at the next start",
      "NOTE the file has changed: RTMP.timeout, live.gop, mine.colour changed",
    ]);
    equal(scene.applied.length, 1);
    deepEqual(scene.fact("RTMP.port").isPending, true);
    deepEqual([scene.fact("RTMP.port").value, scene.fact("live.gop").value], ["1935", "true"]);
    equal(scene.fact("live.gop").where, "my.ini:2");
    scene.write("[live]\ngop=false\n[RTMP]\nport=1936");
    clock.advance(4_000);
    equal(live.gop, false);
    equal(log.at("WARN").length, 1);
  }));

Deno.test("rules and other entries that changed, came or went are named without their values", () =>
  withScene("[access]\nplay.* = any\npublish.film = key:geheim-1\n[mine]\ncolour=red", (scene) => {
    const { clock, log, config } = scene;
    scene.write("[access]\nplay.* = key:geheim-2\nplay.film = any\n[mine]\ncolour=red");
    clock.advance(4_000);
    const names = "access.play.*, access.publish.film, access.play.film";
    deepEqual(log.lines, [`NOTE the file has changed: ${names} changed`]);
    scene.write("[access]\nplay.* = key:geheim-2\nplay.film = any\n[relay]\na=rtmp://x/y/z");
    clock.advance(4_000);
    equal(log.lines[1], "NOTE the file has changed: mine.colour, relay.a changed");
    equal(config.tree.section("mine").get("colour"), undefined);
    scene.waiting = ["access", "record"];
    scene.write("[access]\nplay.* = none\n[record]\nfilm=flv\n[relay]\na=rtmp://x/y/w");
    clock.advance(4_000);
    deepEqual(log.lines.slice(2), [
      "WARN access.play.*, access.publish.film, record.film changed too, which takes effect at the next start",
      "NOTE the file has changed: relay.a changed",
    ]);
  }));

Deno.test("a fault keeps all settings as they were, and says where it is", () =>
  withScene("[live]\ngop=false", (scene) => {
    const { clock, log, config } = scene;
    scene.write("[live]\ngop=true\n[RTMP]\ntimeout=soon\nnonsense");
    clock.advance(4_000);
    equal(config.live.gop, false);
    equal(scene.applied.length, 0);
    equal(log.lines.length, 1);
    match(
      log.lines[0]!,
      /^ERROR the file has changed, but the settings stay as they were: my\.ini:5/,
    );
    match(log.lines[0]!, /my\.ini:4: RTMP\.timeout: "soon" is not a whole number/);
    // The same file is not read again and again.
    clock.advance(60_000);
    equal(log.lines.length, 1);
    scene.write("[live]\ngop=true");
    clock.advance(4_000);
    equal(config.live.gop, true);
  }));

Deno.test("a file that is being written, or is gone, changes nothing; one that is renamed does", () =>
  withScene("[live]\ngop=true", (scene) => {
    const { clock, log, config } = scene;
    scene.write("");
    clock.advance(2_000);
    scene.write("[live]\ngop=true\naudioLimit=5000000");
    clock.advance(2_000);
    equal(config.live.gop, true);
    Deno.removeSync(scene.file);
    clock.advance(10_000);
    deepEqual([config.live.gop, log.lines.length], [true, 0]);
    scene.write("[live]\ngop=false", `${scene.folder}/new.ini`);
    Deno.renameSync(`${scene.folder}/new.ini`, scene.file);
    clock.advance(4_000);
    equal(config.live.gop, false);
  }));

Deno.test("a storm of signals reads the file once, and without a change says so", () =>
  withScene("[live]\ngop=true", (scene) => {
    const { clock, log, settings } = scene;
    for (let count = 0; count < 1_000; count++) settings.reload("SIGHUP");
    clock.advance(10_000);
    deepEqual(log.lines, ["NOTE SIGHUP: no key that takes effect now changed"]);
    settings.reload("SIGHUP");
    Deno.removeSync(scene.file);
    clock.advance(10_000);
    match(log.lines[1]!, /^ERROR SIGHUP, but the settings stay as they were: .*no such file/i);
  }));

Deno.test("an operator changes live keys until the server stops, over the file", () =>
  withScene("[smtp]\npassword=geheim-1\n[live]\ngop=false", (scene) => {
    const { clock, config, settings } = scene;
    const changes = { "LIVE.GOP": "yes", "RTMP.port": "1", "smtp.password": "geheim-2" };
    deepEqual(settings.change(new Map(Object.entries(changes))), {
      applied: ["live.gop", "smtp.password"],
      restart: ["RTMP.port"],
    });
    deepEqual([config.live.gop, config.smtp.password], [true, "geheim-2"]);
    deepEqual([config.RTMP.port, scene.fact("RTMP.port").isPending], [1935, false]);
    ok(scene.hidden.includes("geheim-2"));
    deepEqual([scene.fact("smtp.password").value, scene.fact("smtp.password").isSet], [null, true]);
    equal(scene.fact("live.gop").where, "an operator");
    const bad = (path: string, value: string) => () => settings.change(new Map([[path, value]]));
    throws(bad("live.gop", "maybe"), /an operator: live\.gop: "maybe" is not true or false/);
    throws(bad("live.videoLimit", "1"), /is not a whole number of bytes from 10000/);
    throws(bad("live.colour", "red"), /there is no key live\.colour/);
    throws(bad("__proto__", "red"), /there is no key __proto__/);
    throws(bad("Admin.console", "true"), /admin\.console is changed in the ini alone/);
    equal(config.live.gop, true);
    scene.write("[live]\ngop=false\nsoundWait=7");
    clock.advance(4_000);
    deepEqual([config.live.gop, config.live.soundWait], [true, 7]);
  }));
