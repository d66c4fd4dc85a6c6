/**
 * A program for a machine of its own: calls a server's method that answers with much, twice, and
 * prints the bytes of the longest datagram that came the second time.
 */
import { LiveClient } from "./live_client.ts";

const [host = "", port = ""] = Deno.args;

await using client = await LiveClient.connect({ host, port: Number(port) });
await client.call("long", 50_000);
client.longest = 0;
const [, , , text] = await client.call("long", 50_000);
if (typeof text !== "string" || text.length !== 50_000) throw new Error("not what was asked for");
console.log(client.longest);
