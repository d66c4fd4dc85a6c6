import assert from "node:assert/strict";
import {
  agree,
  agreeIn,
  DiffieHellman,
  type PowerJob,
  type Powers,
  type PowerThread,
  PowerWorker,
} from "../../src/crypto/mod.ts";
import { MAX_PENDING_AGREEMENTS, THREAD_IDLE } from "../../src/protocols/rtmfp/params.ts";
import { type Agree, KeyAgreements } from "../../src/protocols/rtmfp/startup/key_agreements.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { exchangeOn, Simulation } from "./simulation.ts";

/** Agreements that come when the test says so. */
class Slow {
  isBusy = false;
  asked = 0;
  #release: (() => void)[] = [];

  readonly agree: Agree = (group, publicKey) => {
    this.asked++;
    return new Promise((resolve) => this.#release.push(() => resolve(agree(group, publicKey))));
  };

  async release(): Promise<void> {
    for (const release of this.#release.splice(0)) release();
    await new Promise((resume) => queueMicrotask(() => queueMicrotask(() => resume(undefined))));
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
}

Deno.test("a handshake goes on when its key agreement comes later", async () => {
  const agreements = new Slow();
  const simulation = new Simulation({ agreements });
  simulation.connect();
  simulation.until(() => agreements.asked > 0);
  // The client repeats its keying meanwhile: that costs nothing.
  simulation.clock.advance(5_000);
  assert.equal(agreements.asked, 1);
  assert.equal(simulation.serverSessions.length, 0);
  await agreements.release();
  assert.equal(simulation.serverSessions.length, 1);
  exchangeOn(simulation);
  simulation.close();
});

Deno.test("an agreement that comes after the endpoint has closed opens nothing", async () => {
  const agreements = new Slow();
  const simulation = new Simulation({ agreements });
  simulation.connect();
  simulation.until(() => agreements.asked > 0);
  simulation.close();
  await agreements.release();
  assert.equal(simulation.serverSessions.length, 0);
});

Deno.test("an agreement that fails later drops the keying, and the next one is answered", async () => {
  let isBroken = true;
  const agreements = {
    isBusy: false,
    agree:
      ((group, publicKey) =>
        isBroken ? Promise.resolve(undefined) : agree(group, publicKey)) as Agree,
  };
  const simulation = new Simulation({ agreements });
  simulation.connect();
  simulation.clock.advance(100);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  assert.equal(simulation.server.dropped, 1);
  isBroken = false;
  exchangeOn(simulation);
  simulation.close();
});

Deno.test("a keying is refused while agreements are busy", () => {
  const agreements = new Slow();
  agreements.isBusy = true;
  const simulation = new Simulation({ agreements });
  simulation.connect();
  simulation.clock.advance(100);
  assert.equal(agreements.asked, 0);
  assert.equal(simulation.server.responder.refused, 1);
  simulation.close();
});

/** A thread that computes what it is asked when its answers are awaited. */
class FakeThread implements PowerThread {
  readonly jobs: PowerJob[] = [];
  pending = 0;
  fault: Error | undefined;
  ended = 0;

  powers({ base }: PowerJob): Promise<Powers> {
    this.jobs.push({ modulus: base, exponent: base, base });
    if (this.fault) return Promise.reject(this.fault);
    const bytes = new Uint8Array(128).fill(9);
    return Promise.resolve([bytes, bytes]);
  }

  [Symbol.dispose](): void {
    this.ended++;
  }
}

function started() {
  const clock = new FakeClock();
  const threads: FakeThread[] = [];
  const faults: string[] = [];
  const agreements = new KeyAgreements({
    clock,
    onFault: ({ message }) => faults.push(message),
    start: () => {
      const thread = new FakeThread();
      threads.push(thread);
      return thread;
    },
  });
  return { clock, threads, faults, agreements };
}

const { publicKey } = new DiffieHellman(2);

Deno.test("a few agreements a second are computed at once, more of them in a thread", async () => {
  const { clock, threads, agreements } = started();
  for (let count = 0; count < 20; count++) {
    assert(!(agreements.agree(2, publicKey) instanceof Promise), `agreement ${count}`);
  }
  assert.equal(threads.length, 0);
  const later = agreements.agree(2, publicKey);
  assert(later instanceof Promise);
  assert.deepEqual((await later)?.publicKey, new Uint8Array(128).fill(9));
  clock.advance(10_000);
  assert(agreements.agree(2, publicKey) instanceof Promise);
  assert.deepEqual(threads.map(({ jobs }) => jobs.length), [2]);
  agreements[Symbol.dispose]();
});

Deno.test("group 16 uses up what is computed at once in a second", () => {
  const { threads, agreements } = started();
  assert(!(agreements.agree(16, new DiffieHellman(16).publicKey) instanceof Promise));
  assert(agreements.agree(2, publicKey) instanceof Promise);
  assert.equal(threads.length, 1);
  agreements[Symbol.dispose]();
});

Deno.test("a thread without work ends, and the next flood begins another one", () => {
  const { clock, threads, agreements } = started();
  const flood = () => {
    for (let count = 0; count < 25; count++) void agreements.agree(2, publicKey);
  };
  flood();
  clock.advance(THREAD_IDLE - 1);
  assert.equal(threads[0]?.ended, 0);
  flood();
  clock.advance(THREAD_IDLE - 1);
  assert.equal(threads[0]?.ended, 0);
  clock.advance(1);
  assert.equal(threads[0]?.ended, 1);
  flood();
  assert.equal(threads.length, 2);
  agreements[Symbol.dispose]();
  assert.equal(threads[1]?.ended, 1);
  assert.equal(clock.timers, 0);
});

Deno.test("agreements are busy while the thread has as many as it may", () => {
  const { threads, agreements } = started();
  assert.equal(agreements.isBusy, false);
  for (let count = 0; count < 25; count++) void agreements.agree(2, publicKey);
  threads[0]!.pending = MAX_PENDING_AGREEMENTS - 1;
  assert.equal(agreements.isBusy, false);
  threads[0]!.pending++;
  assert.equal(agreements.isBusy, true);
  agreements[Symbol.dispose]();
});

Deno.test("when the thread breaks all are computed at once, and it is told once", async () => {
  const { threads, faults, agreements } = started();
  for (let count = 0; count < 25; count++) void agreements.agree(2, publicKey);
  threads[0]!.fault = new Error("gone");
  const answers = await Promise.all([1, 2].map(() => agreements.agree(2, publicKey)));
  assert.deepEqual(answers.map((each) => each?.publicKey.length), [128, 128]);
  assert.deepEqual(faults, ["gone"]);
  assert(!(agreements.agree(2, publicKey) instanceof Promise));
  agreements[Symbol.dispose]();
});

for (const isNative of Deno.build.os === "linux" ? [false, true] : [false]) {
  Deno.test(`a thread computes what the main one would, ${isNative ? "native" : "plain"}`, async () => {
    using thread = new PowerWorker(isNative);
    const ours = [2, 14, 16] as const;
    const made = await Promise.all(ours.map(async (group) => {
      const other = new DiffieHellman(group);
      const agreement = await agreeIn(thread, group, other.publicKey);
      return agreement && other.sharedSecret(agreement.publicKey)?.toHex() ===
          agreement.secret.toHex();
    }));
    assert.deepEqual(made, [true, true, true]);
    assert.equal(thread.pending, 0);
    const job = { modulus: Uint8Array.of(4), exponent: publicKey, base: publicKey };
    await assert.rejects(thread.powers(job), /RangeError/);
    assert.equal(await agreeIn(thread, 2, Uint8Array.of(1)), undefined);
  });
}

Deno.test("what a thread has not computed when it is ended is rejected", async () => {
  const thread = new PowerWorker(false);
  const lost = agreeIn(thread, 2, publicKey);
  thread[Symbol.dispose]();
  await assert.rejects(lost, /has ended/);
  await assert.rejects(agreeIn(thread, 2, publicKey), /has ended/);
  assert.match(thread.fault?.message ?? "", /the server stops/);
});
