/**
 * Publishes and plays a second that rules let through, without a network: `deno run -A
 * bench/access.ts [seconds]`. The hook is a web server of its own on the loopback interface.
 */
import { SignJWT } from "jose";
import {
  Guard,
  guarded,
  Hook,
  HookJudge,
  hookSettings,
  readRules,
  TokenJudge,
  Tokens,
} from "../src/access/mod.ts";
import { systemClock as clock } from "../src/base/mod.ts";
import { encodeText } from "../src/bytes/mod.ts";
import { loadConfig } from "../src/config/mod.ts";
import { Client, Hub, openHandler } from "../src/hub/mod.ts";
import { silentLog as log } from "../src/logs/mod.ts";
import { requestWeb } from "../src/net/mod.ts";

const SECRET = "a secret of more than thirty-two bytes";

/** Decisions that are under way at one time. */
const AT_ONCE = 64;

const SINK = { ready() {}, overrun() {}, status() {} };

/** A hub with the rules of an ini. */
function hubWith(lines: string): Hub {
  const { config } = loadConfig({ ini: { file: "bench.ini", text: `[access]\n${lines}` } });
  const settings = hookSettings(config);
  const hub = new Hub({ clock });
  const { rules } = readRules(config);
  if (rules.isEmpty) return hub;
  const web = (request: Parameters<typeof requestWeb>[0]) => requestWeb(request, clock);
  const hook = settings && new Hook({ ...settings, web, clock, log, server: "bench" });
  const options = { secret: SECRET, source: undefined, issuer: "", audience: "", clock };
  const guard = new Guard({
    rules,
    linkSecret: "",
    clock,
    log,
    tokens: new TokenJudge(new Tokens(options), ""),
    hook: hook && new HookJudge(hook, "refuse"),
  });
  hub.handler = guarded(openHandler, guard);
  return hub;
}

/** Operations a second of many clients, each with its own parameters. */
async function rate(
  seconds: number,
  work: (index: number) => Promise<void> | void,
): Promise<number> {
  const end = performance.now() + seconds * 1000;
  const start = performance.now();
  let count = 0;
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    while (performance.now() < end) await work(count++);
  }));
  return Math.round(count / (performance.now() - start) * 1000);
}

async function measure(name: string, lines: string, bring: (index: number) => Promise<string>) {
  const seconds = Number(Deno.args[0] ?? 2);
  const hub = hubWith(lines);
  const clients = Array.from({ length: AT_ONCE * 4 }, (_, index) => {
    const address = `10.0.${index >> 8}.${index & 255}:5000`;
    const properties = new Map<string, string>();
    return new Client({ protocol: "RTMP", address, path: "/live", query: "", properties });
  });
  const clientOf = (index: number) => clients[index % clients.length] as Client;
  const publishes = await rate(seconds, async (index) => {
    const parameters = new Map([["key", await bring(index)]]);
    const sink = { close() {} };
    hub.unpublish(await hub.publish(clientOf(index), `s${index}`, sink, { parameters }));
  });
  const plays = await rate(seconds, async (index) => {
    const parameters = new Map([["key", await bring(index)]]);
    hub.unsubscribe(await hub.subscribe(clientOf(index), `s${index}`, SINK, parameters));
  });
  console.log(`| ${name} | ${publishes} | ${plays} |`);
}

const token = (index: number) =>
  new SignJWT({ publish: "*", play: "*", jti: String(index) }).setProtectedHeader({ alg: "HS256" })
    .sign(encodeText(SECRET));
const known = await Promise.all(Array.from({ length: 1_000 }, (_, index) => token(index)));
const fresh = await Promise.all(Array.from({ length: 40_000 }, (_, index) => token(index + 1_000)));
const nothing = () => Promise.resolve("");

const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
  await request.body?.cancel();
  return new Response(null, { status: 204 });
});

console.log("| rule | publishes a second | plays a second |\n| --- | ---: | ---: |");
await measure("none", "", nothing);
await measure("any", "publish.*=any\nplay.*=any", nothing);
await measure("key", "publish.*=key:secret\nplay.*=key:secret", () => Promise.resolve("secret"));
const jwt = `jwtSecret=${SECRET}\npublish.*=jwt\nplay.*=jwt`;
await measure("JWT that was seen before", jwt, (index) => Promise.resolve(known[index % 1_000]!));
await measure("JWT that is new", jwt, (index) => Promise.resolve(fresh[index % fresh.length]!));
await measure(
  "hook on loopback",
  `hook=http://127.0.0.1:${server.addr.port}/\nhookSecret=${SECRET}`,
  nothing,
);
await server.shutdown();
