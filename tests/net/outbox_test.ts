import assert from "node:assert/strict";
import { setImmediate } from "node:timers";
import { type ByteSource, Outbox, WriteScheduler } from "../../src/net/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A sink whose writes finish when the test says so. */
class ScriptedSink {
  readonly writes: Uint8Array[] = [];
  isClosed = false;
  #finish: ((count: number) => void) | undefined;
  #fail: ((error: Error) => void) | undefined;

  write(bytes: Uint8Array): Promise<number> {
    this.writes.push(bytes.slice());
    return new Promise((resolve, reject) => {
      this.#finish = resolve;
      this.#fail = reject;
    });
  }

  async finish(count = this.writes.at(-1)!.length): Promise<void> {
    this.#finish!(count);
    await Promise.resolve();
  }

  async fail(message: string): Promise<void> {
    this.#fail!(new Error(message));
    await Promise.resolve();
    await Promise.resolve();
  }

  close(): void {
    this.isClosed = true;
  }
}

/** The end of the event loop's turn. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp(window = 0) {
  const clock = new FakeClock();
  const sink = new ScriptedSink();
  const failures: string[] = [];
  const scheduler = new WriteScheduler(clock, window);
  const outbox = new Outbox(sink, scheduler, clock, (reason) => failures.push(reason));
  return { clock, sink, failures, outbox };
}

function source(...parts: string[]): ByteSource {
  const queue = parts.map((part) => new TextEncoder().encode(part));
  return {
    takeBytes: () => queue.shift(),
    get more() {
      return queue.length > 0;
    },
  };
}

const join = (parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
const text = (bytes: Uint8Array | undefined) => new TextDecoder().decode(bytes);
const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("an outbox joins what one turn queued into one write", async () => {
  const { sink, outbox } = setUp();
  outbox.send(bytes("ab"));
  outbox.send(bytes("cd"));
  assert.equal(sink.writes.length, 0);
  await turn();
  assert.deepEqual(sink.writes.map(text), ["abcd"]);
});

Deno.test("an outbox writes private bytes before its sources' when both wait", async () => {
  const { sink, outbox } = setUp();
  outbox.attach(source("media"));
  outbox.wake();
  outbox.send(bytes("status,"));
  await turn();
  assert.deepEqual(sink.writes.map(text), ["status,media"]);
});

Deno.test("small parts that wait for a slow peer keep no memory but their own", async () => {
  const { sink, outbox } = setUp();
  const page = new Uint8Array(8_192).fill(1);
  outbox.send(page.subarray(0, 10));
  await turn();
  outbox.send(page.subarray(10, 4_200));
  outbox.send(page.subarray(5_000, 5_002));
  outbox.send(page.subarray(5_002, 5_003));
  outbox.send(page.subarray(6_000, 8_000));
  outbox.send(page.subarray(8_000, 8_001));
  page.fill(2, 5_000, 5_003);
  assert.equal(outbox.queued, 4_190 + 3 + 2_000 + 1);
  await sink.finish();
  await sink.finish();
  assert.equal(outbox.queued, 0);
  assert.deepEqual(sink.writes.at(-1), new Uint8Array(6_194).fill(1));
});

Deno.test("an outbox has one write under way and joins what comes meanwhile", async () => {
  const { sink, outbox } = setUp();
  outbox.send(bytes("1"));
  await turn();
  outbox.send(bytes("2"));
  outbox.send(bytes("3"));
  await turn();
  assert.deepEqual(sink.writes.map(text), ["1"]);
  await sink.finish();
  assert.deepEqual(sink.writes.map(text), ["1", "23"]);
});

Deno.test("an outbox goes on with the rest when a write took only a part", async () => {
  const { sink, outbox } = setUp();
  outbox.send(bytes("hello"));
  await turn();
  await sink.finish(2);
  assert.deepEqual(sink.writes.map(text), ["hello", "llo"]);
  await sink.finish();
  assert.equal(outbox.written, 5);
});

Deno.test("a source's output waits for the merge window, private bytes do not", async () => {
  const { clock, sink, outbox } = setUp(40);
  const parts = [bytes("a")];
  outbox.attach({
    takeBytes: () => parts.length > 0 ? join(parts.splice(0)) : undefined,
    more: false,
  });
  outbox.wake();
  await turn();
  assert.equal(sink.writes.length, 0);
  parts.push(bytes("b"));
  outbox.wake();
  clock.advance(39);
  assert.equal(sink.writes.length, 0);
  clock.advance(1);
  assert.deepEqual(sink.writes.map(text), ["ab"]);
  await sink.finish();
  outbox.send(bytes("now"));
  await turn();
  assert.deepEqual(sink.writes.map(text), ["ab", "now"]);
});

Deno.test("a source that fails ends its own connection only", async () => {
  const { clock, sink, failures } = setUp();
  const scheduler = new WriteScheduler(clock);
  const faulty = new Outbox(sink, scheduler, clock, (reason) => failures.push(reason));
  const fine = setUp();
  const other = new Outbox(fine.sink, scheduler, clock, (reason) => failures.push(reason));
  faulty.attach({
    takeBytes: () => {
      throw new RangeError("no such bytes");
    },
    more: true,
  });
  other.attach(source("media"));
  for (const each of [faulty, other]) each.wake();
  await turn();
  assert.deepEqual(failures, ["no such bytes"]);
  assert.ok(sink.isClosed);
  assert.deepEqual(fine.sink.writes.map(text), ["media"]);
});

Deno.test("an outbox goes on with a source that has more than one write takes", async () => {
  const { sink, outbox } = setUp();
  outbox.attach(source("first", "second"));
  outbox.wake();
  await turn();
  await sink.finish();
  await sink.finish();
  assert.deepEqual(sink.writes.map(text), ["first", "second"]);
});

Deno.test("an outbox takes a part of each source in turn", async () => {
  const { sink, outbox } = setUp();
  outbox.attach(source("a1", "a2"));
  outbox.attach(source("b1"));
  outbox.wake();
  await turn();
  await sink.finish();
  assert.deepEqual(sink.writes.map(text), ["a1b1", "a2"]);
});

Deno.test("an outbox fails once when its private queue passes the limit", () => {
  const { sink, failures, outbox } = setUp();
  const megabyte = new Uint8Array(1_000_000);
  for (let i = 0; i < 10; i++) outbox.send(megabyte);
  assert.equal(failures.length, 1);
  assert.match(failures[0]!, /does not read/);
  assert.ok(sink.isClosed);
});

Deno.test("an outbox that ends writes what is queued, then closes", async () => {
  const { sink, failures, outbox } = setUp();
  outbox.send(bytes("bye"));
  outbox.end();
  outbox.send(bytes("too late"));
  await turn();
  assert.deepEqual(sink.writes.map(text), ["bye"]);
  assert.equal(sink.isClosed, false);
  await sink.finish();
  assert.equal(sink.isClosed, true);
  assert.deepEqual(failures, []);
});

Deno.test("an outbox that ends cuts a peer that does not read", async () => {
  const { clock, sink, outbox } = setUp();
  outbox.send(bytes("bye"));
  outbox.end();
  await turn();
  clock.advance(4_999);
  assert.equal(sink.isClosed, false);
  clock.advance(1);
  assert.equal(sink.isClosed, true);
});

Deno.test("a peer that reads slowly gets all of it when the connection ends, one that stops is cut", async () => {
  const { clock, sink, outbox } = setUp();
  outbox.send(bytes("four"));
  outbox.end();
  await turn();
  for (let read = 0; read < 3; read++) {
    clock.advance(4_000);
    assert.ok(!sink.isClosed);
    await sink.finish(1);
  }
  assert.equal(text(sink.writes.at(-1)), "r");
  clock.advance(4_999);
  assert.ok(!sink.isClosed);
  clock.advance(1);
  assert.ok(sink.isClosed);
});

Deno.test("an outbox closes and says why when a write fails", async () => {
  const { sink, failures, outbox } = setUp();
  outbox.send(bytes("x"));
  await turn();
  await sink.fail("Broken pipe");
  assert.deepEqual(failures, ["Broken pipe"]);
  assert.ok(sink.isClosed);
});

Deno.test("a large piece is written as it is, in its place, and all that is queued is counted", async () => {
  const { sink, outbox } = setUp();
  const large = new Uint8Array(70_000).fill(0x62);
  outbox.send(Uint8Array.of(0x61));
  outbox.send(large);
  outbox.send(Uint8Array.of(0x63));
  await turn();
  assert.deepEqual(sink.writes.map(({ length }) => length), [1]);
  assert.equal(outbox.queued, 70_001);
  await sink.finish();
  await sink.finish();
  await sink.finish();
  assert.deepEqual(sink.writes.map(({ length }) => length), [1, 70_000, 1]);
  assert.equal(outbox.queued, 0);
});

Deno.test("a large piece that is the first one is not copied with what is behind it", async () => {
  const { sink, outbox } = setUp();
  outbox.send(new Uint8Array(70_000));
  outbox.send(Uint8Array.of(1));
  outbox.send(Uint8Array.of(2));
  outbox.send(new Uint8Array(80_000));
  await turn();
  for (let writes = 0; writes < 3; writes++) await sink.finish();
  assert.deepEqual(sink.writes.map(({ length }) => length), [70_000, 2, 80_000]);
});

Deno.test("a sink that writes at once is given the next part in the next turn", async () => {
  const writes: string[] = [];
  const scheduler = new WriteScheduler(new FakeClock());
  let room = Infinity;
  const sink = {
    write(given: Uint8Array) {
      const count = Math.min(room, given.length);
      writes.push(text(given.subarray(0, count)));
      return count;
    },
    close: () => writes.push("closed"),
  };
  const outbox = new Outbox(sink, scheduler, new FakeClock(), assert.fail);
  outbox.send(bytes("hello"));
  await turn();
  assert.deepEqual(writes, ["hello"]);
  assert.equal(outbox.isBusy, false);
  room = 2;
  outbox.send(bytes("abcde"));
  await turn();
  assert.deepEqual(writes, ["hello", "ab"]);
  outbox.end();
  for (let count = 0; count < 3; count++) await turn();
  assert.deepEqual(writes, ["hello", "ab", "cd", "e", "closed"]);
  assert.equal(outbox.written, 10);
});

Deno.test("a source that never ends leaves turns to the others of a sink that writes at once", async () => {
  const scheduler = new WriteScheduler(new FakeClock());
  let written = 0;
  const sink = { write: ({ length }: Uint8Array) => (written += length, length), close() {} };
  const outbox = new Outbox(sink, scheduler, new FakeClock(), assert.fail);
  outbox.attach({ takeBytes: () => new Uint8Array(10), more: true });
  outbox.wake(true);
  await turn();
  assert.ok(written > 0 && written <= 20, `${written} bytes in one turn`);
  outbox.abort();
});
