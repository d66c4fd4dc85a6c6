import { ByteWriter } from "../../../src/bytes/mod.ts";
import { writeBasicHeader } from "../../../src/protocols/rtmp/wire/chunk_writer.ts";
import { type Attacks, pause, repeat, type Target } from "../attack.ts";
import { command, HostilePeer, many, message, Type } from "../rtmp_peer.ts";

/** One connection that sends `bytes` as often as it may. */
function flood(bytes: (index: number) => Uint8Array, count: number, first?: Uint8Array) {
  return async ({ rtmp }: Target, until: number): Promise<void> => {
    const peer = await HostilePeer.open(rtmp, "live");
    if (first !== undefined) await peer.write(first);
    let sent = 0;
    await repeat(until, async () => {
      await peer.write(many(count, () => bytes(sent++)));
      return !peer.isCut;
    });
    peer.close();
  };
}

/** One segment of calls of a method. */
function calls(method: string, count: number, ...args: unknown[]) {
  return async ({ rtmp }: Target, until: number): Promise<void> => {
    const peer = await HostilePeer.open(rtmp);
    await peer.write(many(count, (index) => command(0, method, index + 3, null, ...args)));
    await repeat(until, () => pause(100));
    peer.close();
  };
}

export const rtmpAttacks: Attacks = {
  "4 calls that run to their budget, in one segment": calls("loop", 4),
  "a call that makes coroutines for ever": calls("coroutines", 1),
  "20 calls that catch their own end": calls("protected", 20),
  "a call that collects garbage for ever": calls("collect", 1),
  "a call that takes all memory": calls("grow", 1),
  "a call with a pattern of exponential time": calls("find", 1, "a".repeat(40_000), ".-.-.-.-b"),
  "a call that repeats text 10^9 times": calls("rep", 1, 1e9),
  "a call that splits 4 MB": calls("split", 1, "a,".repeat(2_000_000), ","),
  "a sort that is never done": calls("sort", 3, Array.from({ length: 50_000 }, (_, i) => i)),
  "errors with a text of 1 MB": calls("fail", 20, "e".repeat(1_000_000)),
  "1,000 log lines of 10 kB": calls("say", 1000, "s".repeat(10_000)),
  "references to one string of 3 MB": async ({ rtmp }, until) => {
    const peer = await HostilePeer.open(rtmp);
    const args = new ByteWriter(3_100_000);
    const head = new ByteWriter();
    head.u8(2).u16(4).bytes(new TextEncoder().encode("json")).u8(0).f64(5).u8(5);
    args.bytes(head.take()).u8(0x0a).u32(1000).u8(0x0a).u32(1);
    args.u8(0x0c).u32(3_000_000).bytes(new Uint8Array(3_000_000).fill(0x7a));
    for (let i = 0; i < 999; i++) args.u8(7).u16(1);
    await peer.write(message(Type.command, 0, 0, args.take()));
    await repeat(until, () => pause(100));
    peer.close();
  },
  "100,000 plays": flood((i) => command(1, "play", 0, null, `p${i}`), 2000),
  "publishes without an end": flood((i) => command(1, "publish", 0, null, `q${i}`), 2000),
  "streams without an end": flood((i) => command(0, "createStream", i + 3, null), 2000),
  "calls of a method that is missing": flood((i) => command(0, "nosuch", i + 3, null), 3000),
  "acknowledgements": flood(
    () => message(Type.acknowledgement, 0, 0, Uint8Array.of(0, 0, 0, 1)),
    5000,
  ),
  "pauses and seeks": flood(
    (i) => command(1, i % 2 ? "pause" : "seek", 0, null, i % 2 === 0 ? 0 : true, 0),
    2000,
    command(1, "play", 0, null, "film"),
  ),
  "frames of 60 kB as fast as they go": flood(
    (i) => message(Type.video, 1, i, Uint8Array.of(0x27, 1, ...new Uint8Array(60_000))),
    4,
    command(1, "publish", 0, null, "other"),
  ),
  "metadata of 1 MB, again and again": flood(
    (i) => command(1, "@setDataFrame", "onMetaData", { text: "m".repeat(1_000_000), i }),
    1,
    command(1, "publish", 0, null, "meta"),
  ),
  "messages begun on 60,000 chunk streams": async ({ rtmp }, until) => {
    const peer = await HostilePeer.open(rtmp);
    await peer.write(many(60_000, (index) => {
      const out = new ByteWriter();
      writeBasicHeader(out, 0, 64 + index);
      out.u24(0).u24(16_000_000).u8(Type.data).u32LE(1).bytes(new Uint8Array(64));
      return out.take();
    }));
    await repeat(until, () => pause(100));
    peer.close();
  },
  "arrays nested 100,000 times": async ({ rtmp }, until) => {
    const peer = await HostilePeer.open(rtmp);
    const args = new ByteWriter();
    args.u8(2).u16(4).bytes(new TextEncoder().encode("echo")).u8(0).f64(5).u8(5);
    for (let i = 0; i < 100_000; i++) args.u8(0x0a).u32(1);
    await peer.write(message(Type.command, 0, 0, args.take()));
    await repeat(until, () => pause(100));
    peer.close();
  },
  "300 players that never read": async ({ rtmp }, until) => {
    const conns: Deno.Conn[] = [];
    for (let i = 0; i < 300; i++) {
      conns.push(await Deno.connect({ hostname: "127.0.0.1", port: rtmp }));
    }
    const hello = new Uint8Array(1 + 1536 * 2);
    hello[0] = 3;
    const play = [command(0, "connect", 1, { app: "live" }), command(0, "createStream", 2, null)];
    for (const conn of conns) await conn.write(hello);
    for (const conn of conns) for (const each of play) await conn.write(each);
    for (const conn of conns) await conn.write(command(1, "play", 0, null, "film"));
    await repeat(until, () => pause(100));
    for (const conn of conns) conn.close();
  },
  "connections that come and go": async ({ rtmp }, until) => {
    await repeat(until, async () => {
      const peers = await Promise.allSettled(
        Array.from({ length: 20 }, () => HostilePeer.open(rtmp, "live")),
      );
      for (const peer of peers) if (peer.status === "fulfilled") peer.value.close();
    });
  },
};
