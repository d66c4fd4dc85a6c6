/**
 * Visitors of all protocols who come and go, publishers that vanish, players that stall and scripts
 * that are edited, for as long as it takes to see a leak: `deno task soak:server --minutes 60`.
 * Prints a line a minute and a verdict; exits with 1 when something grows.
 */
import { Command } from "commander";
import { growing, HEADING, left, line, type Reading } from "./reading.ts";
import { SoakedServer } from "./server.ts";
import { pause } from "./visit.ts";
import { type Done, Visitors } from "./visitors.ts";

/** Milliseconds between two edits of a script. */
const EDIT_INTERVAL = 10_000;
/** Milliseconds until as many leave as come, and V8 has the room that it works in. */
const FILLING = 6 * 60_000;
/** Most failed visits, as a share: names that are taken, and a busy machine. */
const MOST_FAILED = 0.02;

const { minutes, rate, only, rest, native } = new Command("soak:server")
  .option("--minutes <n>", "how long visitors come", Number, 60)
  .option("--rate <n>", "visitors a second", Number, 100)
  .option("--only <text>", "visitors of the kinds whose names have this text", "")
  .option("--native", "the server makes the system's own calls", false)
  .option("--rest <n>", "minutes until everybody is forgotten", Number, 6)
  .parse(Deno.args, { from: "user" })
  .opts<{ minutes: number; rate: number; only: string; rest: number; native: boolean }>();

const interval = Math.min(60_000, minutes * 5_000);
const folder = await Deno.makeTempDir();
const server = await SoakedServer.start(folder, native);
const before = await server.reading();
console.log(`${rate} visitors a second for ${minutes} minutes, ${new Date().toISOString()}`);
console.log(`${HEADING}  visits  failed`);
console.log(line(0, before, 0));

const visitors = new Visitors(server, rate, only);
let edits = 0;
const editing = setInterval(() => void server.edit(++edits), EDIT_INTERVAL);
const readings: Reading[] = [];
const all = { visits: 0, failed: 0 };
const faults = new Map<string, number>();
const start = performance.now();
let last = { at: start, cpu: before.cpu };
for (let count = 1; count * interval <= minutes * 60_000; count++) {
  await pause(start + count * interval - performance.now());
  const reading = await server.reading();
  if (performance.now() - start > FILLING) readings.push(reading);
  print(reading, await visitors.done());
}
clearInterval(editing);
await visitors.leave();
await pause(rest * 60_000);
const after = await server.reading();
print(after);
const code = await server.stop();
await Deno.remove(folder, { recursive: true });

const grown = growing(readings);
const verdict = [
  ...(grown ?? []).map((text) => `grows: ${text}`),
  ...left(before, after).map((text) => `left when all had gone: ${text}`),
  ...(all.failed <= all.visits * MOST_FAILED ? [] : [`${all.failed} visits failed`]),
  ...(server.faultCount === 0 ? [] : [`${server.faultCount} lines of the log tell of faults`]),
  ...(code === 0 ? [] : [`the server ended with code ${code}`]),
];
console.log(`${all.visits} visits, ${all.failed} failed, ${edits} edits`);
for (const [text, count] of faults) console.log(`${count} times ${text}`);
for (const text of server.faults) console.log(text);
if (grown === undefined) console.log("too short to tell whether anything grows: 15 minutes do");
console.log(verdict.length === 0 ? "flat" : `NOT flat\n${verdict.join("\n")}`);
Deno.exit(verdict.length === 0 ? 0 : 1);

function print(reading: Reading, done?: Done): void {
  const now = performance.now();
  const cpu = (reading.cpu - last.cpu) * 1000 / (now - last.at);
  last = { at: now, cpu: reading.cpu };
  let text = line((now - start) / 60_000, reading, cpu);
  if (done !== undefined) {
    text += String(done.visits).padStart(8) + String(done.failed).padStart(8);
    all.visits += done.visits;
    all.failed += done.failed;
    for (const [fault, count] of Object.entries(done.faults)) {
      faults.set(fault, (faults.get(fault) ?? 0) + count);
    }
  }
  console.log(text);
}
