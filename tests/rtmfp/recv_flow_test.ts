import assert from "node:assert/strict";
import { decodeText, encodeText, hex } from "../../src/bytes/mod.ts";
import { MAX_GAPS } from "../../src/protocols/rtmfp/params.ts";
import { Reassembly } from "../../src/protocols/rtmfp/flow/reassembly.ts";
import { SequenceSet } from "../../src/protocols/rtmfp/flow/sequence_set.ts";
import { Part } from "../../src/protocols/rtmfp/wire/user_data.ts";
import { Dice } from "../support/simulated_link.ts";
import { ack, bufferProbe, flowException, isData, nextUserData, userData } from "./chunks.ts";
import { RawPeer } from "./raw_peer.ts";

const metadata = "544304";

function open(): RawPeer {
  const peer = new RawPeer();
  peer.say(userData({ flow: 2, sequence: 1, metadata, data: "o" }));
  peer.answered();
  return peer;
}

function texts(peer: RawPeer): string[] {
  return peer.recorder.messages.map((message) => decodeText(message));
}

Deno.test("a new flow is offered with its metadata and acknowledged at once", () => {
  const peer = new RawPeer();
  peer.say(userData({ flow: 2, sequence: 1, metadata, data: "hi" }));
  assert.equal(hex(peer.recorder.flows[0]?.metadata ?? assert.fail()), metadata);
  assert.deepEqual(texts(peer), ["hi"]);
  // Flow 2, 64 blocks of 1024 bytes, everything up to 1.
  assert.deepEqual(peer.answered(), [ack({ flow: 2, cumulative: 1 })]);
  peer.close();
});

Deno.test("a flow that is not accepted, or without metadata, is refused and acknowledged", () => {
  const peer = new RawPeer();
  peer.recorder.accept = undefined;
  peer.say(userData({ flow: 2, sequence: 1, metadata, data: Uint8Array.of(0xaa) }));
  assert.deepEqual(peer.answered(), [flowException({ flow: 2 }), ack({ flow: 2, cumulative: 1 })]);
  peer.recorder.accept = {};
  peer.say(userData({ flow: 3, sequence: 1, data: Uint8Array.of(0xaa) }));
  assert.deepEqual(peer.answered(), [flowException({ flow: 3 }), ack({ flow: 3, cumulative: 1 })]);
  peer.say(userData({ flow: 2, sequence: 2, data: Uint8Array.of(0xbb) }));
  assert.deepEqual(peer.answered(), [flowException({ flow: 2 }), ack({ flow: 2, cumulative: 2 })]);
  assert.deepEqual(peer.recorder.messages, []);
  peer.close();
});

Deno.test("a refused flow that its sender ends is forgotten", () => {
  const peer = new RawPeer();
  peer.recorder.accept = undefined;
  peer.say(userData({ flow: 2, sequence: 1, metadata, data: Uint8Array.of(0xaa) }));
  assert.equal(peer.session.isIdle, false);
  peer.say(userData({ flow: 2, sequence: 3, forward: 3, isFinal: true, isAbandoned: true }));
  assert.equal(peer.session.isIdle, true);
  peer.close();
});

Deno.test("a flow that is associated with one that we do not have is refused", () => {
  const peer = new RawPeer();
  const own = peer.session.openFlow(new Uint8Array(1));
  const answer = (flow: number, association: number) =>
    userData({ flow, sequence: 1, metadata, association });
  peer.say(answer(2, 99));
  assert.deepEqual(peer.answered()[0], flowException({ flow: 2 }));
  peer.say(answer(3, own.id));
  assert.equal(peer.recorder.flows.at(-1)?.associated, own);
  peer.close();
});

