import assert from "node:assert/strict";
import type { ByteReader } from "../../src/bytes/mod.ts";
import { Engine } from "../../src/cluster/engine/engine.ts";
import { FrameType } from "../../src/cluster/link/frame.ts";
import {
  HEARTBEAT_INTERVAL,
  LINK_VERSION,
  MEMBER_SILENCE,
  RETRY_INTERVAL,
} from "../../src/cluster/params.ts";
import type { Server } from "../../src/cluster/server.ts";
import { Servers } from "../../src/cluster/servers.ts";
import { CaptureLog } from "../support/capture_log.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { introduction } from "./link_pair.ts";
import { values } from "./member.ts";

/** Longest message of the broker, in bytes. */
const LIMIT = 4_096;

/** A broker without network: messages wait until they are delivered, or are lost. */
class Broker {
  readonly members: Member[] = [];
  isCut = false;
  readonly #waiting: { to: string; from: Member; bytes: Uint8Array }[] = [];
  /** Messages that were sent to all. */
  broadcasts = 0;

  publish(from: Member, to: string, bytes: Uint8Array): boolean {
    assert.ok(bytes.length <= LIMIT, `${bytes.length} bytes`);
    if (this.isCut || from.isDead) return false;
    if (to === "all") this.broadcasts++;
    this.#waiting.push({ to, from, bytes: bytes.slice() });
    return true;
  }

  /** Loses one of the messages that wait. */
  lose(index: number): void {
    this.#waiting.splice(index, 1);
  }

  settle(): void {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      for (const member of this.members) {
        if (member === next.from || member.isDead) continue;
        if (next.to === "all" || next.to === member.name) member.engine.receive(next.bytes);
      }
    }
  }
}

class Member {
  readonly name: string;
  readonly engine: Engine;
  readonly servers = new Set<Server>();
  readonly log = new CaptureLog();
  readonly events: string[] = [];
  readonly linked = new Set<string>();
  readonly bodies: Uint8Array[] = [];
  isDead = false;
  rejects = "";

  constructor(
    broker: Broker,
    clock: FakeClock,
    id: number,
    { limit = LIMIT, version = LINK_VERSION } = {},
  ) {
    this.name = id.toString(16).padStart(2, "0").repeat(16);
    this.engine = new Engine({
      id: new Uint8Array(16).fill(id),
      bus: {
        address: `10.0.0.${id}`,
        limit,
        publish: (to, bytes) => broker.publish(this, to, bytes),
      },
      clock,
      version,
      log: this.log,
      introduction: () => ({
        ...introduction,
        ports: new Map([["RTMFP", 1900 + id], ["servers", 1]]),
        applications: [`/app${id}`],
      }),
      isLinked: (id) => this.linked.has(id),
      join: (server, applications) => {
        this.events.push(`up ${server.publicAddress} ${applications}`);
        this.servers.add(server);
        if (server.id === this.rejects) server.reject("not you");
        return {
          frame: (type: number, body: ByteReader) => {
            this.events.push(`frame ${type} ${body.remaining}`);
            this.bodies.push(body.rest().slice());
          },
          down: ({ reason }) => {
            this.servers.delete(server);
            this.events.push(`down ${reason}`);
          },
        };
      },
      refresh: (server) => this.events.push(`refresh ${server.host}`),
    });
    broker.members.push(this);
  }

  server(of: Member): Server {
    return [...this.servers].find(({ id }) => id === of.name)!;
  }
}

/** A broker with members that know each other; each started a second after the one before. */
function cluster(count: number): { broker: Broker; clock: FakeClock; members: Member[] } {
  const broker = new Broker();
  const clock = new FakeClock();
  for (let id = 1; id <= count; id++) {
    new Member(broker, clock, id).engine.up();
    broker.settle();
    clock.advance(1000);
    broker.settle();
  }
  return { broker, clock, members: broker.members };
}

/** Lets time pass, with all messages delivered. */
function pass(broker: Broker, clock: FakeClock, milliseconds: number): void {
  for (let left = milliseconds; left > 0; left -= 500) {
    clock.advance(Math.min(500, left));
    broker.settle();
  }
}

Deno.test("members at one broker know each other, the later one being the initiator", () => {
  const { members: [a, b, c] } = cluster(3) as { members: [Member, Member, Member] } & {
    broker: Broker;
    clock: FakeClock;
  };
  const ups = a.events.filter((event) => event.startsWith("up"));
  assert.deepEqual(ups, ["up 10.0.0.2:1902 /app2", "up 10.0.0.3:1903 /app3"]);
  assert.deepEqual(
    [a.server(b).isTarget, b.server(a).isTarget, b.server(c).isTarget, c.server(b).isTarget],
    [false, true, false, true],
  );
});

