/**
 * Clients of RTMP that change one shared object: changes a second, what the server spends on each,
 * and bytes that each client gets for one.
 *
 *     deno run -A bench/shared_objects.ts [--clients 100] [--seconds 5]
 */
import { parseArgs } from "node:util";
import { objectMessage, type SentEvent, set, USE } from "../tests/support/object_client.ts";
import { ObjectSocket } from "../tests/support/object_socket.ts";
import { freePort } from "./ports.ts";
import { cpuSeconds } from "./process_stats.ts";

const { values } = parseArgs({
  args: Deno.args,
  options: {
    clients: { type: "string", default: "100" },
    seconds: { type: "string", default: "5" },
  },
});
const CLIENTS = Number(values.clients);
const SECONDS = Number(values.seconds);

const root = new URL("../", import.meta.url).pathname;
const rows = [];
// A slow pace first, at which changes do not share messages; then as fast as answers come.
for (const [name, pause] of [["10 a second each", 100], ["as fast as answered", 0]] as const) {
  rows.push(await measure(name, pause));
}
console.table(rows);
Deno.exit(0);

async function measure(name: string, pause: number) {
  const port = freePort();
  const folder = await Deno.makeTempDir();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "-A", `${root}main.ts`, "--www", `${root}www`, "--data", folder],
      ...["--port-rtmp", port, "--port-rtmfp", 0, "--port-http", 0].map(String),
      ...["--set", "bind=127.0.0.1", "--set", "sharedObjects.clientRate=0"],
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const sockets: ObjectSocket[] = [];
  for (let n = 0; n < CLIENTS; n++) sockets.push(await connected(port));
  let accepted = 0;
  let delivered = 0;
  let isOver = false;
  const clients = sockets.map(async (socket, n) => {
    let answered = () => {};
    socket.onPayload = (payload) => {
      for (const type of eventTypes(payload)) {
        if (type === 4) delivered++;
        else if (type === 5) {
          accepted++;
          answered();
        } else if (type === 11) answered();
      }
    };
    const say = async (...events: SentEvent[]) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      answered = resolve;
      await socket.send(objectMessage({ name: "board" }, ...events));
      await promise;
    };
    await say(USE);
    for (let count = 0; !isOver; count++) {
      await say(set(`player ${n}`, { x: count, y: count / 3 }));
      if (pause > 0) await new Promise((resume) => setTimeout(resume, pause));
    }
  });
  await wait(1);
  [accepted, delivered] = [0, 0];
  for (const socket of sockets) socket.received = 0;
  const before = cpuSeconds(child.pid);
  const start = performance.now();
  await wait(SECONDS);
  const seconds = (performance.now() - start) / 1000;
  const spent = cpuSeconds(child.pid) - before;
  const [changes, told] = [accepted, delivered];
  const bytes = sockets.reduce((sum, socket) => sum + socket.received, 0);
  isOver = true;
  await Promise.race([Promise.all(clients), wait(2)]);
  for (const socket of sockets) socket.close();
  child.kill("SIGTERM");
  await child.status;
  await Deno.remove(folder, { recursive: true });
  return {
    pace: name,
    clients: CLIENTS,
    "changes/s": Math.round(changes / seconds),
    "told/s": Math.round(told / seconds),
    "CPU µs/change": Math.round(1_000_000 * spent / changes),
    "CPU µs/told": (1_000_000 * spent / told).toFixed(2),
    "bytes/told": (bytes / told).toFixed(1),
    "bytes/change": Math.round(bytes / changes),
    "server CPU": `${Math.round(100 * spent / seconds)} %`,
  };
}

async function connected(port: number): Promise<ObjectSocket> {
  for (let attempt = 0;; attempt++) {
    try {
      return await ObjectSocket.open(port);
    } catch (error) {
      if (attempt === 100) throw error;
      await wait(0.2);
    }
  }
}

/** The types of a message's events: reading their values would make this the slower side. */
function* eventTypes(payload: Uint8Array): Generator<number> {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  for (let at = 2 + view.getUint16(0) + 12; at < payload.length;) {
    yield payload[at]!;
    at += 5 + view.getUint32(at + 1);
  }
}

function wait(seconds: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, 1000 * seconds));
}
