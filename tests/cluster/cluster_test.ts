import assert from "node:assert/strict";
import { MAX_FRAME, RETRY_INTERVAL } from "../../src/cluster/params.ts";
import { freePort } from "../e2e/server.ts";
import { turn, values, withMembers } from "./member.ts";

Deno.test("two servers know each other, with direction, addresses and properties, when one has the other as target", () =>
  withMembers(async (member) => {
    const b = member({ secret: "x", host: "b.example" }).start();
    b.cluster.ports.set("RTMFP", 1935).set("RTMP", 1936);
    const a = member({ secret: "x", targets: `${b.address}?name=master&level=2` }).start();
    a.cluster.ports.set("RTMP", 99);
    const { server: atA } = await a.event("up");
    const { server: atB } = await b.event("up");
    assert.equal(atA.address, b.address);
    assert.equal(atA.publicAddress, "b.example:1935");
    assert.equal(atA.addressFor("rtmp"), "b.example:1936");
    assert.equal(atA.addressFor("HTTP"), undefined);
    assert.equal(atB.publicAddress, "127.0.0.1:99");
    assert.deepEqual([atA.isTarget, atB.isTarget], [true, false]);
    for (const server of [atA, atB]) {
      assert.deepEqual([...server.properties], [["name", "master"], ["level", "2"]]);
    }
    assert.deepEqual([...a.cluster.servers.targets], [atA]);
    assert.equal(a.cluster.servers.initiators.count, 0);
    assert.deepEqual([...b.cluster.servers.initiators], [atB]);
    assert.equal(a.cluster.servers.at(1), atA);
    assert.equal(a.cluster.servers.at(2), undefined);
    assert.equal(a.cluster.servers.find(b.address), atA);
    assert.equal(a.cluster.servers.find("b.example:1935"), atA);
  }));

Deno.test("calls and broadcasts reach the other side with their values, both ways", () =>
  withMembers(async (member) => {
    const b = member().start();
    const a = member({ targets: b.address }).start();
    const c = member({ targets: b.address }).start();
    const { server: bAtA } = await a.event("up");
    await c.event("up");
    await b.event("up", 2);
    const bytes = Uint8Array.of(0, 255, 128);
    bAtA.send("hello", values("é", 1.5, null, { list: [1, true], bytes }));
    const call = await b.event("call");
    assert.equal(call.name, "hello");
    assert.deepEqual(
      JSON.stringify(call.args),
      JSON.stringify(["é", 1.5, null, { list: [1, true], bytes }]),
    );
    b.cluster.servers.broadcast("news", values(7));
    for (const one of [a, c]) {
      const { name, args, server } = await one.event("call");
      assert.deepEqual([name, args, server.address], ["news", [7], b.address]);
    }
    b.cluster.servers.targets.broadcast("nobody", values());
    b.cluster.servers.initiators.broadcast("some", values());
    assert.equal((await a.event("call", 2)).name, "some");
    assert.deepEqual([a, b, c].map(({ cluster }) => cluster.linkCount), [1, 2, 1]);
    assert.equal(a.cluster.isMember, undefined);
  }));

Deno.test("a server that an application rejects hears why, and is tried again", () =>
  withMembers(async (member) => {
    const b = member().start();
    b.rejection = "not today";
    const a = member({ targets: b.address }).start();
    await b.event("up");
    await a.logged(/not today/);
    await turn(5);
    assert.equal(b.cluster.servers.count, 0);
    assert.equal(a.cluster.servers.count, 0);
    assert.equal(b.count("down"), 0, "a rejection is no disconnection");
    assert.equal(a.count("down"), a.count("up"));
    b.rejection = undefined;
    a.clock.advance(RETRY_INTERVAL);
    await b.event("up", 2);
    await a.event("up", a.count("down") + 1);
  }));

Deno.test("a server that is rejected later is gone on both sides", () =>
  withMembers(async (member) => {
    const b = member().start();
    const a = member({ targets: b.address }).start();
    const { server } = await a.event("up");
    await b.event("up");
    server.reject("enough");
    await a.event("down");
    await b.event("down");
    assert.ok(b.log.lines.some((line) => /is gone: enough/.test(line)));
    assert.equal(b.cluster.servers.count, 0);
  }));

Deno.test("applications that run on one server are started on the other", () =>
  withMembers(async (member) => {
    const b = member();
    b.applications = ["", "/live"];
    b.start();
    const a = member({ targets: b.address }).start();
    assert.equal((await a.event("start", 2)).path, "/live");
    await b.event("up");
    a.cluster.applicationStarted("/later");
    assert.equal((await b.event("start")).path, "/later");
  }));

