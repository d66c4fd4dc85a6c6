import assert from "node:assert/strict";
import { ByteReader, ByteWriter } from "../../src/bytes/mod.ts";
import { readIntroduction, writeIntroduction } from "../../src/cluster/link/introduction.ts";
import { Server } from "../../src/cluster/mod.ts";
import { MAX_INTRODUCED } from "../../src/cluster/params.ts";
import { introduction } from "./link_pair.ts";
import { until, withMembers } from "./member.ts";

function server(host: string, ports: Record<string, number>): Server {
  const transport = { send: () => {}, end: () => {} };
  const said = { ...introduction, host, ports: new Map(Object.entries(ports)) };
  return new Server({
    id: "id",
    address: "10.0.0.1:1936",
    remote: "10.0.0.1:50000",
    isTarget: false,
    introduction: said,
    transport,
  });
}

Deno.test("clients are sent to a server's host, those of RTMFP to an address", () => {
  const named = server("a.example", { RTMFP: 1935, RTMP: 1936 });
  assert.deepEqual(named.redirectionsFor("RTMP"), ["a.example:1936"]);
  assert.deepEqual(named.redirectionsFor("RTMFP"), ["10.0.0.1:1935"]);
  assert.deepEqual(named.redirectionsFor("RTMPS"), []);
  const numbered = server("203.0.113.7", { RTMFP: 1935 });
  assert.deepEqual(numbered.redirectionsFor("RTMFP"), ["203.0.113.7:1935"]);
  assert.deepEqual(server("", { RTMP: 1 }).redirectionsFor("RTMP"), ["10.0.0.1:1"]);
});

Deno.test("an introduction of more than a server can have is refused", () => {
  const read = (count: number) => {
    const names = Array.from({ length: count }, (_, index) => `name${index}`);
    const properties = new Map(names.map((name) => [name, "x"] as const));
    const out = new ByteWriter();
    writeIntroduction(out, { ...introduction, properties });
    return readIntroduction(new ByteReader(out.view())).properties.size;
  };
  assert.equal(read(MAX_INTRODUCED), MAX_INTRODUCED);
  assert.throws(() => read(MAX_INTRODUCED + 1), { name: "ProtocolError" });
});

Deno.test("500 connections that say nothing are bounded: the oldest goes, and a server gets its link", () =>
  withMembers(async (member) => {
    const { cluster, log } = member({ secret: "x" }).start();
    const address = { hostname: "127.0.0.1", port: cluster.port };
    const conns: Deno.TcpConn[] = [];
    try {
      while (conns.length < 500) conns.push(await Deno.connect(address));
      const other = member({ targets: `127.0.0.1:${cluster.port}`, secret: "x" }).start();
      await other.event("up");
      await until(
        () => log.lines.some((line) => /do not say who they are/.test(line)),
        () => "no line",
      );
    } finally {
      for (const conn of conns) conn.close();
    }
    const left = () => log.lines.filter((line) => /no link: /.test(line)).length;
    await until(() => left() === 500, () => `${left()} have left`);
  }));
