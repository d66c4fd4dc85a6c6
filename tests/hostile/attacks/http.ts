import { gzipSync } from "node:zlib";
import { type Attack, type Attacks, pause, repeat, sendTcp } from "../attack.ts";

const encoder = new TextEncoder();

function join(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const bytes = parts.map((part) => typeof part === "string" ? encoder.encode(part) : part);
  const all = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of bytes) {
    all.set(each, at);
    at += each.length;
  }
  return all;
}

function post(path: string, type: string, body: Uint8Array, more = ""): Uint8Array {
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\n` +
    `Content-Length: ${body.length}\r\n${more}\r\n`;
  return join(head, body);
}

/** One request. */
function request(bytes: () => Uint8Array): Attack {
  return async ({ http }, until) => void await sendTcp(http, bytes(), until);
}

/** A body that is about as long as the server takes. */
function body(type: string, text: () => string): Attack {
  return request(() => post("/t", type, encoder.encode(text())));
}

/** A Flash Remoting packet with so many calls of `method`. */
function envelope(method: string, count: number): Attack {
  return request(() => {
    const call = join(
      Uint8Array.of(0, method.length),
      method,
      Uint8Array.of(0, 2),
      "/1",
      Uint8Array.of(0, 0, 0, 5, 0x0a, 0, 0, 0, 0),
    );
    const calls = Array.from({ length: count }, () => call);
    const packet = join(Uint8Array.of(0, 0, 0, 0, count >> 8, count & 255), ...calls);
    return post("/t", "application/x-amf", packet);
  });
}

/** Zeros, compressed member by member so that no process holds them all. */
function bomb(megabytes: number): Attack {
  return request(() => {
    const part = gzipSync(new Uint8Array(16 * 1_048_576));
    const parts = Array.from({ length: Math.ceil(megabytes / 16) }, () => part);
    return post("/t", "application/json", join(...parts), "Content-Encoding: gzip\r\n");
  });
}

/** Players of HLS that come, each for another stream, and never ask again. */
const players: Attack = async ({ http }, until) => {
  let name = 0;
  await repeat(until, async () => {
    const bytes = Array.from(
      { length: 40 },
      () => encoder.encode(`GET /t/none${name++}.m3u8 HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(10)),
    );
    await Promise.all(bytes.map((request) => sendTcp(http, request, until)));
  });
};

/** Playlists of sessions that are none, with directives that cannot be. */
const playlists: Attack = async ({ http }, until) => {
  const path = `/t/film/${"A".repeat(20)}/main.m3u8?_HLS_msn=${"9".repeat(18)}&_HLS_part=1e18`;
  const bytes = encoder.encode(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(5000));
  await repeat(until, async () => void await sendTcp(http, bytes, until));
};

export const httpAttacks: Attacks = {
  "players of HLS that come for streams that are none, and stay away": players,
  "playlists of HLS that cannot be, without end": playlists,
  "a gzip body that inflates to 1 GB": bomb(1024),
  "a gzip body that inflates to 6 GB": bomb(6144),
  "a Flash Remoting packet with 6 calls that run to their budget": envelope("loop", 6),
  "a Flash Remoting packet with 256 calls that run to their budget": envelope("loop", 256),
  "a form of 1 M pairs": body(
    "application/x-www-form-urlencoded",
    () => "count&" + Array.from({ length: 1_000_000 }, (_, i) => `a${i}=1`).join("&"),
  ),
  "XML-RPC with 600 k parameters": body(
    "text/xml",
    () =>
      "<methodCall><methodName>count</methodName><params>" + "<param/>".repeat(600_000) +
      "</params></methodCall>",
  ),
  "XML with 1 M attributes": body(
    "text/xml",
    () => "<a " + Array.from({ length: 1_000_000 }, (_, i) => `a${i}=""`).join(" ") + "/>",
  ),
  "JSON of 5 M objects": body(
    "application/json",
    () => '["count",' + "{},".repeat(4_999_999) + "{}]",
  ),
  "JSON nested 1 M times": body("application/json", () => "[".repeat(1_000_000)),
  "20,000 requests in one segment": request(() =>
    encoder.encode("GET /t/count HTTP/1.1\r\nHost: x\r\n\r\n".repeat(20_000))
  ),
  "a body in chunks of one byte": request(() =>
    encoder.encode(
      "POST /t HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" +
        "Transfer-Encoding: chunked\r\n\r\n" + "1\r\nx\r\n".repeat(1_000_000) + "0\r\n\r\n",
    )
  ),
  "a file in 1,000 ranges": request(() =>
    encoder.encode(
      "GET /big.bin HTTP/1.1\r\nHost: x\r\nRange: bytes=" +
        Array.from({ length: 1000 }, (_, i) => `${i * 2}-${i * 2}`).join(",") + "\r\n\r\n",
    )
  ),
  "500 requests that are never finished": async ({ http }, until) => {
    const conns: Deno.Conn[] = [];
    for (let i = 0; i < 500; i++) {
      const conn = await Deno.connect({ hostname: "127.0.0.1", port: http });
      await conn.write(encoder.encode("GET /t/ HTTP/1.1\r\nHost: x\r\nX-Slow: "));
      conns.push(conn);
    }
    await repeat(until, async () => {
      for (const conn of conns) await conn.write(encoder.encode("y")).catch(() => {});
      await pause(200);
    });
    for (const conn of conns) conn.close();
  },
  "900 connections in one moment, again and again": ({ http }, until) =>
    repeat(until, async () => {
      const opened = await Promise.allSettled(
        Array.from({ length: 900 }, () => Deno.connect({ hostname: "127.0.0.1", port: http })),
      );
      for (const each of opened) if (each.status === "fulfilled") each.value.close();
      await pause(300);
    }),
  "an upload of FLV that is noise": request(() => {
    const noise = new Uint8Array(8_000_000);
    for (let i = 0; i < noise.length; i += 65_536) {
      crypto.getRandomValues(noise.subarray(i, i + 65_536));
    }
    const head = `PUT /t/noise.flv HTTP/1.1\r\nHost: x\r\nContent-Length: ${
      noise.length + 13
    }\r\n\r\n`;
    return join(head, "FLV", Uint8Array.of(1, 5, 0, 0, 0, 9, 0, 0, 0, 0), noise);
  }),
  "tunnels without an end": async ({ http }, until) => {
    const open = encoder.encode(
      "POST /open/1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-fcs\r\n" +
        "Content-Length: 1\r\n\r\n\0",
    );
    await repeat(until, async () => {
      const all = join(...Array.from({ length: 100 }, () => open));
      await sendTcp(http, all, Math.min(until, performance.now() + 500));
    });
  },
};
