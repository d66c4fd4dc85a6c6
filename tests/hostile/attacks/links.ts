import { type Attacks, pause, repeat } from "../attack.ts";

export const linkAttacks: Attacks = {
  "500 silent connections to the port for servers": async ({ links }, until) => {
    const conns: Deno.Conn[] = [];
    for (let i = 0; i < 500; i++) {
      conns.push(await Deno.connect({ hostname: "127.0.0.1", port: links }));
    }
    await repeat(until, () => pause(100));
    for (const conn of conns) conn.close();
  },
};
