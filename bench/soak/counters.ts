/**
 * Runs in the server's process, before its program (`--preload`): counts the timers that are
 * pending, and answers each line on standard input by one of JSON on standard error, behind
 * {@link MARK}, after V8 has collected what nobody holds.
 */
import { MARK } from "./reading.ts";

type Run = (...args: unknown[]) => void;
type Start = (run: Run, delay?: number, ...args: unknown[]) => unknown;
type Clear = (timer: unknown) => void;

const timers = globalThis as unknown as
  & Record<"setTimeout" | "setInterval", Start>
  & Record<"clearTimeout" | "clearInterval", Clear>;
const { setTimeout, setInterval, clearTimeout, clearInterval } = timers;

const pending = new Set<unknown>();
let isAnswering = false;

timers.setTimeout = (run, delay, ...args) => {
  const timer = setTimeout(() => {
    pending.delete(timer);
    run(...args);
  }, delay);
  pending.add(timer);
  return timer;
};
timers.setInterval = (run, delay, ...args) => {
  // Not before: Deno runs a preloaded module to the end of what it waits for, then the program.
  if (!isAnswering) void answer();
  const timer = setInterval(run, delay, ...args);
  pending.add(timer);
  return timer;
};
timers.clearTimeout = (timer) => {
  pending.delete(timer);
  clearTimeout(timer);
};
timers.clearInterval = (timer) => {
  pending.delete(timer);
  clearInterval(timer);
};

async function answer(): Promise<void> {
  isAnswering = true;
  for await (const _line of Deno.stdin.readable) {
    (globalThis as { gc?: () => void }).gc?.();
    const { heapUsed, external } = Deno.memoryUsage();
    const line = JSON.stringify({ heap: heapUsed + external, timers: pending.size });
    Deno.stderr.writeSync(new TextEncoder().encode(`${MARK}${line}\n`));
  }
}
