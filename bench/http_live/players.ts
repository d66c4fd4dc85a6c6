/**
 * Players of one stream over HTTP: `players.ts KIND URL COUNT SECONDS`. KIND is `stream` for a body
 * without end, `parts` for playlists that are held and the parts they name, `files` for playlists
 * that are polled and the segments they name, `paced` a file like a playlist and one like a part, as
 * often as `parts` asks. Prints requests and bytes as JSON.
 */
const [kind = "stream", url = "", count = "1", seconds = "10"] = Deno.args;
const { hostname, port, pathname } = new URL(url);
const WARM_UP = 3_000;
/** Milliseconds of a part at 25 pictures a second. */
const PART = 280;
const encoder = new TextEncoder();
const decoder = new TextDecoder("latin1");
const seen = { requests: 0, bytes: 0, failed: 0 };
let isCounting = false;
let isOver = false;

/** One connection that asks for one thing after the other. */
class Connection {
  readonly #conn: Deno.TcpConn;
  #kept: Uint8Array = new Uint8Array(0);
  readonly #room = new Uint8Array(262_144);

  constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async open(): Promise<Connection> {
    return new Connection(await Deno.connect({ hostname, port: Number(port) }));
  }

  async send(path: string): Promise<void> {
    await this.#conn.write(encoder.encode(`GET ${path} HTTP/1.1\r\nhost: bench\r\n\r\n`));
  }

  /** The body of an answer; undefined for one that is no success. */
  async get(path: string): Promise<Uint8Array | undefined> {
    await this.send(path);
    let head = -1;
    while (head < 0) {
      await this.#more();
      head = decoder.decode(this.#kept.subarray(0, 2048)).indexOf("\r\n\r\n");
    }
    const text = decoder.decode(this.#kept.subarray(0, head));
    const size = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
    const end = head + 4 + size;
    while (this.#kept.length < end) await this.#more();
    const body = this.#kept.slice(head + 4, end);
    this.#kept = this.#kept.slice(end);
    if (isCounting) {
      seen.requests++;
      seen.bytes += body.length;
    }
    const isGood = /^HTTP\/1.1 200/.test(text);
    if (!isGood) seen.failed++;
    return isGood ? body : undefined;
  }

  async drain(): Promise<void> {
    while (!isOver) {
      const size = await this.#conn.read(this.#room);
      if (size === null) return;
      if (isCounting) seen.bytes += size;
    }
  }

  async #more(): Promise<void> {
    const size = await this.#conn.read(this.#room);
    if (size === null) throw new Error("the server closed the connection");
    const all = new Uint8Array(this.#kept.length + size);
    all.set(this.#kept);
    all.set(this.#room.subarray(0, size), this.#kept.length);
    this.#kept = all;
  }
}

const beside = (path: string, name: string) => new URL(name, `http://x${path}`).pathname;
const lines = (text: string) =>
  text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));

async function playParts(): Promise<void> {
  const connection = await Connection.open();
  const first = decoder.decode(await connection.get(pathname));
  const playlist = beside(pathname, lines(first).at(-1)!);
  let text = decoder.decode(await connection.get(playlist));
  let newest = "";
  while (!isOver) {
    const parts = [...text.matchAll(/#EXT-X-PART:.*URI="([^"]+)"/g)].map(([, name]) => name!);
    const at = parts.indexOf(newest);
    // One that comes begins with the newest part, as players do.
    for (const part of newest === "" ? parts.slice(-1) : parts.slice(at + 1)) {
      await connection.get(beside(playlist, part));
      newest = part;
    }
    const sequence = Number(/MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1]);
    const whole = lines(text).length;
    const growing = text.slice(text.lastIndexOf("#EXTINF")).split("#EXT-X-PART:").length - 1;
    const query = `?_HLS_msn=${sequence + whole}&_HLS_part=${growing}`;
    text = decoder.decode(await connection.get(playlist + query));
  }
}

async function playFiles(): Promise<void> {
  const connection = await Connection.open();
  let newest = "";
  while (!isOver) {
    const body = await connection.get(pathname);
    const segments = lines(decoder.decode(body));
    for (
      const segment of newest === ""
        ? segments.slice(-1)
        : segments.slice(segments.indexOf(newest) + 1)
    ) {
      await connection.get(beside(pathname, segment));
      newest = segment;
    }
    await new Promise((resume) => setTimeout(resume, 1000));
  }
}

async function playStream(): Promise<void> {
  const connection = await Connection.open();
  await connection.send(pathname);
  await connection.drain();
}

async function playPaced(): Promise<void> {
  const connection = await Connection.open();
  while (!isOver) {
    const start = performance.now();
    await connection.get(beside(pathname, "list.m3u8"));
    await connection.get(beside(pathname, "part.m4s"));
    const rest = PART - (performance.now() - start);
    await new Promise((resume) => setTimeout(resume, Math.max(0, rest)));
  }
}

const play = { stream: playStream, parts: playParts, files: playFiles, paced: playPaced }[kind]!;
for (let player = 0; player < Number(count); player++) {
  play().catch((error) => isOver || console.error(String(error)));
  // They do not come in one instant.
  if (player % 20 === 19) await new Promise((resume) => setTimeout(resume, 20));
}
await new Promise((resume) => setTimeout(resume, WARM_UP));
isCounting = true;
console.log("counting");
await new Promise((resume) => setTimeout(resume, Number(seconds) * 1000));
isOver = true;
console.log(JSON.stringify(seen));
Deno.exit(0);