Deno.test("a call reaches one member, a broadcast leaves once and reaches all", () => {
  const { broker, members: [a, b, c] } = cluster(3);
  for (const member of broker.members) member.events.length = 0;
  a!.server(b!).send("hello", values(1));
  broker.settle();
  assert.deepEqual([b!.events, c!.events], [["frame 16 9"], []]);
  const before = broker.broadcasts;
  new Servers(a!.servers).broadcast("news", values(1, 2));
  broker.settle();
  assert.equal(broker.broadcasts, before + 1);
  assert.deepEqual([b!.events.length, c!.events.length], [2, 1]);
  new Servers(a!.servers).targets.broadcast("news", values());
  new Servers(c!.servers).targets.broadcast("news", values());
  broker.settle();
  assert.deepEqual([a!.events.length, b!.events.length], [1, 3]);
});

Deno.test("what is longer than a message of the broker goes in parts and comes whole", () => {
  const { broker, members: [a, b, c] } = cluster(3);
  const long = Uint8Array.from({ length: 3 * LIMIT }, (_, index) => index * 7);
  for (const length of [LIMIT - 17, LIMIT - 16, LIMIT, long.length]) {
    const body = long.subarray(0, length);
    a!.server(b!).write(FrameType.call, body);
    new Servers(a!.servers).write(FrameType.changes, body);
    b!.server(a!).write(FrameType.call, body);
    broker.settle();
    assert.deepEqual([b!.bodies.splice(0), c!.bodies.splice(0)], [[body, body], [body]]);
    assert.deepEqual(a!.bodies.splice(0), [body]);
  }
});

Deno.test("a message that loses a part is dropped, and the next one comes whole", () => {
  const { broker, members: [a, b] } = cluster(2);
  const [first, second] = [1, 2].map((fill) => new Uint8Array(2 * LIMIT).fill(fill));
  for (const lost of [0, 1, 2]) {
    a!.server(b!).write(FrameType.call, first!);
    broker.lose(lost);
    a!.server(b!).write(FrameType.call, second!);
    broker.settle();
    assert.deepEqual(b!.bodies.splice(0), [second]);
  }
  // The end of one message, of the same length, does not complete the beginning of another.
  for (const body of [first, second]) a!.server(b!).write(FrameType.call, body!);
  for (let times = 0; times < 3; times++) broker.lose(2);
  broker.settle();
  assert.deepEqual(b!.bodies, []);
});

Deno.test("a member that dies is gone after its silence, one that stops at once", () => {
  const { broker, clock, members: [a, b, c] } = cluster(3);
  c!.engine.close();
  broker.settle();
  assert.equal(a!.events.at(-1), "down the server stops");
  b!.isDead = true;
  pass(broker, clock, MEMBER_SILENCE - 1000);
  assert.equal(a!.servers.size, 1);
  pass(broker, clock, HEARTBEAT_INTERVAL + 1000);
  assert.match(a!.events.at(-1)!, /^down silent for [678] s$/);
});

Deno.test("members find each other again after a broker that was lost for 30 s", () => {
  const { broker, clock, members } = cluster(3);
  broker.isCut = true;
  pass(broker, clock, 30_000);
  for (const { servers } of members) assert.equal(servers.size, 0);
  broker.isCut = false;
  for (const { engine } of members) engine.up();
  broker.settle();
  for (const { servers, log } of members) {
    assert.equal(servers.size, 2);
    assert.deepEqual(log.at("WARN"), []);
  }
});

Deno.test("members that were cut off for a moment tell each other all again", () => {
  const { broker, clock, members: [a, b] } = cluster(2);
  broker.isCut = true;
  pass(broker, clock, 2000);
  broker.isCut = false;
  a!.events.length = b!.events.length = 0;
  a!.engine.up();
  broker.settle();
  assert.deepEqual([a!.events, b!.events], [["refresh 10.0.0.2"], ["refresh 10.0.0.1"]]);
});

Deno.test("a heartbeat of a member that nobody knows makes it known", () => {
  const { broker, clock, members: [a] } = cluster(1);
  broker.isCut = true;
  const late = new Member(broker, clock, 2);
  late.engine.up();
  broker.isCut = false;
  pass(broker, clock, HEARTBEAT_INTERVAL);
  assert.deepEqual([a!.servers.size, late.servers.size], [1, 1]);
});

