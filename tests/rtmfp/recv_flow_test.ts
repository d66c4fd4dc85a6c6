import assert from "node:assert/strict";
import { decodeText, fromHex, hex } from "../../src/bytes/mod.ts";
import { Reassembly } from "../../src/protocols/rtmfp/flow/reassembly.ts";
import { SequenceSet } from "../../src/protocols/rtmfp/flow/sequence_set.ts";
import { Part } from "../../src/protocols/rtmfp/wire/user_data.ts";
import { Dice } from "../support/simulated_link.ts";
import { chunk, data, RawPeer } from "./raw_peer.ts";

const metadata = "544304";
const [begin, end, middle, abandon, final] = [0x10, 0x20, 0x30, 0x02, 0x01];

function open(): RawPeer {
  const peer = new RawPeer();
  peer.say(data(2, 1, "6f", { metadata }));
  peer.answered();
  return peer;
}

function texts(peer: RawPeer): string[] {
  return peer.recorder.messages.map((message) => decodeText(message));
}

Deno.test("a new flow is offered with its metadata and acknowledged at once", () => {
  const peer = new RawPeer();
  peer.say(data(2, 1, "6869", { metadata }));
  assert.equal(hex(peer.recorder.flows[0]?.metadata ?? assert.fail()), metadata);
  assert.deepEqual(texts(peer), ["hi"]);
  // Flow 2, 64 blocks of 1024 bytes, everything up to 1.
  assert.deepEqual(peer.answered(), ["51:024001"]);
  peer.close();
});

Deno.test("a flow that nobody accepts, or without metadata, is refused and acknowledged", () => {
  const peer = new RawPeer();
  peer.recorder.accept = undefined;
  peer.say(data(2, 1, "aa", { metadata }));
  assert.deepEqual(peer.answered(), ["5e:0200", "51:024001"]);
  peer.recorder.accept = {};
  peer.say(data(3, 1, "aa"));
  assert.deepEqual(peer.answered(), ["5e:0300", "51:034001"]);
  peer.say(data(2, 2, "bb"));
  assert.deepEqual(peer.answered(), ["5e:0200", "51:024002"]);
  assert.deepEqual(peer.recorder.messages, []);
  peer.close();
});

Deno.test("a refused flow that its sender ends is forgotten", () => {
  const peer = new RawPeer();
  peer.recorder.accept = undefined;
  peer.say(data(2, 1, "aa", { metadata }));
  assert.equal(peer.session.isIdle, false);
  peer.say(data(2, 3, "", { flags: final | abandon, offset: 0 }));
  assert.equal(peer.session.isIdle, true);
  peer.close();
});

Deno.test("a flow in answer to one that we do not have is refused", () => {
  const peer = new RawPeer();
  const own = peer.session.openFlow(new Uint8Array(1));
  const answer = (id: string) => "80" + "02" + "01" + "00" + "0200aa" + "020a" + id + "00";
  peer.say(chunk("10", answer("63")));
  assert.deepEqual(peer.answered()[0], "5e:0200");
  peer.say(chunk("10", answer("01").replace(/^8002/, "8003")));
  assert.equal(peer.recorder.flows.at(-1)?.associated, own);
  peer.close();
});

Deno.test("every second packet is acknowledged with what came meanwhile, a lone one after 200 ms", () => {
  const peer = open();
  peer.say(data(2, 2, "61"));
  peer.clock.advance(199);
  assert.deepEqual(peer.heard(), []);
  peer.clock.advance(1);
  assert.deepEqual(peer.heard(), ["51:024002"]);
  peer.say(data(2, 3, "61"));
  peer.say(data(2, 4, "61"));
  peer.say(data(2, 5, "61"));
  peer.clock.advance(1);
  peer.say(data(2, 6, "61"));
  assert.deepEqual(peer.heard(), []);
  peer.clock.advance(1);
  assert.deepEqual(peer.heard(), ["51:024006"]);
  peer.clock.advance(1000);
  assert.deepEqual(peer.heard(), []);
  peer.close();
});

