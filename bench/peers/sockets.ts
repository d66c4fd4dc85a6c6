/**
 * Opens many WebSockets: `sockets.ts PORT COUNT MESSAGE`. For each line on standard input the first
 * one sends the message as many times as the line says, each when all sockets have got as many
 * bytes as for the one before; then a line with the milliseconds is printed.
 */
const OPENED_AT_ONCE = 50;

const [port, count] = [Number(Deno.args[0]), Number(Deno.args[1])];
const text = new TextEncoder().encode(Deno.args[2]);
const message = Uint8Array.of(0x81, 0x80 | text.length, 0, 0, 0, 0, ...text);
const upgrade = new TextEncoder().encode(
  "GET / HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: Upgrade\r\n" +
    "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
);
const conns: Deno.Conn[] = [];
/** Frames that came, of all sockets. */
let frames = 0;
let size = 0;
let onAll = () => {};

for (let i = 0; i < count; i += OPENED_AT_ONCE) {
  await Promise.all(Array.from({ length: Math.min(OPENED_AT_ONCE, count - i) }, async () => {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    await conn.write(upgrade);
    const buffer = new Uint8Array(1_024);
    const got = await conn.read(buffer) ?? 0;
    const head = new TextDecoder().decode(buffer.subarray(0, got));
    if (!head.startsWith("HTTP/1.1 101")) throw new Error(head);
    conns.push(conn);
    read(conn, buffer);
  }));
}
console.log("ready");

for await (const line of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
  const began = performance.now();
  for (let round = 0; round < Number(line); round++) {
    frames = 0;
    const all = new Promise<void>((resolve) => onAll = resolve);
    await conns[0]!.write(message);
    await all;
  }
  console.log(performance.now() - began);
}
Deno.exit(0);

async function read(conn: Deno.Conn, buffer: Uint8Array): Promise<void> {
  for (;;) {
    const got = await conn.read(buffer);
    if (got === null) throw new Error("a socket was closed");
    if (size === 0) size = 2 + buffer[1]!;
    frames += got / size;
    if (frames >= count) onAll();
  }
}
