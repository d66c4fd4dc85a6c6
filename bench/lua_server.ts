import { systemClock } from "../src/base/mod.ts";
import { type Value, ValueReader } from "../src/codecs/mod.ts";
import { ConfigTree } from "../src/config/mod.ts";
import { Client, CLOSED_WRITER, type FlowWriter, Hub } from "../src/hub/mod.ts";
import { silentLog } from "../src/logs/mod.ts";
import { Scripts } from "../src/script/mod.ts";

/** A hub and its scripts, without network; `main` is the root application. */
export function serveScript(main: string): { scripts: Scripts; hub: Hub; www: string } {
  const www = Deno.makeTempDirSync();
  Deno.writeTextFileSync(`${www}/main.lua`, main);
  const hub = new Hub({ clock: systemClock });
  const scripts = new Scripts({
    hub,
    www,
    config: new ConfigTree(),
    publicAddress: "",
    bans: { ban() {}, unban() {} },
    clock: systemClock,
    log: silentLog,
    exit() {},
    print() {},
    memory: 256 * 1024 * 1024,
    instructions: 10_000_000,
    startInstructions: 500_000_000,
    clientShare: 100,
  });
  hub.handler = scripts.handler;
  scripts.host.applications.start();
  return { scripts, hub, www };
}

/** Connects a client of the root application, whose messages go nowhere. */
export function connectTo(
  hub: Hub,
  args: Value[] = [],
  properties: Map<string, string> = new Map(),
  writer: FlowWriter = CLOSED_WRITER,
): Client {
  const client = new Client({
    protocol: "RTMP",
    address: "127.0.0.1:1",
    path: "",
    query: "",
    properties,
  });
  client.writer = writer;
  hub.connect(client, new ValueReader(args));
  return client;
}
