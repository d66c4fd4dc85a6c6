import { type Attacks, pause, repeat } from "../attack.ts";
import { command, HostilePeer } from "../rtmp_peer.ts";

/** Clients at one time; each has a question that its hook takes long to answer. */
const CLIENTS = 1_000;

/** Milliseconds that the hook takes. */
const SLOW = 1_500;

export const accessAttacks: Attacks = {
  "1,000 clients that wait for a slow hook": async ({ rtmp, hook }, until) => {
    const server = Deno.serve({ port: hook, hostname: "127.0.0.1", onListen() {} }, async () => {
      await pause(SLOW);
      return new Response(null, { status: 204 });
    });
    const peers: HostilePeer[] = [];
    for (let at = 0; at < CLIENTS; at += 50) {
      peers.push(
        ...await Promise.all(Array.from({ length: 50 }, () => HostilePeer.open(rtmp, "live"))),
      );
    }
    await Promise.all(
      peers.map((peer, index) => peer.write(command(1, "publish", 0, null, `slow/${index}`))),
    );
    await repeat(until, () => pause(100));
    for (const peer of peers) peer.close();
    await server.shutdown();
  },
};