Deno.test("every second packet is acknowledged with what came meanwhile, a lone one after 200 ms", () => {
  const peer = open();
  peer.say(userData({ flow: 2, sequence: 2, data: "a" }));
  peer.clock.advance(199);
  assert.deepEqual(peer.heard(), []);
  peer.clock.advance(1);
  assert.deepEqual(peer.heard(), [ack({ flow: 2, cumulative: 2 })]);
  peer.say(userData({ flow: 2, sequence: 3, data: "a" }));
  peer.say(userData({ flow: 2, sequence: 4, data: "a" }));
  peer.say(userData({ flow: 2, sequence: 5, data: "a" }));
  peer.clock.advance(1);
  peer.say(userData({ flow: 2, sequence: 6, data: "a" }));
  assert.deepEqual(peer.heard(), []);
  peer.clock.advance(1);
  assert.deepEqual(peer.heard(), [ack({ flow: 2, cumulative: 6 })]);
  peer.clock.advance(1000);
  assert.deepEqual(peer.heard(), []);
  peer.close();
});

Deno.test("an acknowledgement that is due leaves with data that is sent before it would", () => {
  const peer = open();
  peer.say(userData({ flow: 2, sequence: 2, data: "a" }));
  peer.say(userData({ flow: 2, sequence: 3, data: "a" }));
  peer.session.openFlow(new Uint8Array(1)).write(Uint8Array.of(0x62));
  peer.clock.advance(0);
  const [first, sent] = peer.heard();
  assert.equal(first, ack({ flow: 2, cumulative: 3 }));
  assert(sent && isData(sent), sent);
  peer.clock.advance(199);
  assert.deepEqual(peer.heard(), []);
  peer.close();
});

Deno.test("a gap, its filling, and a repetition are acknowledged at once", () => {
  const peer = open();
  peer.say(userData({ flow: 2, sequence: 4, data: "d" }));
  assert.deepEqual(peer.answered(), [ack({ flow: 2, cumulative: 1, ranges: [[4, 4]] })]);
  peer.say(userData({ flow: 2, sequence: 6, data: "f" }));
  assert.deepEqual(peer.answered(), [ack({ flow: 2, cumulative: 1, ranges: [[4, 4], [6, 6]] })]);
  peer.say(userData({ flow: 2, sequence: 2, data: "b" }) + nextUserData({ data: "c" }));
  assert.deepEqual(peer.answered(), [ack({ flow: 2, cumulative: 4, ranges: [[6, 6]] })]);
  peer.say(userData({ flow: 2, sequence: 2, data: "b" }));
  assert.deepEqual(peer.answered(), [ack({ flow: 2, cumulative: 4, ranges: [[6, 6]] })]);
  peer.say(userData({ flow: 2, sequence: 5, data: "e" }));
  assert.deepEqual(peer.answered(), [ack({ flow: 2, cumulative: 6 })]);
  assert.deepEqual(texts(peer), ["o", "b", "c", "d", "e", "f"]);
  peer.close();
});

Deno.test("fragments are put together in any order of coming", () => {
  const peer = open();
  peer.say(userData({ flow: 2, sequence: 4, part: Part.end, data: "c" }));
  peer.say(userData({ flow: 2, sequence: 3, part: Part.middle, data: "b" }));
  assert.deepEqual(texts(peer), ["o"]);
  peer.say(userData({ flow: 2, sequence: 2, part: Part.begin, data: "a" }));
  assert.deepEqual(texts(peer), ["o", "abc"]);
  peer.close();
});

Deno.test("as received, whole messages do not wait for those before them", () => {
  const peer = new RawPeer();
  peer.recorder.accept = { order: "network" };
  peer.say(userData({ flow: 2, sequence: 5, forward: 0, metadata, data: "e" }));
  peer.say(
    userData({ flow: 2, sequence: 3, forward: 0, part: Part.end, data: "cc" }) +
      userData({ flow: 2, sequence: 2, forward: 0, part: Part.begin, data: "b" }),
  );
  assert.deepEqual(texts(peer), ["e", "bcc"]);
  peer.say(
    userData({ flow: 2, sequence: 4, forward: 0, data: "d" }) +
      userData({ flow: 2, sequence: 1, forward: 0, data: "a" }),
  );
  assert.deepEqual(texts(peer), ["e", "bcc", "d", "a"]);
  peer.close();
});

