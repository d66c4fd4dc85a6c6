/** Runs one attack: `attacker.ts NAME RTMP RTMFP HTTP LINKS`. It prints "begun", then "over". */
import { ATTACK_TIME } from "./attack.ts";
import { attacks } from "./attacks/mod.ts";

const [name = "", ...ports] = Deno.args;
const [rtmp = 0, rtmfp = 0, http = 0, links = 0] = ports.map(Number);
const attack = attacks[name];
if (attack === undefined) throw new Error(`there is no attack ${name}`);
console.log("begun");
await attack({ rtmp, rtmfp, http, links }, performance.now() + ATTACK_TIME);
console.log("over");
Deno.exit(0);
