import { equal, match } from "node:assert/strict";
import { systemClock } from "../../src/base/mod.ts";
import { NatsBus } from "../../src/cluster/engine/nats_bus.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { until } from "./member.ts";

const INFO = 'INFO {"server_id":"x","version":"2.9.0","max_payload":1048576,"proto":1}\r\n';

Deno.test("a broker that breaks the protocol is one line of the log, and left", async () => {
  const printed: unknown[] = [];
  const { log: print } = console;
  console.log = (...args) => void printed.push(args);
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const left = Promise.withResolvers<void>();
  let connections = 0;
  const serve = async () => {
    for await (const conn of listener) {
      const isFirst = ++connections === 1;
      const say = (text: string) => conn.write(new TextEncoder().encode(text)).catch(() => 0);
      await say(INFO);
      const buffer = new Uint8Array(4096);
      for (;;) {
        const count = await conn.read(buffer).catch(() => null);
        if (count === null) break;
        const text = new TextDecoder().decode(buffer.subarray(0, count));
        if (text.includes("PING")) await say("PONG\r\n");
        if (isFirst && text.includes("SUB")) await say("\u0007garbage\r\nmore\r\n");
      }
      conn.close();
      left.resolve();
      break;
    }
  };
  const served = serve();
  const log = new CaptureLog();
  const { port } = listener.addr as Deno.NetAddr;
  const options = { servers: [`nats://127.0.0.1:${port}`], name: "test" };
  const bus = new NatsBus(options, "0".repeat(32), systemClock, log);
  const ran = bus.run({ up: () => {}, message: () => {} });
  try {
    await left.promise;
    await served;
    await until(() => log.at("WARN").length > 0, () => log.lines.join("\n"));
    equal(log.at("WARN").length, 1, log.lines.join("\n"));
    match(log.at("WARN")[0]!, /lost \S+ \(what it says is no NATS \(.*\)\); streams go on/);
    equal(log.at("WARN")[0]!.includes("\n"), false);
    equal(printed.length, 0);
  } finally {
    console.log = print;
    await bus.close();
    await ran;
  }
});
