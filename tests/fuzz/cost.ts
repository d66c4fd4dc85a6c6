import { cpuUsage } from "node:process";

/** Milliseconds of a processor that any input may take, and each of its bytes: checks read it often. */
const TIME = 60;
const TIME_OF_BYTE = 0.02;

/** What any input may take, in bytes of memory, and what each of its bytes may. */
const MEMORY = 4_000_000;
const MEMORY_OF_BYTE = 4_000;

/** How often an input is tried that takes too much: V8's collector comes by chance. */
const TRIES = 4;

/** Inputs below so many bytes are weighed seldom: to look at the memory takes longer than they do. */
const WEIGHED = 512;
let light = 0;

/** Runs something on so many bytes; what it takes too much of, else undefined. */
export function costFault(size: number, run: () => void): string | undefined {
  const most = { time: TIME + size * TIME_OF_BYTE, memory: MEMORY + size * MEMORY_OF_BYTE };
  const least = { time: Infinity, memory: Infinity };
  const isWeighed = size >= WEIGHED || ++light % 64 === 0;
  for (let tries = 0; tries < TRIES; tries++) {
    const before = isWeighed ? memory() : 0;
    const start = cpuTime();
    run();
    least.time = Math.min(least.time, cpuTime() - start);
    // Less than before, when V8 collected meanwhile: then this try tells nothing too high.
    least.memory = Math.min(least.memory, isWeighed ? memory() - before : 0);
    if (least.time <= most.time && least.memory <= most.memory) return undefined;
  }
  if (least.time > most.time) {
    return `${size} bytes take ${Math.round(least.time)} ms, ${Math.round(most.time)} are allowed`;
  }
  return `${size} bytes take ${Math.round(least.memory / 1000)} kB of memory, ${
    Math.round(most.memory / 1000)
  } are allowed`;
}

/** Milliseconds that this process was given: others on the machine do not count. */
function cpuTime(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

function memory(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
