import assert from "node:assert/strict";
import { ByteWriter } from "../../src/bytes/mod.ts";
import { writeMessage } from "../../src/protocols/rtmp/wire/chunk_writer.ts";
import { connectMessage } from "../support/flash_peer.ts";
import { complaints, WAYS, withCluster } from "./cluster.ts";
import { LiveClient } from "./live_client.ts";
import type { RunningProgram } from "./server.ts";

/** A client of /live that says it understands reconnect requests. */
class MovableClient {
  readonly #conn: Deno.TcpConn;
  #text = "";

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async open({ rtmp }: RunningProgram): Promise<MovableClient> {
    const client = new MovableClient(await Deno.connect({ hostname: "127.0.0.1", port: rtmp }));
    const out = new ByteWriter();
    out.u8(3).bytes(new Uint8Array(2 * 1536));
    const tcUrl = `rtmp://127.0.0.1:${rtmp}/live`;
    const { type, payload } = connectMessage(1, { app: "live", tcUrl, capsEx: 1 });
    writeMessage(out, { chunkStreamId: 3, type, streamId: 0, time: 0 }, payload, 128);
    const bytes = out.take();
    for (let at = 0; at < bytes.length;) at += await client.#conn.write(bytes.subarray(at));
    await client.until("NetConnection.Connect.Success");
    return client;
  }

  /** Reads until the server has said something. */
  async until(text: string): Promise<void> {
    const buffer = new Uint8Array(65_536);
    while (!this.#text.includes(text)) {
      const count = await this.#conn.read(buffer);
      assert.ok(count, `${text} was wanted in ${this.#text}`);
      this.#text += new TextDecoder("latin1").decode(buffer.subarray(0, count));
    }
  }

  close(): void {
    this.#conn.close();
  }
}

for (const way of WAYS) {
  Deno.test(`by ${way}: a server that is to stop serves on until its clients went where it asked them to`, () =>
    withCluster(way, 2, async ({ servers }) => {
      const [stopping, other] = servers as [RunningProgram, RunningProgram];
      const client = await MovableClient.open(stopping);
      const movie = await LiveClient.connect(
        { host: "127.0.0.1", port: stopping.rtmfp },
        "?capsEx=1&k=2",
      );
      const stopped = stopping.stop();
      await movie.status("NetConnection.Connect.ReconnectRequest");
      const { tcUrl } = movie.flash.calls.at(-1)?.[3] as Record<string, unknown>;
      assert.equal(tcUrl, `rtmfp://127.0.0.1:${other.rtmfp}/live?capsEx=1&k=2`);
      const again = await LiveClient.connect({ host: "127.0.0.1", port: other.rtmfp });
      await movie[Symbol.asyncDispose]();
      await client.until("NetConnection.Connect.ReconnectRequest");
      await client.until(`rtmp://127.0.0.1:${other.rtmp}/live`);
      const moved = await MovableClient.open(other);
      const response = await fetch(`http://127.0.0.1:${stopping.http}/none`);
      await response.body?.cancel();
      assert.equal(response.status, 404);
      assert.equal(other.count(/is gone/), 0);
      client.close();
      assert.equal(await stopped, 0);
      await other.logged(/is gone/);
      moved.close();
      await again[Symbol.asyncDispose]();
      for (const server of servers) assert.deepEqual(complaints(server), []);
    }, { set: ["cluster.moveTime=600"] }));
}