Deno.test("an acknowledgement that is due leaves with data that is sent before it would", () => {
  const peer = open();
  peer.say(data(2, 2, "61"));
  peer.say(data(2, 3, "61"));
  peer.session.openFlow(new Uint8Array(1)).write(Uint8Array.of(0x62));
  peer.clock.advance(0);
  const [ack, sent] = peer.heard();
  assert.equal(ack, "51:024003");
  assert.match(sent ?? "", /^10:/);
  peer.clock.advance(199);
  assert.deepEqual(peer.heard(), []);
  peer.close();
});

Deno.test("a gap, its filling, and a repetition are acknowledged at once", () => {
  const peer = open();
  peer.say(data(2, 4, "64"));
  assert.deepEqual(peer.answered(), ["51:02400101" + "00"]);
  peer.say(data(2, 6, "66"));
  assert.deepEqual(peer.answered(), ["51:024001" + "0100" + "0000"]);
  peer.say(data(2, 2, "62") + chunk("11", "00" + "63"));
  assert.deepEqual(peer.answered(), ["51:024004" + "0000"]);
  peer.say(data(2, 2, "62"));
  assert.deepEqual(peer.answered(), ["51:024004" + "0000"]);
  peer.say(data(2, 5, "65"));
  assert.deepEqual(peer.answered(), ["51:024006"]);
  assert.deepEqual(texts(peer), ["o", "b", "c", "d", "e", "f"]);
  peer.close();
});

Deno.test("fragments are put together in any order of coming", () => {
  const peer = open();
  peer.say(data(2, 4, "63", { flags: end }));
  peer.say(data(2, 3, "62", { flags: middle }));
  assert.deepEqual(texts(peer), ["o"]);
  peer.say(data(2, 2, "61", { flags: begin }));
  assert.deepEqual(texts(peer), ["o", "abc"]);
  peer.close();
});

Deno.test("as received, whole messages do not wait for those before them", () => {
  const peer = new RawPeer();
  peer.recorder.accept = { order: "network" };
  peer.say(data(2, 5, "65", { metadata, offset: 5 }));
  peer.say(
    data(2, 3, "6363", { flags: end, offset: 3 }) + data(2, 2, "62", { flags: begin, offset: 2 }),
  );
  assert.deepEqual(texts(peer), ["e", "bcc"]);
  peer.say(data(2, 4, "64", { offset: 4 }) + data(2, 1, "61", { offset: 1 }));
  assert.deepEqual(texts(peer), ["e", "bcc", "d", "a"]);
  peer.close();
});

Deno.test("what the sender gave up does not hold back what follows", () => {
  const peer = open();
  peer.say(data(2, 5, "65", { offset: 3 }));
  assert.deepEqual(texts(peer), ["o"]);
  peer.say(data(2, 6, "66", { offset: 2 }));
  assert.deepEqual(texts(peer), ["o", "e", "f"]);
  peer.say(data(2, 7, "", { flags: abandon }) + data(2, 8, "68"));
  assert.deepEqual(texts(peer), ["o", "e", "f", "h"]);
  assert.equal(peer.recorder.flows[0]?.abandoned, 4);
  peer.close();
});

Deno.test("a message of which a part was given up is dropped, in either order", () => {
  for (const order of ["sequence", "network"] as const) {
    const peer = new RawPeer();
    peer.recorder.accept = { order };
    peer.say(data(2, 1, "61", { metadata, flags: begin }));
    peer.say(data(2, 3, "63", { flags: end }));
    peer.say(data(2, 4, "64", { flags: begin, offset: 1 }));
    peer.say(data(2, 5, "65", { flags: end, offset: 1 }));
    assert.deepEqual(texts(peer), ["de"], order);
    peer.close();
  }
});

