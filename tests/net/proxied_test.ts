import { deepEqual, equal } from "node:assert/strict";
import { AddressRanges, systemClock as clock } from "../../src/base/mod.ts";
import { decodeText, encodeText } from "../../src/bytes/mod.ts";
import { BanList } from "../../src/hub/mod.ts";
import { listenTcp, WriteScheduler } from "../../src/net/mod.ts";
import { reach } from "../support/reachable.ts";

const vector = (name: string) =>
  Deno.readTextFileSync(new URL(`../vectors/tls/${name}.pem`, import.meta.url));

const HEADER = encodeText("PROXY TCP4 192.0.2.1 198.51.100.1 5000 1935\r\n");

/** A port that answers with who connects, and what came first. */
function listen(proxies: string, gate = new BanList(), isSecure = false, faults: string[] = []) {
  const tls = { cert: vector("signed.cert"), key: vector("signed.key") };
  return listenTcp(
    {
      hostname: "127.0.0.1",
      port: 0,
      clock,
      scheduler: new WriteScheduler(clock),
      proxies: AddressRanges.of(proxies),
      gate,
      onProxyFault: (peer, what) => void faults.push(`${peer.replace(/\d+$/, "P")} ${what}`),
      ...(isSecure ? { tls } : {}),
    },
    ({ remote, outbox }) => ({
      onData: (bytes) => {
        outbox.send(encodeText(`${remote} ${decodeText(bytes)}`));
        outbox.end();
      },
      onClosed: () => {},
    }),
  );
}

/** What a connection gives back that sends these, one after the other. */
async function answer(port: number, ...parts: Uint8Array[]): Promise<string> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  try {
    for (const part of parts) {
      await conn.write(part);
      await new Promise((resume) => setTimeout(resume));
    }
    return await readAll(conn);
  } finally {
    conn.close();
  }
}

async function readAll(conn: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(1_024);
  try {
    for (let count = await conn.read(buffer); count; count = await conn.read(buffer)) {
      text += decodeText(buffer.subarray(0, count));
    }
  } catch {
    // Cut.
  }
  return text;
}

Deno.test("a connection through a proxy comes from where its header says", async () => {
  const server = listen("127.0.0.1");
  const whole = new Uint8Array([...HEADER, ...encodeText("hello")]);
  equal(await answer(server.port, whole), "192.0.2.1:5000 hello");
  equal(
    await answer(server.port, HEADER.subarray(0, 9), HEADER.subarray(9), encodeText("hello")),
    "192.0.2.1:5000 hello",
  );
  const plain = await answer(server.port, encodeText("hello"));
  equal(plain.replace(/\d+ /, "P "), "127.0.0.1:P hello");
  equal(await answer(server.port, encodeText("PROXY TCP4 nonsense\r\nhello")), "");
  server.close();
});

Deno.test("a header is no header from a peer that is no proxy", async () => {
  const server = listen("10.0.0.0/8");
  const text = await answer(server.port, encodeText("PROXY UNKNOWN\r\n"));
  equal(text.replace(/\d+ /, "P "), "127.0.0.1:P PROXY UNKNOWN\r\n");
  server.close();
});

Deno.test("who is banned is cut behind a proxy too", async () => {
  const gate = new BanList();
  gate.ban("192.0.2.1");
  const server = listen("127.0.0.1", gate);
  equal(await answer(server.port, HEADER, encodeText("hello")), "");
  server.close();
});

for (const isSecure of [false, true]) {
  const port = isSecure ? "a port with TLS" : "a port";
  Deno.test(`a malformed header of a proxy is told once, with what is wrong: ${port}`, async () => {
    const faults: string[] = [];
    const server = listen("127.0.0.1", new BanList(), isSecure, faults);
    await reach(server.port).then((conn) => conn.close());
    equal(await answer(server.port, encodeText("PROXY TCP5 geheim 198.51.100.1 1 2\r\nx")), "");
    const cut = await reach(server.port) as Deno.TcpConn;
    await cut.write(HEADER.subarray(0, 9));
    await cut.closeWrite();
    equal(await readAll(cut), "");
    cut.close();
    const start =
      "127.0.0.1:P a malformed header of the PROXY protocol, the connection is closed: ";
    deepEqual(faults, [
      `${start}version 1 names neither TCP4, TCP6 nor UNKNOWN`,
      `${start}it ends after 9 bytes`,
    ]);
    server.close();
  });
}

Deno.test("TLS begins behind the header of a proxy, and without one", async () => {
  const server = listen("127.0.0.1", new BanList(), true);
  const secure = async (header: Uint8Array) => {
    const conn = await reach(server.port) as Deno.TcpConn;
    await conn.write(header);
    const caCerts = [vector("authority.cert")];
    const tls = await Deno.startTls(conn, { hostname: "localhost", caCerts });
    await tls.write(encodeText("hello"));
    const text = await readAll(tls);
    tls.close();
    return text;
  };
  equal(await secure(HEADER), "192.0.2.1:5000 hello");
  equal((await secure(new Uint8Array())).replace(/\d+ /, "P "), "127.0.0.1:P hello");
  equal(await answer(server.port, encodeText("PROXY nonsense\r\n")), "");
  server.close();
});
