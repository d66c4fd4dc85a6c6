import { RtmpClient } from "../../src/protocols/rtmp/client/session.ts";
import { parseStreamUrl } from "../../src/protocols/rtmp/mod.ts";
import { frame } from "../../tests/e2e/peer.ts";
import type { RunningProgram } from "../../tests/e2e/server.ts";

/** Milliseconds between two frames of a publisher: little goes on beside the dashboard. */
const FRAME_INTERVAL = 5_000;

/** Publishers and players that stay until {@link Crowd.leave}. */
export class Crowd {
  readonly #conns: Deno.TcpConn[] = [];
  readonly #timers: ReturnType<typeof setInterval>[] = [];

  leave(): void {
    for (const timer of this.#timers) clearInterval(timer);
    for (const conn of this.#conns) conn.close();
  }

  /** Resolves once the name is published. */
  async publish({ rtmp }: RunningProgram, name: string): Promise<void> {
    const conn = await this.#connect(rtmp);
    const started = Promise.withResolvers<number>();
    const client = new RtmpClient({
      url: parseStreamUrl(`rtmp://127.0.0.1:${rtmp}/live/${name}`)!,
      does: "publish",
      send: (bytes) => void write(conn, bytes),
      events: {
        started: started.resolve,
        media: () => {},
        batch: () => {},
        ended: (reason) => started.reject(new Error(reason)),
      },
      now: 0,
    });
    void drain(conn, (bytes) => client.receive(bytes));
    const streamId = await started.promise;
    let count = 0;
    const send = () => void write(conn, frame(count++, streamId, { isKey: true }));
    send();
    this.#timers.push(setInterval(send, FRAME_INTERVAL));
  }

  async play({ http }: RunningProgram, name: string): Promise<void> {
    const conn = await this.#connect(http);
    await write(
      conn,
      new TextEncoder().encode(`GET /live/${name}.flv HTTP/1.1\r\nHost: x\r\n\r\n`),
    );
    void drain(conn, () => {});
  }

  async #connect(port: number): Promise<Deno.TcpConn> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    this.#conns.push(conn);
    return conn;
  }
}

async function write(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
  } catch {
    // The crowd leaves.
  }
}

async function drain(conn: Deno.TcpConn, take: (bytes: Uint8Array) => void): Promise<void> {
  const buffer = new Uint8Array(16_384);
  try {
    for (let count = await conn.read(buffer); count; count = await conn.read(buffer)) {
      take(buffer.subarray(0, count));
    }
  } catch {
    // The crowd leaves.
  }
}
