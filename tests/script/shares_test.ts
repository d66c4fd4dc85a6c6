import { deepEqual, equal, match, throws } from "node:assert/strict";
import { Amf0Reader, ValueWriter } from "../../src/codecs/mod.ts";
import type { Client } from "../../src/hub/mod.ts";
import type { Log } from "../../src/logs/mod.ts";
import { MemoryLog, TestServer } from "./support.ts";

const LOOP = `
  function onConnection(client)
    function client:loop() while true do end end
    function client:add(a, b) return a + b end
  end
  function onVideoPacket(client) while true do end end`;

/** A client's calls, as a protocol holds them back. */
class Gate {
  held = 0;
  log: string[] = [];
  hold(): void {
    this.held++;
    this.log.push("hold");
  }
  release(): void {
    this.held--;
    this.log.push("release");
  }
}

/** Runs a method to its budget. */
function loop(server: TestServer, client: Client): void {
  throws(() => server.call(client, "loop"), { name: "Refusal" });
  match(server.log.lines.findLast((line) => line.startsWith("ERROR")) ?? "", /too many instr/);
}

/** A tenth of a second each: a window allows 25,000,000. */
const instructions = 10_000_000;

Deno.test("a client that used up its share waits, the log says it once, and it goes on", () => {
  using server = new TestServer(LOOP, { instructions });
  const gate = new Gate();
  const client = server.connect("", [], {}, gate);
  loop(server, client);
  loop(server, client);
  equal(gate.held, 0);
  loop(server, client);
  equal(gate.held, 1);
  // 30,000,000 of 25,000 a millisecond are 1.2 seconds, of which one is the window.
  server.clock.advance(190);
  equal(gate.held, 1);
  server.clock.advance(15);
  equal(gate.held, 0);
  loop(server, client);
  equal(gate.held, 1);
  server.clock.advance(500);
  equal(gate.held, 0);
  const told = server.log.lines.filter((line) => line.includes("clientShare"));
  deepEqual(told, [
    "WARN client 127.0.0.1:5000 used up its share of script time, its calls wait: [lua] clientShare",
  ]);
});

Deno.test("the log says again that a client waits when it was good in between", () => {
  using server = new TestServer(LOOP, { instructions });
  const client = server.connect("", [], {}, new Gate());
  for (let i = 0; i < 3; i++) loop(server, client);
  server.clock.advance(5000);
  for (let i = 0; i < 3; i++) loop(server, client);
  equal(server.log.lines.filter((line) => line.includes("clientShare")).length, 2);
});

Deno.test("other clients' calls do not wait, and small calls never", () => {
  using server = new TestServer(LOOP, { instructions });
  const [bad, good] = [new Gate(), new Gate()];
  const hog = server.connect("", [], {}, bad);
  const other = server.connect("", [], { address: "192.0.2.9:4000" }, good);
  for (let i = 0; i < 4; i++) loop(server, hog);
  for (let i = 0; i < 10_000; i++) server.call(other, "add", 1, 2);
  equal(bad.held, 1);
  deepEqual(good.log, []);
});

Deno.test("to connect again is no way around: a new client of the address waits", () => {
  using server = new TestServer(LOOP, { instructions });
  const gates: Gate[] = [];
  for (let i = 0; i < 7; i++) {
    const gate = new Gate();
    gates.push(gate);
    const client = server.connect("", [], { address: `[2001:db8::${i}]:5000` }, gate);
    if (gate.held === 0) loop(server, client);
    server.hub.disconnect(client);
  }
  // An address has two clients' shares: 50,000,000 are used up by five.
  deepEqual(gates.map(({ log }) => log.length), [0, 0, 0, 0, 2, 2, 2]);
  equal(server.log.lines.filter((line) => line.includes("too many instructions")).length, 5);
});

Deno.test("what a client's packets cost is charged to it, and its media goes on", () => {
  using server = new TestServer(LOOP, { instructions });
  const gate = new Gate();
  const client = server.connect("", [], {}, gate);
  const publication = server.publish(client, "live");
  for (let i = 0; i < 5; i++) {
    server.scripts.handler.onVideo(publication, i * 40, new Uint8Array([0x17]));
  }
  equal(gate.held, 1);
  equal(server.log.lines.filter((line) => line.includes("too many instructions")).length, 5);
});

Deno.test("a wait is bounded, whatever was used", () => {
  using server = new TestServer(LOOP, { instructions: 200_000_000, clientShare: 1 });
  const gate = new Gate();
  const client = server.connect("", [], {}, gate);
  loop(server, client);
  equal(gate.held, 1);
  server.clock.advance(4990);
  equal(gate.held, 1);
  server.clock.advance(20);
  deepEqual(gate.log, ["hold", "release"]);
});