Deno.test("two servers that name each other have one link", async () => {
  for (let round = 0; round < 5; round++) {
    await withMembers(async (member) => {
      const [first, second] = [freePort(), freePort()];
      const a = member({ port: first, targets: `127.0.0.1:${second}`, secret: "x" });
      const b = member({ port: second, targets: `127.0.0.1:${first}`, secret: "x" });
      a.start();
      b.start();
      await a.event("up");
      await b.event("up");
      await turn(20);
      a.clock.advance(RETRY_INTERVAL);
      b.clock.advance(RETRY_INTERVAL);
      await turn(20);
      assert.deepEqual([a.cluster.servers.count, b.cluster.servers.count], [1, 1]);
      assert.deepEqual([a.count("up"), b.count("up")], [1, 1]);
      assert.equal(a.cluster.servers.targets.count + b.cluster.servers.targets.count, 1);
      assert.deepEqual(a.log.at("WARN").filter((line) => /kept|already/.test(line)), []);
    });
  }
});

Deno.test("a server that has itself as target says so once and leaves it", () =>
  withMembers(async (member) => {
    const port = freePort();
    const a = member({ port, targets: `127.0.0.1:${port}` }).start();
    await a.logged(/is this server itself/);
    a.clock.advance(10 * RETRY_INTERVAL);
    await turn(10);
    assert.equal(a.log.at("WARN").filter((line) => /itself/.test(line)).length, 1);
    assert.equal(a.cluster.servers.count, 0);
  }));

Deno.test("a target that is not there is logged once, tried again, and found when it comes", () =>
  withMembers(async (member) => {
    const port = freePort();
    const a = member({ targets: `127.0.0.1:${port}` }).start();
    await a.logged(/no link/);
    for (let i = 0; i < 3; i++) {
      a.clock.advance(RETRY_INTERVAL);
      await turn(10);
    }
    assert.equal(a.log.at("WARN").filter((line) => /no link/.test(line)).length, 1);
    const b = member({ port }).start();
    a.clock.advance(RETRY_INTERVAL);
    await a.event("up");
    await b.event("up");
  }));

Deno.test("a server that stops is gone at once for the others, which find it again", () =>
  withMembers(async (member) => {
    const port = freePort();
    const b = member({ port }).start();
    const a = member({ targets: `127.0.0.1:${port}` }).start();
    await a.event("up");
    b.stop();
    await a.event("down");
    assert.equal(a.cluster.servers.count, 0);
    member({ port }).start();
    a.clock.advance(RETRY_INTERVAL);
    await a.event("up", 2);
  }));

Deno.test("without a secret the listener warns; with one, a peer that has none stays out", () =>
  withMembers(async (member) => {
    const open = member().start();
    assert.equal(open.log.at("WARN").length, 1);
    const closed = member({ secret: "x" }).start();
    assert.deepEqual(closed.log.at("WARN"), []);
    const a = member({ targets: closed.address }).start();
    await a.logged(/no link: one of the two servers has a secret/);
    assert.equal(closed.cluster.servers.count, 0);
  }));

Deno.test("malformed arguments of a call end the link and nothing else", () =>
  withMembers(async (member) => {
    const b = member().start();
    const a = member({ targets: b.address }).start();
    const c = member({ targets: b.address }).start();
    const { server } = await a.event("up");
    await c.event("up");
    await b.event("up", 2);
    server.write(16, Uint8Array.of(0, 1, 65, 0x0a));
    await b.event("down");
    assert.equal(b.cluster.servers.count, 1);
  }));

Deno.test("a call that is too long to be sent is an error of its caller, and the link goes on", () =>
  withMembers(async (member) => {
    const b = member().start();
    const a = member({ targets: b.address }).start();
    const { server } = await a.event("up");
    const long = "x".repeat(MAX_FRAME);
    assert.throws(() => server.send("hello", values(long)), /^RangeError: a call of \d+ bytes/);
    assert.throws(() => a.cluster.servers.broadcast("hello", values(long)), RangeError);
    assert.throws(() => server.send("x".repeat(5_000), values()), RangeError);
    server.send("hello", values(1));
    assert.equal((await b.event("call")).name, "hello");
    assert.equal(a.count("down"), 0);
  }));

Deno.test("a server that has another secret is refused, and logged once on both sides", () =>
  withMembers(async (member) => {
    const b = member({ secret: "x" }).start();
    for (const _ of [1, 2]) {
      const a = member({ secret: "y", targets: b.address }).start();
      await a.logged(/WARN .*the secrets differ/);
    }
    await b.logged(/WARN .*the secrets differ/);
    assert.equal(b.log.at("WARN").length, 1, b.log.lines.join("\n"));
  }));

Deno.test("what a server does is told to the others, whatever numbers it says", () =>
  withMembers(async (member) => {
    const b = member().start();
    const a = member({ targets: b.address }).start();
    const { server: bAtA } = await a.event("up");
    const { server: aAtB } = await b.event("up");
    const told = () => bAtA.load?.told;
    assert.equal(told(), undefined);
    const load = { clients: 3, publications: 2, listeners: 1, received: 0.5, sent: 1e9, cpu: 0.25 };
    b.cluster.tellLoad(load);
    aAtB.send("told", values());
    await a.event("call");
    assert.deepEqual(told(), load);
    b.cluster.tellLoad({ ...load, clients: NaN, sent: -1, cpu: Infinity });
    aAtB.send("told", values());
    await a.event("call", 2);
    assert.deepEqual(told(), { ...load, clients: 0, sent: 0, cpu: 0 });
  }));