Deno.test("what the sender gave up does not hold back what follows", () => {
  const peer = open();
  peer.say(userData({ flow: 2, sequence: 5, forward: 2, data: "e" }));
  assert.deepEqual(texts(peer), ["o"]);
  peer.say(userData({ flow: 2, sequence: 6, forward: 4, data: "f" }));
  assert.deepEqual(texts(peer), ["o", "e", "f"]);
  peer.say(
    userData({ flow: 2, sequence: 7, isAbandoned: true }) +
      userData({ flow: 2, sequence: 8, data: "h" }),
  );
  assert.deepEqual(texts(peer), ["o", "e", "f", "h"]);
  assert.equal(peer.recorder.flows[0]?.abandoned, 4);
  peer.close();
});

Deno.test("a message of which a part was given up is dropped, in either order", () => {
  for (const order of ["sequence", "network"] as const) {
    const peer = new RawPeer();
    peer.recorder.accept = { order };
    peer.say(userData({ flow: 2, sequence: 1, part: Part.begin, metadata, data: "a" }));
    peer.say(userData({ flow: 2, sequence: 3, part: Part.end, data: "c" }));
    peer.say(userData({ flow: 2, sequence: 4, forward: 3, part: Part.begin, data: "d" }));
    peer.say(userData({ flow: 2, sequence: 5, forward: 4, part: Part.end, data: "e" }));
    assert.deepEqual(texts(peer), ["de"], order);
    peer.close();
  }
});

Deno.test("a jump over 2^50 numbers that were given up costs no time", () => {
  const peer = open();
  peer.say(userData({ flow: 2, sequence: 2 ** 50, forward: 2 ** 50, data: "z" }));
  assert.deepEqual(texts(peer), ["o", "z"]);
  peer.close();
});

Deno.test("the final fragment ends the flow once everything before it is there", () => {
  const peer = open();
  peer.say(userData({ flow: 2, sequence: 3, isFinal: true, data: "c" }));
  assert.deepEqual(peer.recorder.ended, []);
  peer.say(userData({ flow: 2, sequence: 2, data: "b" }));
  assert.deepEqual(texts(peer), ["o", "b", "c"]);
  assert.deepEqual(peer.recorder.ended, [2]);
  peer.answered();
  peer.say(userData({ flow: 2, sequence: 3, isFinal: true, data: "c" }));
  assert.deepEqual(peer.answered(), [ack({ flow: 2, cumulative: 3 })]);
  assert.equal(texts(peer).length, 3);
  peer.close();
});

Deno.test("the first final fragment that came is the one that counts", () => {
  const peer = open();
  peer.say(userData({ flow: 2, sequence: 3, isFinal: true, data: "c" }));
  peer.say(userData({ flow: 2, sequence: 5, isFinal: true, data: "e" }));
  peer.say(userData({ flow: 2, sequence: 2, data: "b" }));
  assert.deepEqual(texts(peer), ["o", "b", "c"]);
  assert.deepEqual(peer.recorder.ended, [2]);
  peer.close();
});

Deno.test("the window shrinks by what is held, and a fragment beyond it is not taken", () => {
  const peer = new RawPeer();
  peer.recorder.accept = { capacity: 3000 };
  peer.say(userData({ flow: 2, sequence: 1, metadata, data: "o" }));
  peer.answered();
  const kilobyte = new Uint8Array(1024);
  peer.say(userData({ flow: 2, sequence: 3, data: kilobyte }));
  assert.deepEqual(peer.answered(), [ack({ flow: 2, window: 2, cumulative: 1, ranges: [[3, 3]] })]);
  peer.say(userData({ flow: 2, sequence: 4, data: kilobyte }));
  assert.deepEqual(peer.answered(), [ack({ flow: 2, window: 1, cumulative: 1, ranges: [[3, 4]] })]);
  peer.say(userData({ flow: 2, sequence: 5, data: kilobyte }));
  assert.deepEqual(peer.answered(), [ack({ flow: 2, window: 1, cumulative: 1, ranges: [[3, 4]] })]);
  peer.say(userData({ flow: 2, sequence: 2, data: kilobyte }));
  assert.deepEqual(peer.answered(), [ack({ flow: 2, window: 3, cumulative: 4 })]);
  peer.close();
});

