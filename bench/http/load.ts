/** What one connection sends again and again. */
export interface Request {
  /** Sent once, and answered, before all others; "" for nothing. */
  readonly open: string;
  readonly bytes: Uint8Array;
}

const latin1 = new TextDecoder("latin1");

/** Asks over kept connections, each waiting for its answer; returns how many answers came. */
export async function load(
  port: number,
  request: Request,
  connections: number,
  seconds: number,
): Promise<number> {
  let count = 0;
  const end = performance.now() + seconds * 1000;
  const run = async () => {
    const conn = await Deno.connect({ port, hostname: "127.0.0.1" });
    const buffer = new Uint8Array(65_536);
    if (request.open !== "") {
      await conn.write(new TextEncoder().encode(request.open));
      await answer(conn, buffer, headLength);
    }
    const measure = request.open === "" ? httpLength : frameLength;
    // All answers have one size, which the first one tells.
    let size: number | undefined;
    while (performance.now() < end) {
      await conn.write(request.bytes);
      if (size === undefined) {
        size = await answer(conn, buffer, measure);
      } else {
        for (let got = 0; got < size;) {
          const read = await conn.read(buffer);
          if (read === null) throw new Error("the server closed the connection");
          got += read;
        }
      }
      count++;
    }
    conn.close();
  };
  await Promise.all(Array.from({ length: connections }, run));
  return count;
}

/** Reads one answer; returns its size. */
async function answer(
  conn: Deno.Conn,
  buffer: Uint8Array,
  measure: (bytes: Uint8Array) => number | undefined,
): Promise<number> {
  let got = 0;
  for (;;) {
    const read = await conn.read(buffer.subarray(got));
    if (read === null) throw new Error("the server closed the connection");
    got += read;
    const size = measure(buffer.subarray(0, got));
    if (size !== undefined && got >= size) return size;
  }
}

function headLength(bytes: Uint8Array): number | undefined {
  const end = latin1.decode(bytes).indexOf("\r\n\r\n");
  return end === -1 ? undefined : end + 4;
}

function httpLength(bytes: Uint8Array): number | undefined {
  const head = headLength(bytes);
  if (head === undefined) return undefined;
  const text = latin1.decode(bytes.subarray(0, head));
  if (!text.startsWith("HTTP/1.1 200")) throw new Error(text);
  return head + Number(/content-length: (\d+)/i.exec(text)?.[1]);
}

function frameLength(bytes: Uint8Array): number | undefined {
  return bytes.length < 2 ? undefined : 2 + bytes[1]!;
}
