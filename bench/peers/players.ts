/**
 * Plays many streams and counts: `players.ts COUNT URL…`, the URLs in turn (rtmp, rtmps, http,
 * https). For each line on standard input it prints the bytes since the line before, and how many
 * play on.
 */
import { command, connectCommand, message, writeAll } from "../rtmp_fanout/wire.ts";
import { ByteWriter } from "../../src/bytes/mod.ts";

const OPENED_AT_ONCE = 20;
const HANDSHAKE_SIZE = 1536;

const [count, ...targets] = [Number(Deno.args[0]), ...Deno.args.slice(1)];
const urls = targets.map((target) => new URL(target));
let [bytes, alive] = [0, 0];

for (let i = 0; i < count; i += OPENED_AT_ONCE) {
  const batch = Array.from({ length: Math.min(OPENED_AT_ONCE, count - i) }, async (_, k) => {
    const url = urls[(i + k) % urls.length]!;
    const conn = await connect(url);
    if (url.protocol.startsWith("http")) await get(conn, url);
    else await play(conn, url);
    alive++;
    read(conn);
  });
  await Promise.all(batch);
}
console.log("ready");

for await (const _line of Deno.stdin.readable) {
  console.log(JSON.stringify({ bytes, alive }));
  bytes = 0;
}
Deno.exit(0);

/** Whatever the certificate: it is the bench's own. */
async function connect({ protocol, port }: URL): Promise<Deno.Conn> {
  const to = { hostname: "127.0.0.1", port: Number(port) };
  if (!protocol.endsWith("s:")) return await Deno.connect(to);
  const authority = new URL("../../tests/vectors/tls/authority.cert.pem", import.meta.url);
  const caCerts = [Deno.readTextFileSync(authority)];
  return await Deno.startTls(await Deno.connect(to), { hostname: "localhost", caCerts });
}

async function get(conn: Deno.Conn, { pathname }: URL): Promise<void> {
  const request = `GET ${pathname} HTTP/1.1\r\nhost: localhost\r\n\r\n`;
  await writeAll(conn, new TextEncoder().encode(request));
}

async function play(conn: Deno.Conn, { pathname, port }: URL): Promise<void> {
  const hello = new Uint8Array(1 + HANDSHAKE_SIZE);
  hello[0] = 3;
  await writeAll(conn, hello);
  const answer = new Uint8Array(1 + 2 * HANDSHAKE_SIZE);
  for (let have = 0; have < answer.length;) have += await conn.read(answer.subarray(have)) ?? NaN;
  await writeAll(conn, answer.subarray(1, 1 + HANDSHAKE_SIZE));
  await writeAll(conn, message(2, 1, 0, 0, new ByteWriter().u32(0xffff).take()));
  const name = pathname.slice(pathname.lastIndexOf("/") + 1);
  const [create, start] = [command(0, "createStream", 2, null), command(1, "play", 3, null, name)];
  for (const bytes of [connectCommand(Number(port)), create, start]) {
    await writeAll(conn, bytes);
    await new Promise((resume) => setTimeout(resume, 20));
  }
}

async function read(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(262_144);
  try {
    for (let got = await conn.read(buffer); got !== null; got = await conn.read(buffer)) {
      bytes += got;
    }
  } finally {
    alive--;
  }
}
