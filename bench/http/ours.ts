/** Our HTTP and WebSocket, with the root application in Lua. */
import { systemClock as clock } from "../../src/base/mod.ts";
import { ConfigTree, loadConfig } from "../../src/config/mod.ts";
import { Hub } from "../../src/hub/mod.ts";
import { silentLog as log } from "../../src/logs/mod.ts";
import { WriteScheduler } from "../../src/net/mod.ts";
import { HttpListener } from "../../src/protocols/http/mod.ts";
import { WebSockets } from "../../src/protocols/websocket/mod.ts";
import { Scripts } from "../../src/script/mod.ts";
import { httpResources } from "../../src/server/http_resources.ts";

const www = await Deno.makeTempDir();
await Deno.writeFile(`${www}/file.txt`, new Uint8Array(1000).fill(0x78));
await Deno.writeTextFile(
  `${www}/main.lua`,
  "function onConnection(client)\n  function client:echo(...) return ... end\nend\n",
);
const hub = new Hub({ clock });
const scripts = new Scripts({
  hub,
  clock,
  config: new ConfigTree(),
  publicAddress: "",
  bans: hub.bans,
  log,
  www,
  memory: 256 * 1024 * 1024,
  instructions: 0,
  startInstructions: 0,
  clientShare: 100,
  exit: (code) => Deno.exit(code),
  print: () => {},
});
hub.handler = scripts.handler;
scripts.start();
const { HTTP, WebSocket, lua: { maxText } } = loadConfig().config;
const settings = { ...HTTP, maxText };
const sockets = new WebSockets({
  hub,
  log,
  settings: { ...WebSocket, maxText },
});
const scheduler = new WriteScheduler(clock);
const { turns } = scheduler;
const listener = new HttpListener({
  hub,
  clock,
  log,
  scheduler,
  hostname: "127.0.0.1",
  port: 0,
  settings,
  resources: httpResources({ hub, clock, log, settings, turns, www, sockets }),
});
await Deno.stdout.write(new TextEncoder().encode(String(listener.port)));