Deno.test("a client that goes while it waits is released, once", () => {
  using server = new TestServer(LOOP, { instructions });
  const gate = new Gate();
  const client = server.connect("", [], {}, gate);
  for (let i = 0; i < 3; i++) loop(server, client);
  server.hub.disconnect(client);
  server.clock.advance(10_000);
  deepEqual(gate.log, ["hold", "release"]);
});

Deno.test("with clientShare=100 nobody waits", () => {
  using server = new TestServer(LOOP, { instructions, clientShare: 100 });
  const gate = new Gate();
  const client = server.connect("", [], {}, gate);
  for (let i = 0; i < 12; i++) loop(server, client);
  deepEqual(gate.log, []);
});

Deno.test("an application may take longer to start and to stop than an event", () => {
  using server = new TestServer({
    "main.lua": "",
    "long/main.lua": `
      for i = 1, 5e6 do end
      function onStart() for i = 1, 5e6 do end started = true end
      function onStop() for i = 1, 5e6 do end stopped = true; mona.stopped = true end
      function onConnection(client) for i = 1, 5e6 do end end`,
    "endless/main.lua": "\nwhile true do end",
  });
  throws(() => server.connect("/long"), { name: "Refusal" });
  match(server.log.lines.at(-1) ?? "", /\[lua\] instructions allows 2000000$/);
  deepEqual(server.run(`return children("long").started`), [true]);
  throws(() => server.connect("/endless"), { name: "Refusal" });
  match(
    server.log.lines.at(-1) ?? "",
    /www\/endless\/main\.lua:2: .*\[lua\] startInstructions allows 20000000$/,
  );
  // Started from within an event, it does not use up that event's budget.
  server.write("long/main.lua", "for i = 1, 5e6 do end");
  server.clock.advance(2000);
  deepEqual(server.run(`for i = 1, 1e6 do end return children("long").name`), ["long"]);
});

Deno.test("a call's typed objects share one budget with it", () => {
  using server = new TestServer(`
    count = 0
    function onTypedObject(type, object) count = count + 1 while true do end end
    function onConnection(client) function client:take(...) taken = true end end`);
  const client = server.connect();
  // AMF0 (§2.18): a typed object of class "A" without members.
  const typed = [0x10, 0, 1, 0x41, 0, 0, 9];
  const args = new Amf0Reader(new Uint8Array([...typed, ...typed, ...typed]));
  throws(
    () =>
      server.scripts.handler.onCall({
        client,
        name: "take",
        args,
        reply: () => new ValueWriter(),
        during: (run) => run(),
      }),
    { name: "Refusal" },
  );
  match(server.log.lines.at(-1) ?? "", /too many instructions/);
  deepEqual(server.run("return count, taken"), [1, null]);
});

Deno.test("an event that took long lets the others have their turn, a short one does not", () => {
  let ended = 0;
  using server = new TestServer(
    LOOP.replace(
      "function onVideoPacket",
      `function onHandshake() while true do end end
      function onVideoPacket`,
    ),
    { instructions: 400_000, onLongEvent: () => ended++ },
  );
  const client = server.connect("", [], {}, new Gate());
  for (let i = 0; i < 100; i++) server.call(client, "add", 1, 2);
  equal(ended, 0);
  loop(server, client);
  equal(ended, 1);
  loop(server, client);
  equal(ended, 2);
});

/** A log that says who caused a line. */
class PeerLines extends MemoryLog {
  override causedBy(peer: string): Log {
    const log = new MemoryLog();
    log.lines.push = (line) => this.lines.push(`${peer}: ${line}`);
    return log;
  }
}

Deno.test("what a client makes a script log is the client's, what nobody caused is not", () => {
  const log = new PeerLines();
  using server = new TestServer(
    `INFO("loaded")
    function onConnection(client, refused)
      if refused then error("refused") end
      function client:say() INFO("said") end
      function client:fail() error("failed") end
    end`,
    { log },
  );
  const client = server.connect();
  server.call(client, "say");
  throws(() => server.call(client, "fail"), { name: "Refusal" });
  throws(() => server.connect("", [true]), { name: "Refusal" });
  const texts = log.lines.map((line) => line.replace(/^(.*?)(INFO|WARN|ERROR) .*?:\d+: /, "$1"));
  deepEqual(texts.filter((text) => /loaded|said|failed|refused/.test(text)), [
    "loaded",
    "127.0.0.1:5000: said",
    "127.0.0.1:5000: failed",
    "127.0.0.1:5000: refused",
  ]);
});
