import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteWriter, encodeText } from "../../src/bytes/mod.ts";
import { FrameType, writeFrame } from "../../src/cluster/link/frame.ts";
import { proof } from "../../src/cluster/link/hello.ts";
import { EndCode } from "../../src/cluster/link/session.ts";
import { PING_INTERVAL, SILENCE_LIMIT } from "../../src/cluster/params.ts";
import { hmacSha256, sha256 } from "../../src/crypto/mod.ts";
import { connect, settle, Side } from "./link_pair.ts";

Deno.test("a link comes up on both sides when the secrets are the same", () => {
  const [a, b] = connect({ secret: "s3cret" }, { secret: "s3cret" });
  assert.deepEqual([a.events, b.events], [["up"], ["up"]]);
  assert.equal(a.session.peerId, "02".repeat(16));
  assert.equal(b.session.peerId, "01".repeat(16));
});

Deno.test("a link comes up when its bytes arrive one by one", () => {
  const [a, b] = connect({ secret: "x" }, { secret: "x" }, 1);
  assert.deepEqual([a.events, b.events], [["up"], ["up"]]);
});

Deno.test("a link that is up carries frames longer than its handshake may have", () => {
  const [a, b] = connect();
  let length = 0;
  b.onFrame = (_type, body) => length = body.remaining;
  a.session.send(FrameType.call, (out) => out.bytes(new Uint8Array(1_000_000)));
  settle([a, b]);
  assert.deepEqual([length, a.end, b.end], [1_000_000, undefined, undefined]);
});

Deno.test("each side learns what the other says of itself", () => {
  const [a, b] = connect({
    introduction: { properties: new Map([["name", "master"], ["__proto__", "x"]]) },
  }, {
    introduction: {
      host: "b.example",
      ports: new Map([["RTMFP", 1935]]),
      applications: ["", "/live"],
    },
  });
  assert.deepEqual([...b.peer!.properties], [["name", "master"], ["__proto__", "x"]]);
  assert.equal(a.peer!.host, "b.example");
  assert.deepEqual([...a.peer!.ports], [["RTMFP", 1935]]);
  assert.deepEqual(a.peer!.applications, ["", "/live"]);
});

Deno.test("a link is refused on both sides when the secrets differ, and says nothing of either", () => {
  const [a, b] = connect({ secret: "one", introduction: { host: "hidden" } }, { secret: "two" });
  assert.deepEqual([a.events, b.events], [["down"], ["down"]]);
  assert.equal(b.end!.reason, "the secrets differ");
  assert.deepEqual(a.end, { code: EndCode.protocol, reason: "the secrets differ" });
});

Deno.test("a link is refused when only one side has a secret", () => {
  for (const [first, second] of [["x", ""], ["", "x"]]) {
    const [a, b] = connect({ secret: first! }, { secret: second! });
    assert.equal(a.end!.reason, "one of the two servers has a secret, the other has none");
    assert.deepEqual(b.events, ["down"]);
  }
});

Deno.test("an acceptor that cannot prove the secret is refused by the initiator", () => {
  const a = new Side("initiator", { secret: "x" });
  const b = new Side("acceptor", { secret: "x" });
  a.carryTo(b);
  b.carryTo(a);
  const [proofOfA] = a.sent.splice(0);
  // The initiator's own proof, sent back to it.
  a.session.receive(proofOfA!, 0);
  assert.equal(a.end!.reason, "the secrets differ");
});

Deno.test("a proof is the HMAC of the role and both hellos (golden: by its definition)", () => {
  const [secret, a, b] = ["k", "hello of a", "hello of b"].map(encodeText) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const wanted = hmacSha256(
    secret,
    encodeText("MonaLinkacceptor"),
    sha256(sha256(a), sha256(b)),
  );
  assert.deepEqual(proof(secret, "acceptor", a, b), wanted);
  assert.notDeepEqual(proof(secret, "initiator", a, b), wanted);
});

Deno.test("a recorded proof is worth nothing on another connection", () => {
  const first = new Side("initiator", { secret: "x" });
  const answerer = new Side("acceptor", { secret: "x" });
  const recorded: Uint8Array[] = [...first.sent];
  first.carryTo(answerer);
  answerer.carryTo(first);
  recorded.push(...first.sent);
  const victim = new Side("acceptor", { secret: "x" });
  for (const bytes of recorded) victim.session.receive(bytes, 0);
  assert.equal(victim.end!.reason, "the secrets differ");
});

Deno.test("two versions refuse each other and both logs name them", () => {
  const [a, b] = connect({ version: 1 }, { version: 2 });
  assert.match(b.end!.reason, /speaks version 1 of links, we 2/);
  assert.match(a.end!.reason, /speaks version [12] of links, we [12]/);
});

Deno.test("a server that connects to itself is refused", () => {
  const [a, b] = connect({ id: 7 }, { id: 7 });
  assert.equal(a.end!.code, EndCode.self);
  assert.deepEqual(b.events, ["down"]);
});

