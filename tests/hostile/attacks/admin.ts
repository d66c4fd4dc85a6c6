import { type Attacks, OPERATOR, pause, repeat, sendTcp } from "../attack.ts";

const encoder = new TextEncoder();

/** A request to the operators' port; with the token it is one of theirs, or of a page of theirs. */
function request(line: string, more = "", token = OPERATOR): Uint8Array {
  return encoder.encode(
    `${line} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n${more}\r\n`,
  );
}

export const adminAttacks: Attacks = {
  "a thousand readers of events and the log that do not read": async ({ admin, http }, until) => {
    const conns: Deno.TcpConn[] = [];
    try {
      for (let count = 0; count < 1_000 && performance.now() < until; count++) {
        const conn = await Deno.connect({ hostname: "127.0.0.1", port: admin });
        conns.push(conn);
        await conn.write(request("GET /api/v1/events?kinds=connect,disconnect,log,act"));
      }
      // What they would have to read.
      await repeat(until, async () => {
        await sendTcp(http, encoder.encode("GET /none HTTP/1.0\r\n\r\n"), performance.now());
      });
    } finally {
      for (const conn of conns) conn.close();
    }
  },
  "guesses of the operators' token without end": async ({ admin }, until) => {
    let guess = 0;
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: admin });
    const drain = async () => {
      const buffer = new Uint8Array(65_536);
      while (await conn.read(buffer) !== null);
    };
    const reading = drain().catch(() => {});
    await repeat(until, async () => {
      const asks = Array.from(
        { length: 50 },
        () => new TextDecoder().decode(request("GET /metrics", "", `guess-${guess++}`)),
      );
      await conn.write(encoder.encode(asks.join("")));
    }).catch(() => {});
    conn.close();
    await reading;
  },
  "bodies without end to the operators' port, without the token": async ({ admin }, until) => {
    const head = request("POST /api/v1/bans", "Content-Length: 1000000000\r\n", "nobody");
    const part = new Uint8Array(1_048_576);
    await repeat(until, async () => {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port: admin });
      try {
        await conn.write(head);
        for (let count = 0; count < 100; count++) await conn.write(part);
      } catch {
        // Cut, as it should be.
      } finally {
        conn.close();
      }
      await pause(1);
    });
  },
};
