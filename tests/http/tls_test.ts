import { equal, match, rejects } from "node:assert/strict";
import { openSocketControl, useSocketControl } from "../../src/net/mod.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { until, withServer } from "./support.ts";

/** The same for the port of node:tls, and for the runtime's, which needs the system's calls. */
function testBoth(name: string, run: () => Promise<void>): void {
  Deno.test(`${name} (node:tls)`, run);
  Deno.test(`${name} (the runtime)`, async () => {
    using control = await openSocketControl();
    useSocketControl(control);
    try {
      await run();
    } finally {
      useSocketControl(undefined);
    }
  });
}

const vector = (name: string) =>
  Deno.readTextFileSync(new URL(`../vectors/tls/${name}.pem`, import.meta.url));
const keys = (name: string) => ({ cert: vector(`${name}.cert`), key: vector(`${name}.key`) });

testBoth("a renewed certificate is for new connections, open ones go on", async () => {
  const more = () => ({ tls: keys("signed") });
  await withServer({ files: { "page.txt": "page" }, more }, async ({ listener }) => {
    // Trusts the one that signed `signed`, and nobody else: `one` is not for it.
    const connect = async () => {
      const { port } = listener;
      const caCerts = [vector("authority.cert")];
      const conn = await Deno.connectTls({ hostname: "localhost", port, caCerts });
      await conn.handshake().catch((error) => {
        conn.close();
        throw error;
      });
      return conn;
    };
    const status = async (conn: Deno.TlsConn) => {
      await conn.write(
        new TextEncoder().encode("GET /page.txt HTTP/1.1\r\nhost: localhost\r\n\r\n"),
      );
      const buffer = new Uint8Array(4096);
      let text = "";
      while (!text.endsWith("\r\n\r\npage")) {
        const count = await conn.read(buffer);
        if (count === null) break;
        text += new TextDecoder().decode(buffer.subarray(0, count));
      }
      return text.split("\r\n")[0];
    };
    const before = await connect();
    equal(await status(before), "HTTP/1.1 200 OK");
    await listener.renew(keys("one"));
    await rejects(connect(), /certificate/);
    equal(await status(before), "HTTP/1.1 200 OK");
    await rejects(listener.renew({ ...keys("one"), key: keys("two").key }));
    await listener.renew(keys("signed"));
    const after = await connect();
    equal(await status(after), "HTTP/1.1 200 OK");
    equal(await status(before), "HTTP/1.1 200 OK");
    before.close();
    after.close();
    await until(() => listener.connections === 0);
  });
});

testBoth("a client that does not take the certificate is one line of the log", async () => {
  const log = new CaptureLog();
  await withServer({ more: () => ({ tls: keys("one"), log }) }, async ({ listener }) => {
    const conn = await Deno.connectTls({
      hostname: "localhost",
      port: listener.port,
      caCerts: [vector("authority.cert")],
    });
    await rejects(conn.handshake());
    conn.close();
    await until(() => listener.connections === 0);
  });
  equal(log.lines.length, 1, log.lines.join("\n"));
  match(log.lines[0]!, /^INFO 127\.0\.0\.1:\d+: rejected the certificate \(\w+\)$/);
});

/** The record header of a ClientHello, and the first bytes of one that never comes whole. */
const HALF_A_HELLO = Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3);

for (const [name, bytes] of [["nothing", []], ["half a hello", HALF_A_HELLO]] as const) {
  testBoth(`who sends ${name} where TLS is spoken is cut after the timeout`, async () => {
    await withServer({ more: () => ({ tls: keys("signed") }) }, async (rig) => {
      const { connect, clock, listener } = rig;
      const client = await connect();
      await client.send(Uint8Array.from(bytes));
      await until(() => listener.connections === 1);
      clock.advance(6_000);
      equal(listener.connections, 1);
      clock.advance(2_000);
      equal(listener.connections, 0);
      equal(await client.rest(), "");
    });
  });
}

testBoth("plain HTTP to a port that speaks TLS is over at once, and harms nothing", async () => {
  await withServer({ more: () => ({ tls: keys("signed") }) }, async ({ connect, listener }) => {
    const client = await connect();
    await client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await client.rest();
    await until(() => listener.connections === 0);
  });
});