Deno.test("a refused claim ends both sides as a duplicate", () => {
  const [a, b] = connect({}, { claim: "linked already" });
  assert.deepEqual(a.end, { code: EndCode.duplicate, reason: "linked already" });
  assert.deepEqual(b.end, a.end);
});

Deno.test("a stream link is not claimed and comes up beside another", () => {
  const stream = { stream: true, introduction: { stream: "film" } };
  const [a, b] = connect({ ...stream, claim: "linked already" }, { claim: "linked already" });
  assert.deepEqual([a.events, b.events], [["up"], ["up"]]);
  assert.equal(b.session.stream, true);
  assert.equal(b.peer!.stream, "film");
});

Deno.test("frames cross a link in order, and one of an unknown type goes to the user", () => {
  const pair = connect();
  const [a, b] = pair;
  const seen: string[] = [];
  b.onFrame = (type, body) => seen.push(`${type}:${new TextDecoder().decode(body.rest())}`);
  a.session.send(FrameType.call, (out) => out.bytes(encodeText("one")));
  a.session.send(99, (out) => out.bytes(encodeText("two")));
  settle(pair, 3);
  assert.deepEqual(seen, ["16:one", "99:two"]);
});

Deno.test("a link in use pings, and is cut when the other side is silent", () => {
  const pair = connect();
  const [a, b] = pair;
  a.session.onDeadline(PING_INTERVAL);
  assert.equal(a.sent.length, 1);
  settle(pair, Infinity, PING_INTERVAL);
  assert.equal(a.session.lastInput, PING_INTERVAL, "the pong");
  a.session.onDeadline(PING_INTERVAL + SILENCE_LIMIT);
  assert.match(a.end!.reason, /silent for 15 s/);
  assert.ok(a.isEnded);
  assert.equal(b.session.isUp, true);
});

Deno.test("a connection that never says hello is cut", () => {
  const b = new Side("acceptor");
  b.session.onDeadline(9_999);
  assert.equal(b.end, undefined);
  b.session.onDeadline(10_000);
  assert.equal(b.end!.reason, "no answer to the handshake");
});

Deno.test("a stranger is cut at its first bytes", () => {
  const b = new Side("acceptor");
  b.session.receive(encodeText("GET / HTTP/1.1\r\n\r\n"), 0);
  assert.match(b.end!.reason, /a frame of \d+ bytes/);
  const c = new Side("acceptor");
  const out = new ByteWriter();
  writeFrame(out, FrameType.hello, (out) => out.bytes(new Uint8Array(58)));
  c.session.receive(out.take(), 0);
  assert.equal(c.end!.reason, "the peer is no server of ours");
});

Deno.test("a frame that comes before its time ends the link", () => {
  const b = new Side("acceptor");
  const out = new ByteWriter();
  writeFrame(out, FrameType.introduction);
  b.session.receive(out.take(), 0);
  assert.equal(b.end!.reason, "frame 3 where 1 was due");
});

Deno.test("the end of a link carries its reason, without characters that confuse a log", () => {
  const pair = connect();
  pair[0].session.end(EndCode.rejected, "not\nyou\u001b[31m");
  settle(pair);
  assert.deepEqual(pair[1].end, { code: EndCode.rejected, reason: "not you [31m" });
  assert.deepEqual(pair[0].events, ["up", "down"]);
});

Deno.test("an introduction that is none ends the link", async (t) => {
  const bodies: [string, number[]][] = [
    ["a number", [0x04, 0x01]],
    ["an empty array", [0x09, 0x01, 0x01]],
    ["nothing", []],
    ["half an array", [0x09, 0x0b, 0x01, 0x06]],
  ];
  for (const [name, body] of bodies) {
    await t.step(name, () => {
      const a = new Side("initiator");
      const b = new Side("acceptor");
      a.carryTo(b);
      b.carryTo(a);
      a.carryTo(b); // The proof: b now waits for an introduction.
      const out = new ByteWriter();
      writeFrame(out, FrameType.introduction, (out) => out.bytes(Uint8Array.from(body)));
      b.session.receive(out.take(), 0);
      assert.equal(b.end?.code, EndCode.protocol);
    });
  }
});

Deno.test("whatever a peer sends, at any state, ends the link at most", () => {
  const noise = fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 });
  fc.assert(
    fc.property(noise, fc.nat(3), fc.nat(30), (noise, rounds, type) => {
      const [a, b] = [new Side("initiator"), new Side("acceptor")];
      for (let round = 0; round < rounds; round++) {
        a.carryTo(b);
        if (round < rounds - 1) b.carryTo(a);
      }
      for (const bytes of noise) {
        const out = new ByteWriter();
        writeFrame(out, type, (out) => out.bytes(bytes));
        b.session.receive(out.take(), 0);
        b.session.receive(bytes, 0);
      }
      assert.ok(b.events.filter((event) => event === "down").length <= 1);
    }),
    { numRuns: 300 },
  );
});
