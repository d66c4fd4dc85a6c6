import assert from "node:assert/strict";
import { freePort, type RunningProgram, runServer } from "../e2e/server.ts";
import { OPERATOR, pause, type Target } from "./attack.ts";
import { Meter } from "./meter.ts";
import { LineProcess, type Seen, Watch } from "./watch.ts";

const MEGABYTE = 1_048_576;

/** Milliseconds without an attacker, to compare with. */
const QUIET_TIME = 2_000;
/** Milliseconds after an attack, in which all must be as before. */
const REST_TIME = 1_000;
/** What an attacked player may wait, as a multiple of what it waits in peace. */
const GAP_MULTIPLE = 4;
/** Milliseconds that count as nothing: the pace of frames, and a busy machine's noise. */
const GAP_FLOOR = Deno.env.get("CI") === undefined ? 250 : 400;
/** Milliseconds in which SIGTERM ends the server, on a busy machine too. */
const STOP_TIME = 10_000;
const MEMORY_GROWTH = 256 * MEGABYTE;
const LOG_GROWTH = MEGABYTE;

const app = await Deno.readTextFile(new URL("./app.lua", import.meta.url));

/** What one attack did to the others and to the server. */
export interface Harm {
  readonly before: Seen;
  readonly during: Seen;
  readonly after: Seen;
  /** Milliseconds that the machine kept the server from running, within a time of that length. */
  readonly stolen: (length: number) => number;
  /** Bytes of memory above those at its beginning: at the peak, and when it was over. */
  readonly peak: number;
  readonly kept: number;
  /** Bytes. */
  readonly log: number;
}

/** A server with those who use it in peace, and one peer that does not. */
export class Arena {
  readonly server: RunningProgram;
  readonly #watch: Watch;
  readonly #attacker: LineProcess;
  readonly #before: Seen;

  private constructor(server: RunningProgram, watch: Watch, attacker: LineProcess, before: Seen) {
    this.server = server;
    this.#watch = watch;
    this.#attacker = attacker;
    this.#before = before;
  }

  /** @param folder for its files; an empty one */
  static async open(folder: string): Promise<Arena> {
    await Deno.mkdir(`${folder}/www/live`, { recursive: true });
    await Deno.mkdir(`${folder}/www/t`, { recursive: true });
    await Deno.writeTextFile(`${folder}/www/t/main.lua`, app);
    await Deno.writeFile(`${folder}/www/big.bin`, new Uint8Array(4 * MEGABYTE));
    const links = freePort();
    const [admin, hook] = [freePort(), freePort()];
    const set = [
      `servers.port=${links}`,
      `admin.port=${admin}`,
      `admin.token=${OPERATOR}`,
      `access.hook=http://127.0.0.1:${hook}/`,
      "access.hookEvents=false",
      "access.publish.*=any",
      "access.publish.slow/*=hook",
      "access.play.*=any",
    ];
    const server = await runServer({ www: `${folder}/www`, data: `${folder}/data`, set });
    const { rtmp, rtmfp, http } = server;
    const target = { rtmp, rtmfp, http, links, admin, hook };
    let watch: Watch | undefined;
    const attacker = startAttacker(target);
    try {
      watch = await Watch.start(target);
      await watch.seen();
      await pause(QUIET_TIME);
      return new Arena(server, watch, attacker, await watch.seen());
    } catch (error) {
      await Promise.all([watch?.end(), attacker.end(), server.kill()]);
      throw error;
    }
  }

  /** Runs one attack. @throws AssertionError when the attacker broke */
  async attack(name: string): Promise<Harm> {
    const { server } = this;
    const watch = this.#watch;
    const logged = server.log().length;
    const meter = new Meter(server.pid);
    await watch.seen();
    await this.#attacker.say(name);
    const end = await this.#attacker.line();
    const during = await watch.seen();
    if (end === "over") await pause(REST_TIME);
    const after = await watch.seen();
    const log = server.log().length - logged;
    const measured = meter.end();
    assert.equal(end, "over", "the attacker broke");
    return { before: this.#before, during, after, ...measured, log };
  }

  /** Ends all; the server's exit code, or that of being killed when it does not hear SIGTERM. */
  async close(): Promise<number> {
    await Promise.all([this.#watch.end(), this.#attacker.end()]);
    return await stopped(this.server);
  }
}

/** A process that runs the attacks that its standard input names. */
export function startAttacker({ rtmp, rtmfp, http, links, admin, hook }: Target): LineProcess {
  return new LineProcess("./attacker.ts", [rtmp, rtmfp, http, links, admin, hook].map(String));
}

/** SIGTERM is answered within a few seconds, or the code is that of being killed. */
export async function stopped(server: RunningProgram): Promise<number> {
  const timer = setTimeout(() => void server.kill(), STOP_TIME);
  const code = await server.stop();
  clearTimeout(timer);
  return code;
}

/**
 * The others saw nearly what they see in peace, and the server kept its measure. What the machine
 * did not let run, watcher or server, is no fault of the server. @throws AssertionError
 */
export function assertBearable({ before, during, after, peak, stolen, log }: Harm): void {
  const allowed = (peace: number) => Math.max(GAP_FLOOR, GAP_MULTIPLE * peace);
  for (const [when, seen] of Object.entries({ during, after })) {
    const late = (time: number, peace: number) => time - stolen(time) >= allowed(peace) + seen.own;
    assert.ok(!late(seen.gap, before.gap), `a player waited ${ms(seen.gap)} ${when} the attack`);
    assert.ok(!late(seen.probe, before.probe), `HTTP took ${ms(seen.probe)} ${when} the attack`);
  }
  assert.ok(peak < MEMORY_GROWTH, `${megabytes(peak)} more memory`);
  assert.ok(log < LOG_GROWTH, `${log} bytes of log`);
}

/** One line for those who read along. */
export function figures({ before, during, after, peak, kept, stolen, log }: Harm): string {
  const of = (seen: Seen) => `${ms(seen.gap)}/${ms(seen.probe)} (own ${ms(seen.own)})`;
  return `gap/probe ${of(before)} before, ${of(during)} during, ${of(after)} after; ` +
    `stolen ${ms(stolen(during.gap))} of it; memory +${megabytes(peak)} at the peak, +${
      megabytes(kept)
    } after; ${log} bytes of log`;
}

/** The figures as a table in Markdown, for docs/operation.md. */
export function table(rows: ReadonlyMap<string, Harm>): string {
  const lines = [
    "| attack | gap, ms | HTTP, ms | memory, peak | memory, after | log |",
    "| --- | ---: | ---: | ---: | ---: | ---: |",
  ];
  for (const [name, { before, during, peak, kept, log }] of rows) {
    const times = [pair(during.gap, before.gap), pair(during.probe, before.probe)];
    const sizes = [peak, kept].map((bytes) => `+${megabytes(Math.max(0, bytes))}`);
    lines.push(`| ${[name, ...times, ...sizes, `${Math.round(log / 1000)} kB`].join(" | ")} |`);
  }
  return lines.join("\n");
}

/** In the attack, and in peace. */
function pair(during: number, before: number): string {
  return `${Math.round(during)} (${Math.round(before)})`;
}

function ms(time: number): string {
  return `${Math.round(time)} ms`;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / MEGABYTE)} MB`;
}
