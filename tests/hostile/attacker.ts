/**
 * Runs attacks: `attacker.ts RTMP RTMFP HTTP LINKS ADMIN HOOK`. For each line on standard input, the
 * name of one, it prints "over" when that is over.
 */
import { ATTACK_TIME } from "./attack.ts";
import { attacks } from "./attacks/mod.ts";

const [rtmp = 0, rtmfp = 0, http = 0, links = 0, admin = 0, hook = 0] = Deno.args.map(Number);
const target = { rtmp, rtmfp, http, links, admin, hook };
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());

for await (const line of lines) {
  const attack = attacks[line.trim()];
  if (attack === undefined) throw new Error(`there is no attack ${line}`);
  await attack(target, performance.now() + ATTACK_TIME);
  console.log("over");
}
Deno.exit(0);
