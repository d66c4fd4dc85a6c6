/**
 * One live publisher, ten players over four protocols and an HTTP probe, and beside them a peer
 * that wants to hold them all up. `HOSTILE=text deno task test:hostile` runs those whose name has
 * the text; each prints its figures.
 */
import assert from "node:assert/strict";
import { inTempFolder } from "../e2e/program.ts";
import { freePort, type RunningProgram, runServer } from "../e2e/server.ts";
import { attacks } from "./attacks/mod.ts";
import type { Target } from "./attack.ts";
import { LineProcess, type Seen, Watch } from "./watch.ts";

const MEGABYTE = 1_048_576;

/** Milliseconds without the attacker, to compare with. */
const QUIET_TIME = 3_000;
/** Milliseconds after it, in which all must be as before. */
const REST_TIME = 1_500;
/** What an attacked player may wait, as a multiple of what it waits in peace. */
const GAP_MULTIPLE = 4;
/** Milliseconds that count as nothing: the pace of frames, and a busy machine's noise. */
const GAP_FLOOR = 250;
const MEMORY_GROWTH = 256 * MEGABYTE;
const LOG_GROWTH = MEGABYTE;

const wanted = Deno.env.get("HOSTILE") ?? "";
const app = await Deno.readTextFile(new URL("./app.lua", import.meta.url));

for (const name of Object.keys(attacks).filter((each) => each.includes(wanted))) {
  Deno.test({
    name: `nobody feels ${name}`,
    // The attacker's and the watcher's processes are ended, whatever they still do.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: () => inTempFolder((folder) => endure(name, folder)),
  });
}

async function endure(name: string, folder: string): Promise<void> {
  await Deno.mkdir(`${folder}/www/live`, { recursive: true });
  await Deno.mkdir(`${folder}/www/t`);
  await Deno.writeTextFile(`${folder}/www/t/main.lua`, app);
  await Deno.writeFile(`${folder}/www/big.bin`, new Uint8Array(4 * MEGABYTE));
  const links = freePort();
  const server = await runServer({
    www: `${folder}/www`,
    data: `${folder}/data`,
    set: [`servers.port=${links}`],
  });
  const target: Target = { rtmp: server.rtmp, rtmfp: server.rtmfp, http: server.http, links };
  let watch: Watch | undefined;
  try {
    watch = await Watch.start(target);
    await pause(QUIET_TIME);
    const before = await watch.seen();
    const start = { memory: memoryOf(server), log: server.log().length };
    const memory = new PeakMemory(server);
    const attacker = new LineProcess("./attacker.ts", [name, ...portsOf(target)]);
    assert.equal(await attacker.line(), "begun");
    const end = await attacker.line();
    const during = await watch.seen();
    await attacker.end();
    const peak = memory.end() - start.memory;
    await pause(REST_TIME);
    const after = await watch.seen();
    const log = server.log().length - start.log;
    console.log(figures({ before, during, after }, peak, memoryOf(server) - start.memory, log));
    assert.equal(end, "over", "the attacker broke");
    assertUnhurt("during the attack", during, before);
    assertUnhurt("after the attack", after, before);
    assert.ok(peak < MEMORY_GROWTH, `${Math.round(peak / MEGABYTE)} MB more memory`);
    assert.ok(log < LOG_GROWTH, `${log} bytes of log`);
    assert.equal(await stopped(server), 0, "SIGTERM is heard at once");
  } finally {
    await watch?.end();
    await server.kill();
  }
}

/** What the others saw is near to what they see in peace, less what the watcher itself was late. */
function assertUnhurt(when: string, seen: Seen, before: Seen): void {
  const allowed = (peace: number) => Math.max(GAP_FLOOR, GAP_MULTIPLE * peace) + seen.own;
  assert.ok(seen.frames > 0, `a player got nothing ${when}`);
  assert.ok(seen.gap < allowed(before.gap), `a player waited ${ms(seen.gap)} ${when}`);
  assert.ok(seen.probe < allowed(before.probe), `HTTP took ${ms(seen.probe)} ${when}`);
}

function figures(
  { before, during, after }: Record<"before" | "during" | "after", Seen>,
  peak: number,
  kept: number,
  log: number,
): string {
  const of = (seen: Seen) => `${ms(seen.gap)}/${ms(seen.probe)} (own ${ms(seen.own)})`;
  const megabytes = (bytes: number) => `${Math.round(bytes / MEGABYTE)} MB`;
  return `gap/probe ${of(before)} before, ${of(during)} during, ${of(after)} after; ` +
    `memory +${megabytes(peak)} at the peak, +${megabytes(kept)} after; ${log} bytes of log`;
}

function ms(time: number): string {
  return `${Math.round(time)} ms`;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, milliseconds));
}

function portsOf({ rtmp, rtmfp, http, links }: Target): string[] {
  return [rtmp, rtmfp, http, links].map(String);
}

/** SIGTERM is answered within a few seconds, or the code is that of being killed. */
async function stopped(server: RunningProgram): Promise<number> {
  const timer = setTimeout(() => void server.kill(), 5_000);
  const code = await server.stop();
  clearTimeout(timer);
  return code;
}

/** Bytes of resident memory. */
function memoryOf({ pid }: RunningProgram): number {
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

/** The most resident memory that was seen. */
class PeakMemory {
  readonly #server: RunningProgram;
  readonly #timer: ReturnType<typeof setInterval>;
  #most = 0;

  constructor(server: RunningProgram) {
    this.#server = server;
    this.#timer = setInterval(() => this.#look(), 50);
  }

  end(): number {
    clearInterval(this.#timer);
    this.#look();
    return this.#most;
  }

  #look(): void {
    this.#most = Math.max(this.#most, memoryOf(this.#server));
  }
}
