/**
 * 100,000 connections that each get members, closures and writers from a script: memory of the VM
 * and of the process must be flat at the end. `deno run -A --v8-flags=--expose-gc bench/lua_soak.ts
 * [connections]`; exits with 1 when they are not.
 */
import { Amf0Writer, ValueReader } from "../src/codecs/mod.ts";
import { CLOSED_WRITER } from "../src/hub/mod.ts";
import { connectTo, serveScript } from "./lua_server.ts";
import { decided } from "../tests/support/decided.ts";

const MAIN = `
function onConnection(client, name)
  client.name = name
  client.list = {1, 2, 3, owner = client}
  local writer = client.writer:newFlowWriter()
  client.pipe = writer
  function writer:onManage() self:writeInvocation("tick", client.id) end
  function client:onManage() self.last = mona.epochTime end
  function client:test(a) return a, client.list end
  function client:onPublish(publication) publication.by = self end
  return {id = client.id}
end
function onPublish(client, publication) publication.packets = 0 end
function onVideoPacket(client, publication, time, packet)
  publication.packets = publication.packets + 1
end
function onSubscribe(client, listener) listener.mine = {client, listener.audioQOS} end
function onDisconnection(client) client.gone = true end
`;

const total = Number(Deno.args[0] ?? 100_000);
const { scripts, hub, www } = serveScript(MAIN);

/** So many are connected at a time. */
const CROWD = 500;
const crowd: (() => void)[] = [];
const packet = new Uint8Array(1200);

function visit(index: number): () => void {
  const pipe = { ...CLOSED_WRITER, newFlowWriter: () => ({ ...CLOSED_WRITER }) };
  const properties = new Map([["arg", String(index)]]);
  const client = connectTo(hub, [`client ${index}`], properties, pipe);
  scripts.handler.onCall({
    client,
    name: "test",
    args: new ValueReader([index]),
    reply: () => new Amf0Writer(),
    during: (run) => run(),
  });
  const publication = decided(hub.publish(client, `stream ${index}`, { close() {} }));
  publication.video(0, packet);
  const listener = decided(hub.subscribe(client, `stream ${Math.max(0, index - 1)}`, {
    ready() {},
    overrun() {},
    status() {},
  }));
  return () => {
    hub.unsubscribe(listener);
    hub.unpublish(publication);
    hub.disconnect(client);
  };
}

interface Sample {
  vm: number;
  used: number;
  /** What JavaScript uses. */
  heap: number;
  /** What the system gave to the process. */
  resident: number;
  objects: number;
}

function sample(): Sample {
  const { vm, objects } = scripts.host;
  // What V8 has not collected yet is no leak.
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external, rss } = Deno.memoryUsage();
  return {
    vm: scripts.memory / 1e6,
    used: vm.used / 1e6,
    heap: (heapUsed + external) / 1e6,
    resident: rss / 1e6,
    objects: objects.size,
  };
}

const samples: Sample[] = [];
for (let index = 0; index < total; index++) {
  crowd.push(visit(index));
  if (crowd.length > CROWD) crowd.shift()?.();
  if (index % 1000 === 0) {
    scripts.manage();
    // Timers and finalizers get their turn, as in a server.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  if ((index + 1) % (total / 10) === 0) {
    const now = sample();
    samples.push(now);
    console.log(
      `${String(index + 1).padStart(7)} connections: VM ${now.vm.toFixed(1)} MB, in use ${
        now.used.toFixed(1)
      } MB, JavaScript ${now.heap.toFixed(1)} MB, process ${
        now.resident.toFixed(1)
      } MB, ${now.objects} objects`,
    );
  }
}
for (const leave of crowd) leave();
const { vm, objects } = scripts.host;
const used = vm.collect();
console.log(`all gone: in use ${(used / 1e6).toFixed(1)} MB, ${objects.size} objects`);
const faults = [
  ...(["vm", "heap", "resident"] as const).filter((name) => !isFlat(samples, name)),
  ...(objects.size < 100 ? [] : ["objects"]),
  ...(used < 2e6 ? [] : ["in use"]),
];
console.log(faults.length === 0 ? "flat" : `NOT flat: ${faults.join(", ")}`);
scripts.stop();
Deno.removeSync(www, { recursive: true });
Deno.exit(faults.length === 0 ? 0 : 1);

/**
 * The last third reaches no higher than the second one, but for a twentieth: by the second the
 * runtime has the room that it works in, and a leak goes on.
 */
function isFlat(samples: readonly Sample[], name: "vm" | "heap" | "resident"): boolean {
  const third = Math.floor(samples.length / 3);
  const highest = (part: readonly Sample[]) => Math.max(...part.map((sample) => sample[name]));
  return highest(samples.slice(-third)) <= highest(samples.slice(-2 * third, -third)) * 1.05 + 1;
}