Deno.test("a buffer probe is answered with the window", () => {
  const peer = open();
  peer.say(bufferProbe(2) + bufferProbe(85));
  assert.deepEqual(peer.answered(), [ack({ flow: 2, cumulative: 1 })]);
  peer.close();
});

Deno.test("gaps are remembered up to a limit and the rest is left to the sender", () => {
  const peer = open();
  for (let i = 0; i < 700; i++) {
    peer.say(userData({ flow: 2, sequence: 200 + 2 * i, data: "a" }));
  }
  const ranges = Array.from({ length: MAX_GAPS }, (_, i) => [200 + 2 * i, 200 + 2 * i] as const);
  const window = 64 - Math.floor(MAX_GAPS * 65 / 1024);
  assert.deepEqual(peer.answered(), [ack({ flow: 2, window, cumulative: 1, ranges })]);
  peer.close();
});

Deno.test("more flows than allowed are not opened", () => {
  const peer = new RawPeer();
  for (let id = 0; id < 1100; id++) {
    peer.say(userData({ flow: id, sequence: 1, metadata, data: "a" }));
  }
  assert.equal(peer.recorder.flows.length, 1024);
  peer.close();
});

Deno.test("a set of numbers agrees with a plain one whatever is added", () => {
  for (let seed = 1; seed < 30; seed++) {
    const dice = new Dice(seed);
    const set = new SequenceSet();
    const plain = new Set<number>([0]);
    for (let i = 0; i < 200; i++) {
      const number = dice.below(120);
      if (dice.roll() < 0.05) {
        const through = dice.below(60);
        const missing = Array.from({ length: through + 1 }, (_, n) => n).filter((n) =>
          !plain.has(n)
        );
        assert.equal(set.addThrough(through), missing.length);
        for (let n = 0; n <= through; n++) plain.add(n);
      } else {
        const gaps = set.gaps;
        const opens = set.opensGap(number);
        set.addSequence(number);
        assert.equal(set.gaps > gaps, opens && !plain.has(number), `${seed}: ${number}`);
        plain.add(number);
      }
      const listed = set.ranges.flatMap(({ from, to }) =>
        Array.from({ length: to - from + 1 }, (_, n) => from + n)
      );
      assert.deepEqual(listed, [...plain].sort((a, b) => a - b));
      assert.equal(set.has(number), plain.has(number));
    }
    let cumulative = 0;
    while (plain.has(cumulative + 1)) cumulative++;
    assert.equal(set.cumulative, cumulative);
  }
});

Deno.test("messages come out whole for every order of their fragments, and nothing stays behind", () => {
  for (let seed = 1; seed < 60; seed++) {
    const dice = new Dice(seed);
    const order = seed % 2 === 0 ? "sequence" : "network";
    const out: string[] = [];
    const reassembly = new Reassembly(order, (message) => out.push(decodeText(message)));
    const set = new SequenceSet();
    const fragments: { sequence: number; part: Part; text: string }[] = [];
    const messages: string[] = [];
    for (let m = 0, sequence = 1; m < 8; m++) {
      const count = 1 + dice.below(4);
      messages.push(Array.from({ length: count }, (_, i) => `${m}.${i} `).join(""));
      for (let i = 0; i < count; i++, sequence++) {
        const part = count === 1
          ? Part.whole
          : i === 0
          ? Part.begin
          : i === count - 1
          ? Part.end
          : Part.middle;
        fragments.push({ sequence, part, text: `${m}.${i} ` });
      }
    }
    while (fragments.length > 0) {
      const [next] = fragments.splice(dice.below(fragments.length), 1);
      assert(next);
      set.addSequence(next.sequence);
      reassembly.addFragment(next.sequence, next.part, encodeText(next.text));
      reassembly.settle(set.cumulative);
    }
    if (order === "network") out.sort();
    assert.deepEqual(out, messages, `seed ${seed}`);
    assert.equal(reassembly.bytes, 0);
    assert.equal(reassembly.isEmpty, true);
  }
});