Deno.test("a jump over 2^50 numbers that were given up costs no time", () => {
  const peer = open();
  const far = "82808080808080" + "00"; // 2 * 2^49
  peer.say(chunk("10", "00" + "02" + far + "00" + "7a"));
  assert.deepEqual(texts(peer), ["o", "z"]);
  peer.close();
});

Deno.test("the final fragment ends the flow once everything before it is there", () => {
  const peer = open();
  peer.say(data(2, 3, "63", { flags: final }));
  assert.deepEqual(peer.recorder.ended, []);
  peer.say(data(2, 2, "62"));
  assert.deepEqual(texts(peer), ["o", "b", "c"]);
  assert.deepEqual(peer.recorder.ended, [2]);
  peer.answered();
  peer.say(data(2, 3, "63", { flags: final }));
  assert.deepEqual(peer.answered(), ["51:024003"]);
  assert.equal(texts(peer).length, 3);
  peer.close();
});

Deno.test("the first final fragment that came is the one that counts", () => {
  const peer = open();
  peer.say(data(2, 3, "63", { flags: final }));
  peer.say(data(2, 5, "65", { flags: final, offset: 4 }));
  peer.say(data(2, 2, "62"));
  assert.deepEqual(texts(peer), ["o", "b", "c"]);
  assert.deepEqual(peer.recorder.ended, [2]);
  peer.close();
});

Deno.test("the window shrinks by what is held, and a fragment beyond it is not taken", () => {
  const peer = new RawPeer();
  peer.recorder.accept = { capacity: 3000 };
  peer.say(data(2, 1, "6f", { metadata }));
  peer.answered();
  const kilobyte = "00".repeat(1024);
  peer.say(data(2, 3, kilobyte));
  assert.deepEqual(peer.answered(), ["51:0202" + "01" + "0000"]);
  peer.say(data(2, 4, kilobyte));
  assert.deepEqual(peer.answered(), ["51:0201" + "01" + "0001"]);
  peer.say(data(2, 5, kilobyte));
  assert.deepEqual(peer.answered(), ["51:0201" + "01" + "0001"]);
  peer.say(data(2, 2, kilobyte));
  assert.deepEqual(peer.answered(), ["51:0203" + "04"]);
  peer.close();
});

Deno.test("a buffer probe is answered with the window", () => {
  const peer = open();
  peer.say(chunk("18", "02") + chunk("18", "55"));
  assert.deepEqual(peer.answered(), ["51:024001"]);
  peer.close();
});

Deno.test("gaps are remembered up to a limit and the rest is left to the sender", () => {
  const peer = open();
  for (let i = 0; i < 700; i++) {
    const sequence = 200 + 2 * i;
    const vlu = (0x80 | (sequence >> 7)).toString(16) +
      (sequence & 127).toString(16).padStart(2, "0");
    const offset = sequence - 1;
    const from = (0x80 | (offset >> 7)).toString(16) + (offset & 127).toString(16).padStart(2, "0");
    peer.say(chunk("10", "00" + "02" + vlu + from + "61"));
  }
  const last = peer.answered().at(-1) ?? assert.fail();
  assert.equal((last.length - "51:02xx01".length) / 4 <= 520, true);
  peer.close();
});

Deno.test("more flows than allowed are not opened", () => {
  const peer = new RawPeer();
  for (let id = 0; id < 1100; id++) {
    const vlu = (0x80 | (id >> 7)).toString(16) + (id & 127).toString(16).padStart(2, "0");
    peer.say(chunk("10", "80" + vlu + "0100" + "0200aa" + "00" + "61"));
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
        set.add(number);
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
      set.add(next.sequence);
      const bytes = fromHex([...next.text].map((c) => c.charCodeAt(0).toString(16)).join(""));
      reassembly.add(next.sequence, next.part, bytes ?? assert.fail());
      reassembly.settle(set.cumulative);
    }
    if (order === "network") out.sort();
    assert.deepEqual(out, messages, `seed ${seed}`);
    assert.equal(reassembly.bytes, 0);
    assert.equal(reassembly.isEmpty, true);
  }
});