Deno.test("a member that is rejected stays away for a while on both sides", () => {
  const { broker, clock, members: [a] } = cluster(1);
  const b = new Member(broker, clock, 2);
  a!.rejects = b.name;
  b.engine.up();
  broker.settle();
  assert.deepEqual([a!.servers.size, b.servers.size], [0, 0]);
  assert.equal(b.events.at(-1) ?? "", b.events.length > 0 ? "down not you" : "");
  pass(broker, clock, RETRY_INTERVAL - 2000);
  assert.equal(a!.events.filter((event) => event.startsWith("up")).length, 1);
  a!.rejects = "";
  pass(broker, clock, 2 * HEARTBEAT_INTERVAL + 2000);
  assert.deepEqual([a!.servers.size, b.servers.size], [1, 1]);
});

Deno.test("a server that is linked is no member beside it", () => {
  const broker = new Broker();
  const clock = new FakeClock();
  const [a, b] = [new Member(broker, clock, 1), new Member(broker, clock, 2)];
  a.linked.add(b.name);
  b.linked.add(a.name);
  for (const { engine } of [a, b]) engine.up();
  pass(broker, clock, 10_000);
  assert.deepEqual([a.events, b.events], [[], []]);
  a.linked.clear();
  b.linked.clear();
  pass(broker, clock, HEARTBEAT_INTERVAL);
  assert.deepEqual([a.servers.size, b.servers.size], [1, 1]);
});

Deno.test("malformed messages and other versions cost their sender, and nobody else", () => {
  const { broker, members: [a, b, c] } = cluster(3);
  const from = (id: number, ...rest: number[]) =>
    Uint8Array.from([...new Uint8Array(16).fill(id), ...rest]);
  a!.engine.receive(new Uint8Array(3));
  a!.engine.receive(from(9));
  a!.engine.receive(from(9, FrameType.hello, 77, 1, ...new Uint8Array(8)));
  assert.match(a!.log.lines.at(-1)!, /speaks version 77/);
  const lines = a!.log.lines.length;
  a!.engine.receive(from(9, FrameType.hello, 77, 1, ...new Uint8Array(8)));
  assert.equal(a!.log.lines.length, lines, "said once");
  assert.equal(c!.server(b!).isTarget, true);
  // A part of a message longer than any frame.
  c!.engine.receive(from(2, FrameType.part, 0, 0, 0, 1, 255, 0, 0, 0, 0, 0, 0, 0, 1));
  assert.equal(c!.servers.has(c!.server(b!)), false);
  a!.engine.receive(from(2, FrameType.end));
  broker.settle();
  assert.equal(a!.servers.size, 1);
  assert.equal(a!.server(c!).isTarget, false);
  assert.equal(b!.servers.has(b!.server(a!)), false);
});

Deno.test("members of two versions leave each other out, and both say so once", () => {
  const broker = new Broker();
  const clock = new FakeClock();
  const [a, b] = [new Member(broker, clock, 1), new Member(broker, clock, 2)];
  for (const { engine } of [a, b]) engine.up();
  broker.settle();
  const later = new Member(broker, clock, 3, { version: LINK_VERSION + 1 });
  later.engine.up();
  pass(broker, clock, 60_000);
  assert.deepEqual([a, b, later].map(({ servers }) => servers.size), [1, 1, 0]);
  for (const { log } of [a, b]) {
    assert.equal(log.at("WARN").length, 1, log.lines.join("\n"));
    assert.match(log.lines[0]!, /speaks version 2 of links, we 1/);
  }
  assert.equal(later.log.at("WARN").length, 2, "one for each of the others");
});

Deno.test("calls that were made while the broker was away are counted when it is back", () => {
  const { broker, clock, members: [a, b] } = cluster(2);
  broker.isCut = true;
  for (let time = 0; time < 3; time++) a!.server(b!).send("hello", values(time));
  pass(broker, clock, 2000);
  broker.isCut = false;
  a!.engine.up();
  a!.engine.up();
  assert.deepEqual(a!.log.at("WARN").length, 1);
  assert.match(a!.log.lines[0]!, /3 calls were lost while the broker was away/);
});

Deno.test("a broker whose messages are too short is named with what to change", () => {
  const member = new Member(new Broker(), new FakeClock(), 1, { limit: 512 });
  member.engine.up();
  assert.match(member.log.at("ERROR")[0]!, /no more than 512 bytes: set its max_payload to 1024/);
});
