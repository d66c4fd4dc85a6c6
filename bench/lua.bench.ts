/**
 * What scripts cost, beside the same through wasmoon's own calls: `deno bench -A bench/lua.bench.ts`.
 */
import { LuaFactory } from "wasmoon";
import { Amf0Reader, Amf0Writer, type DataWriter, ValueReader } from "../src/codecs/mod.ts";
import { LuaReader } from "../src/script/lua/reader.ts";
import { LuaWriter } from "../src/script/lua/writer.ts";
import { connectTo, serveScript } from "./lua_server.ts";
import { decided } from "../tests/support/decided.ts";

const MAIN = `
function onSubscribe(client, listener) end
function onVideoPacket(client, publication, time, packet) end
function onConnection(client)
  function client:test(a, b, c) return a end
end
list = {}
for i = 1, 1000 do list[i] = i end
`;

const sink = { close() {} };
const { scripts, hub } = serveScript(MAIN);
const client = connectTo(hub);
const publication = decided(hub.publish(client, "live", sink));
const listener = decided(hub.subscribe(client, "live", { ready() {}, overrun() {}, status() {} }));
const { hub: quietHub } = serveScript("");
const quietClient = connectTo(quietHub);
const quiet = decided(quietHub.publish(quietClient, "live", sink));
const quietListener = decided(quietHub.subscribe(quietClient, "live", {
  ready() {},
  overrun() {},
  status() {},
}));
const packet = new Uint8Array(1200).fill(0xaa);

const engine = await new LuaFactory(import.meta.resolve("wasmoon/dist/glue.wasm")).createEngine();
engine.doStringSync(`function event(client, listener) end
function packet(client, publication, time, packet) end
function test(client, a, b, c) return a end
function all() local t = {} for i = 1, 1000 do t[i] = i end return t end
function take(t) local sum = 0 for i = 1, 1000 do sum = sum + t[i] end end`);
const theirs = (name: string) => engine.global.get(name) as (...args: unknown[]) => unknown;
const [event, onPacket, test, all, take] = ["event", "packet", "test", "all", "take"].map(theirs);
const binary = "a".repeat(1200);

Deno.bench("event without handler", { group: "event" }, () => {
  quietHub.handler.onSubscribe({ client: quietClient, listener: quietListener });
});
Deno.bench("packet event without handler (the hub's test)", { group: "event" }, () => {
  if (quiet.hooks.video || quietClient.hooks.video) throw new Error("there is none");
});
Deno.bench("event with handler", { group: "event", baseline: true }, () => {
  hub.handler.onSubscribe({ client, listener });
});
Deno.bench("the same call through wasmoon", { group: "event" }, () => {
  event?.(1, 2);
});

Deno.bench("onVideoPacket, 1200 bytes", { group: "packet", baseline: true }, () => {
  hub.handler.onVideo(publication, 40, packet);
});
Deno.bench("the same call through wasmoon, as text", { group: "packet" }, () => {
  onPacket?.(1, 2, 40, binary);
});

const arguments3 = new Amf0Writer();
new ValueReader([1, "two", { three: 3 }]).read(arguments3);
const amf = arguments3.take();
const answer = new Amf0Writer();
Deno.bench(
  "RPC: three arguments from AMF0, one value back",
  { group: "rpc", baseline: true },
  () => {
    hub.handler.onCall({
      client,
      name: "test",
      args: new Amf0Reader(amf),
      reply: () => answer,
      during: (run) => run(),
    });
    answer.take();
  },
);
Deno.bench("the same call through wasmoon, from JavaScript values", { group: "rpc" }, () => {
  test?.(1, 1, "two", { three: 3 });
});

const { vm, objects } = scripts.host;
vm.load(new TextEncoder().encode("return function(a, b) end"), "bench.lua");
vm.call(0, 1);
const onEvent = vm.ref();
const pushCall = () => {
  vm.pushRef(onEvent);
  vm.pushNumber(1);
  vm.pushNumber(2);
};
Deno.bench("a call that cannot wait, as all were before", { group: "wait", baseline: true }, () => {
  pushCall();
  vm.call(2, 0);
});
Deno.bench("the same, which may wait", { group: "wait" }, () => {
  pushCall();
  vm.start(2, 0);
});

vm.pushRef(scripts.host.applications.root.environment);
vm.getField(-1, "list");
const list = vm.top;
Deno.bench("1000 entries from Lua to AMF0", { group: "table out", baseline: true }, () => {
  new LuaReader(vm, list, list, objects.typed).read(answer as DataWriter);
  answer.take();
});
Deno.bench("the same table to JavaScript through wasmoon", { group: "table out" }, () => {
  all?.();
});

new LuaReader(vm, list, list, objects.typed).read(answer);
const encoded = answer.take();
const values = Array.from({ length: 1000 }, (_, index) => index);
Deno.bench("1000 entries from AMF0 to Lua", { group: "table in", baseline: true }, () => {
  const { top } = vm;
  const writer = new LuaWriter(vm, objects.typed);
  new Amf0Reader(encoded).read(writer);
  writer.finish();
  vm.top = top;
});
Deno.bench("the same, each entry read once, through wasmoon", { group: "table in" }, () => {
  take?.(values);
});
