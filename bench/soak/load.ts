/**
 * The visitors of a soak, in a process of their own: `load.ts RTMP RTMFP HTTP RATE ONLY`. They come
 * until standard input ends; for each line on it, what was done since the line before as JSON.
 */
import type { Done } from "./visitors.ts";
import { FAT, FILM, type Kind, pause } from "./visit.ts";
import { httpKinds } from "./visits/http.ts";
import { rtmfpKinds } from "./visits/rtmfp.ts";
import { rtmpKinds, station } from "./visits/rtmp.ts";
import { rtmptKinds } from "./visits/rtmpt.ts";
import { webSocketKinds } from "./visits/websocket.ts";

const [only = ""] = Deno.args.slice(4);
const [rtmp = 0, rtmfp = 0, http = 0, rate = 0] = Deno.args.map(Number);
const ports = { rtmp, rtmfp, http };
const kinds = [...rtmpKinds, ...httpKinds, ...rtmptKinds, ...webSocketKinds, ...rtmfpKinds]
  .filter(({ name }) => name.includes(only));

/** The kinds in turn, each as often as its share says, well mixed. */
const order: Kind[] = kinds.flatMap((kind) => Array.from({ length: kind.share }, () => kind))
  .map((kind) => ({ kind, at: Math.random() })).sort((a, b) => a.at - b.at)
  .map(({ kind }) => kind);

let done = { visits: 0, failed: 0 };
let faults: Record<string, number> = {};
let present = 0;
let isOver = false;

for (const [name, size] of [[FILM, 1500], [FAT, 40_000]] as const) {
  void station(ports, name, size).catch((error) => {
    if (!isOver) fail(`station ${name}`, error);
  });
}
void come();

const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const _line of lines) {
  const said: Done = { ...done, present, faults };
  console.log(JSON.stringify(said));
  done = { visits: 0, failed: 0 };
  faults = {};
}
isOver = true;
Deno.exit(0);

/** Visitors by the clock: those that a busy machine kept from coming come late. */
async function come(): Promise<void> {
  const start = performance.now();
  for (let count = 0; !isOver; count++) {
    const wait = start + count * 1000 / rate - performance.now();
    if (wait > 0) await pause(wait);
    void enter(order[count % order.length]!);
  }
}

async function enter({ name, visit }: Kind): Promise<void> {
  present++;
  try {
    await visit(ports);
  } catch (error) {
    done.failed++;
    fail(name, error);
  } finally {
    present--;
    done.visits++;
  }
}

function fail(name: string, error: unknown): void {
  const text = `${name}: ${error instanceof Error ? error.message : error}`;
  faults[text] = (faults[text] ?? 0) + 1;
}
