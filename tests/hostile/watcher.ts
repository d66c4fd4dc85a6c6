/**
 * One publisher, ten players over four protocols and an HTTP probe: `watcher.ts RTMP RTMFP HTTP`.
 * It prints "ready"; for each line on standard input, what was seen since the line before as JSON.
 */
import { LiveClient } from "../e2e/live_client.ts";
import { frame, Peer } from "../e2e/peer.ts";
import type { Seen } from "./watch.ts";

const [rtmp = 0, rtmfp = 0, http = 0] = Deno.args.map(Number);
const FRAME_INTERVAL = 40;
const PROBE_INTERVAL = 50;

/** Times between the arrivals of one player, or two turns of a timer. */
class Gaps {
  longest = 0;
  count = 0;
  #last = performance.now();

  mark(): void {
    const now = performance.now();
    this.longest = Math.max(this.longest, now - this.#last);
    this.#last = now;
    this.count++;
  }

  /** The longest since the last call, that under way included. */
  take(): number {
    const longest = Math.max(this.longest, performance.now() - this.#last);
    this.longest = 0;
    return longest;
  }
}

const players: Gaps[] = [];
const own = new Gaps();
let slowestProbe = 0;
let probeSince = 0;

const server = { rtmp, rtmfp, http } as Parameters<typeof Peer.open>[0];
const publisher = await Peer.open(server, "publish");
const streamId = await publisher.started.promise;
let index = 0;
setInterval(() => publisher.write(frame(index++, streamId, { size: 4000 })), FRAME_INTERVAL);

for (let i = 0; i < 3; i++) {
  const peer = await Peer.open(server, "play");
  const gaps = new Gaps();
  peer.onFrame = () => gaps.mark();
  players.push(gaps);
}
for (let i = 0; i < 3; i++) {
  const gaps = new Gaps();
  void readHttp(gaps);
  players.push(gaps);
}
for (let i = 0; i < 2; i++) {
  const gaps = new Gaps();
  const socket = new WebSocket(`ws://127.0.0.1:${http}/live/film.flv`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = () => gaps.mark();
  players.push(gaps);
}
for (let i = 0; i < 2; i++) {
  const client = await LiveClient.connect({ host: "127.0.0.1", port: rtmfp });
  const gaps = new Gaps();
  await client.stream("play", "film");
  // Looked at often enough for the gaps that matter.
  setInterval(() => {
    const { heard } = client.flash;
    if (heard.some(({ type }) => type === 9)) gaps.mark();
    heard.length = 0;
  }, 5);
  players.push(gaps);
}
setInterval(() => own.mark(), 10);
void probe();
while (players.some(({ count }) => count < 5)) await new Promise((go) => setTimeout(go, 20));
for (const each of [...players, own]) each.take();
console.log("ready");

for await (const _line of Deno.stdin.readable) {
  const now = performance.now();
  if (probeSince > 0) slowestProbe = Math.max(slowestProbe, now - probeSince);
  const seen: Seen = {
    gap: Math.max(...players.map((each) => each.take())),
    probe: slowestProbe,
    own: own.take(),
  };
  slowestProbe = 0;
  console.log(JSON.stringify(seen));
}
Deno.exit(0);

async function readHttp(gaps: Gaps): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${http}/live/film.flv`);
  for await (const _bytes of response.body!) gaps.mark();
}

async function probe(): Promise<void> {
  for (;;) {
    probeSince = performance.now();
    try {
      const response = await fetch(`http://127.0.0.1:${http}/live/`, {
        headers: { connection: "close" },
      });
      await response.text();
    } catch {
      // Refused: it counts as long as it took.
    }
    slowestProbe = Math.max(slowestProbe, performance.now() - probeSince);
    probeSince = 0;
    await new Promise((go) => setTimeout(go, PROBE_INTERVAL));
  }
}
