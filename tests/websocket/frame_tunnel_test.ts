import assert from "node:assert/strict";
import { hex } from "../../src/bytes/mod.ts";
import { silentLog } from "../../src/logs/mod.ts";
import type { ByteOutput, TunnelledFactory } from "../../src/net/mod.ts";
import type { HttpSettings } from "../../src/protocols/http/mod.ts";
import { WebSockets } from "../../src/protocols/websocket/mod.ts";
import { PING_INTERVAL } from "../../src/protocols/websocket/params.ts";
import { type RawClient, type Rig, until, withServer } from "../http/support.ts";
import { SOCKET_SETTINGS } from "../support/web_settings.ts";

function withTunnel(
  run: (rig: Rig, sessions: { output: ByteOutput; events: string[] }[]) => Promise<void>,
  settings: Partial<HttpSettings> = {},
) {
  const sessions: { output: ByteOutput; events: string[] }[] = [];
  const rtmp: TunnelledFactory = (output) => {
    const events: string[] = [];
    sessions.push({ output, events });
    return {
      receive: (bytes) => void events.push(hex(bytes)),
      onDeadline: () => {},
      close: (reason) => void events.push(`close ${reason}`),
      shutdown: () => output.end(),
    };
  };
  const handler = { hasApplication: (path: string) => path === "" };
  const more = (hub: Rig["hub"]) => ({
    sockets: new WebSockets({ hub, log: silentLog, settings: SOCKET_SETTINGS, rtmp }),
  });
  return withServer({ handler, more, settings }, (rig) => run(rig, sessions));
}

async function open(client: RawClient, path: string, protocols?: string) {
  await client.send(
    `GET ${path} HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: keep-alive, Upgrade\r\n` +
      "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      (protocols === undefined ? "" : `sec-websocket-protocol: ${protocols}\r\n`) + "\r\n",
  );
  return await client.response();
}

const binary = (...bytes: number[]) =>
  Uint8Array.of(0x82, 0x80 | bytes.length, 0, 0, 0, 0, ...bytes);

Deno.test("sockets of the subprotocol, or below /rtmp, carry RTMP both ways", async () => {
  await withTunnel(async ({ connect }, sessions) => {
    const first = await connect();
    const response = await open(first, "/", "chat, rtmp");
    assert.equal(response.headers.get("sec-websocket-protocol"), "rtmp");
    assert.equal(response.headers.get("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    const second = await connect();
    assert.equal((await open(second, "/rtmp/no/application")).status, 101);
    await first.send(binary(1, 2), binary(3));
    await until(() => sessions[0]!.events.length === 2);
    assert.deepEqual(sessions[0]!.events, ["0102", "03"]);
    const { output } = sessions[0]!;
    output.send(Uint8Array.of(7));
    assert.equal(hex(await first.bytes(3)), "820107");
    const pieces = [Uint8Array.of(8, 9)];
    const source = { more: false, takeBytes: () => pieces.shift() };
    output.attach(source);
    output.wake();
    assert.equal(hex(await first.bytes(4)), "82020809");
    output.detach(source);
    output.end();
    assert.equal(hex(await first.bytes(4)), "880203e8");
    await until(() => sessions[0]!.events.at(-1) === "close undefined");
  });
});

Deno.test("text on such a socket, or a broken frame, closes it", async () => {
  for (const [bytes, code] of [[[0x81, 0x80], "03eb"], [[0x82, 0x00], "03ea"]] as const) {
    await withTunnel(async ({ connect }, sessions) => {
      const client = await connect();
      await open(client, "/rtmp");
      await client.send(Uint8Array.of(...bytes, 0, 0, 0, 0));
      assert.equal(hex(await client.bytes(4)), `8802${code}`);
      await until(() => sessions[0]!.events.at(-1) === "close undefined");
    });
  }
});

Deno.test("a socket that carries RTMP is a connection of its address while it lasts", async () => {
  await withTunnel(async ({ connect, listener }, sessions) => {
    const first = await connect();
    assert.equal((await open(first, "/rtmp")).status, 101);
    assert.equal((await (await connect()).response()).status, 429);
    sessions[0]!.output.end();
    await first.rest();
    await until(() => listener.connections === 0);
    assert.equal((await open(await connect(), "/rtmp")).status, 101);
  }, { maxConnections: 1 });
});

Deno.test("a socket that carries RTMP is pinged now and then", async () => {
  await withTunnel(async ({ connect, clock }, sessions) => {
    const client = await connect();
    await open(client, "/rtmp");
    clock.advance(PING_INTERVAL - 1_000);
    sessions[0]!.output.send(Uint8Array.of(7));
    assert.equal(hex(await client.bytes(3)), "820107");
    clock.advance(1_000);
    assert.equal(hex(await client.bytes(2)), "8900");
    client.close();
  });
});

Deno.test("any other socket reaches an application, or finds none", async () => {
  await withTunnel(async ({ connect, hub }, sessions) => {
    const client = await connect();
    assert.equal((await open(client, "/", "chat")).status, 101);
    assert.equal(hub.clients.size, 1);
    const other = await connect();
    assert.equal((await open(other, "/rtmpx/")).status, 101);
    // A close frame of no code, masked with zeros, as the answer.
    await other.send(Uint8Array.of(0x88, 0x80, 0, 0, 0, 0));
    assert.match(await other.rest(), /Connect\.InvalidApp.*Application \/rtmpx doesn't exist/);
    assert.deepEqual(sessions, []);
  });
});
