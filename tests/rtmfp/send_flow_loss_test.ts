import assert from "node:assert/strict";
import {
  ack,
  ackBitmap,
  ecnReport,
  flowException,
  isData,
  payloadOf,
  ping,
  readUserData,
  userData,
} from "./chunks.ts";
import { encodeText, hex } from "../../src/bytes/mod.ts";
import {
  CWND_INITIAL,
  MAX_FRAGMENT,
  SENDER_MSS,
  TIMESTAMP_TICK,
} from "../../src/protocols/rtmfp/params.ts";
import { timestampOf } from "../../src/protocols/rtmfp/wire/packet.ts";
import { acknowledging, metadata, open } from "./sender.ts";

Deno.test("a fragment counts as lost after three packets that acknowledge later ones", () => {
  const { peer, write } = open();
  for (const text of ["a", "b", "c", "d"]) {
    write(text);
    peer.clock.advance(0);
  }
  peer.heard();
  peer.say(ack({ cumulative: 1, ranges: [[3, 3]] }));
  peer.say(ack({ cumulative: 1, ranges: [[3, 4]] }));
  assert.deepEqual(peer.heard(), []);
  peer.say(ack({ cumulative: 1, ranges: [[3, 5]] }));
  assert.deepEqual(peer.heard(), [userData({ sequence: 2, data: "a" })]);
  peer.close();
});

Deno.test("losses are found by the latest transmission acknowledged, whichever flow is named last", () => {
  const { peer, write } = open();
  const other = peer.session.openFlow(metadata);
  for (
    const send of [
      () => write("x"),
      () => other.write(Uint8Array.of(0x79)),
      () => other.write(Uint8Array.of(0x7a)),
    ]
  ) {
    send();
    peer.clock.advance(0);
  }
  peer.heard();
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(peer.heard(), []);
    // The second of the other flow, sent last, and then the one sent first.
    peer.say(ack({ flow: 2, cumulative: 0, ranges: [[2, 2]] }) + ack({ cumulative: 2 }));
  }
  assert.deepEqual(peer.heard(), [userData({ flow: 2, sequence: 1, forward: 0, data: "y" })]);
  peer.close();
});

Deno.test("acknowledgements by bitmap count like ranges", () => {
  const { peer, write } = open();
  for (const text of ["a", "b", "c", "d"]) {
    write(text);
    peer.clock.advance(0);
  }
  peer.heard();
  for (const bits of [0b1, 0b11, 0b111]) peer.say(ackBitmap({ cumulative: 1, bits }));
  assert.deepEqual(peer.heard(), [userData({ sequence: 2, data: "a" })]);
  peer.close();
});

Deno.test("without acknowledgements everything is sent again after the timeout, later each time", () => {
  const { peer, write } = open();
  write("a");
  peer.clock.advance(14_000);
  const times = peer.seen.filter(({ chunks }) => isData(chunks[0]!)).map(({ at }) => at - 1000);
  assert.deepEqual(times.map((time) => Math.round(time)), [0, 3000, 7243, 13_243]);
  assert(peer.seen.every(({ chunks }) => chunks[0] === userData({ sequence: 2, data: "a" })));
  peer.close();
});

Deno.test("the retransmission timeout begins anew at each acknowledgement", () => {
  const { peer, write } = open();
  write("a");
  write("b");
  peer.clock.advance(2000);
  peer.say(ack({ cumulative: 2 }));
  peer.heard();
  peer.clock.advance(2999);
  assert.deepEqual(peer.heard(), []);
  peer.clock.advance(1);
  assert.deepEqual(peer.heard(), [userData({ sequence: 3, forward: 2, data: "b" })]);
  peer.close();
});

Deno.test("congestion that the receiver reports costs what a loss does, an old report nothing", () => {
  const { peer, flow } = open();
  flow.write(new Uint8Array(2_000_000));
  const acknowledgeAll = acknowledging(peer);
  for (let i = 0; i < 40; i++) acknowledgeAll();
  assert(peer.session.congestion.window > 10_000, `${peer.session.congestion.window}`);
  const cuts = [1, 1, 0xff, 0, 2].map((count) => {
    peer.clock.advance(100);
    const before = peer.session.congestion.window;
    peer.say(ecnReport(count));
    const after = peer.session.congestion.window;
    for (let i = 0; i < 10; i++) acknowledgeAll();
    return after < before * 0.9;
  });
  assert.deepEqual(cuts, [true, false, false, false, true]);
  peer.close();
});

Deno.test("an unreliable message that was lost is given up, and the receiver told", () => {
  const { peer, flow, write } = open();
  write("a", { reliable: false });
  for (const text of ["b", "c", "d"]) {
    peer.clock.advance(0);
    write(text);
  }
  peer.clock.advance(0);
  peer.heard();
  for (const last of [3, 4, 5]) peer.say(ack({ cumulative: 1, ranges: [[3, last]] }));
  // Nothing of "a" but its number, abandoned, and the forward number past it.
  assert.deepEqual(peer.heard(), [userData({ sequence: 2, forward: 2, isAbandoned: true })]);
  assert.equal(flow.lost, 1);
  peer.say(ack({ cumulative: 5 }));
  assert.equal(flow.queued, 0);
  peer.close();
});

Deno.test("the loss of what only tells of a loss costs nothing", () => {
  const { peer, flow, write } = open();
  flow.write(new Uint8Array(150_000));
  const acknowledgeAll = acknowledging(peer);
  for (let i = 0; i < 100 && flow.queued > 0; i++) acknowledgeAll();
  const last = acknowledgeAll();
  /** Acknowledges `count` fragments after number last + 1, which does not arrive. */
  const except = (count: number) =>
    peer.say(ack({ cumulative: last, ranges: [[last + 2, last + 1 + count]] }));
  const { window } = peer.session.congestion;
  write("a", { reliable: false });
  flow.write(new Uint8Array(15 * MAX_FRAGMENT));
  peer.clock.advance(300);
  for (const count of [1, 2, 3]) except(count);
  const cut = peer.session.congestion.window;
  assert(cut < window && cut > CWND_INITIAL, `${window}, ${cut}`);
  assert.equal(flow.lost, 1);
  for (let i = 0; i < 5; i++) {
    peer.clock.advance(300);
    except(15);
  }
  const abandoned = () =>
    peer.heard().filter((seen) => isData(seen) && readUserData(seen).isAbandoned).length;
  assert(abandoned() > 0);
  const kept = peer.session.congestion.window;
  for (let count = 16; count < 20; count++) {
    write("x");
    peer.clock.advance(0);
    except(count);
  }
  assert(abandoned() > 0);
  assert.equal(peer.session.congestion.window, kept);
  peer.close();
});

Deno.test("a message that could not begin in time is never sent", () => {
  const { peer, flow, write } = open();
  flow.write(new Uint8Array(20_000));
  write("late", { startWithin: 100 });
  write("last");
  peer.clock.advance(0);
  peer.clock.advance(200);
  for (let sequence = 2; sequence <= 18; sequence++) {
    peer.say(ack({ cumulative: sequence }));
  }
  const sent = peer.heard().filter(isData).join();
  assert(!sent.includes(hex(encodeText("late"))), sent);
  assert(sent.includes(hex(encodeText("last"))), sent);
  assert.equal(flow.lost, 1);
  peer.close();
});

Deno.test("a message that was not finished in time is not sent again", () => {
  const { peer, flow, write } = open();
  write("a", { finishWithin: 1000 });
  peer.clock.advance(3000);
  assert.deepEqual(peer.heard(), [
    userData({ sequence: 2, data: "a" }),
    userData({ sequence: 2, forward: 2, isAbandoned: true }),
  ]);
  assert.equal(flow.lost, 1);
  peer.close();
});

Deno.test("acknowledgements of flows and numbers that never were do no harm", () => {
  const { peer, flow, write } = open();
  write("a");
  peer.say(ack({ flow: 99, cumulative: 127 }) + flowException({ flow: 99 }));
  peer.say(ack({ cumulative: 127, ranges: [[134, 139]] }));
  assert.equal(flow.queued, 0);
  write("b");
  peer.clock.advance(0);
  assert.equal(peer.heard().at(-1), userData({ sequence: 3, forward: 2, data: "b" }));
  peer.close();
});

Deno.test("a flow that is refused with data in flight sends none of it again", () => {
  const { peer, flow } = open();
  flow.write(new Uint8Array(50_000));
  peer.clock.advance(0);
  peer.heard();
  peer.say(flowException({ flow: 1 }) + ping());
  peer.clock.advance(20_000);
  const sent = peer.heard().filter(isData);
  assert(sent.length > 1 && sent.every((seen) => payloadOf(seen).length < 14), `${sent}`);
  peer.say(ack({ cumulative: 127 }));
  assert.equal(peer.session.congestion.outstanding, 0);
  assert.equal(peer.session.isIdle, true);
  peer.close();
});

Deno.test("one acknowledgement lets at most six packets leave, the next ones follow in time", () => {
  const { peer, flow } = open();
  flow.write(new Uint8Array(400_000));
  peer.clock.advance(0);
  let sent = 1;
  let most = 0;
  for (let round = 0; round < 12; round++) {
    sent += peer.seen.length;
    peer.seen.length = 0;
    peer.say(ack({ cumulative: sent }));
    most = Math.max(most, peer.seen.length);
  }
  assert.equal(most, 6);
  assert(peer.session.congestion.window > 6 * 1135);
  // One for each packet's share of the round trip, assumed to be 200 ms.
  const pause = Math.ceil(200 * SENDER_MSS / peer.session.congestion.window);
  const before = peer.seen.length;
  peer.clock.advance(pause);
  assert.equal(peer.seen.length, before + 1);
  peer.clock.advance(pause);
  assert.equal(peer.seen.length, before + 2);
  peer.close();
});

Deno.test("on a path too short for timers all leaves at once that the window allows", () => {
  const { peer, flow } = open();
  flow.write(new Uint8Array(400_000));
  peer.clock.advance(0);
  let sent = 1;
  const bursts: number[] = [];
  for (let round = 0; round < 12; round++) {
    sent += peer.seen.length;
    peer.seen.length = 0;
    // Not the echo of the last round again, which would say nothing.
    peer.clock.advance(TIMESTAMP_TICK);
    const echo = timestampOf(peer.clock.now()).toString(16).padStart(4, "0");
    peer.say(ack({ cumulative: sent }), { header: "05" + echo });
    bursts.push(peer.seen.length);
  }
  assert.equal(peer.session.roundTrip.smoothed, 0);
  const last = bursts.at(-1)!;
  assert(last > 12, `${bursts}`);
  assert(peer.session.congestion.outstanding >= peer.session.congestion.window);
  peer.clock.advance(100);
  assert.equal(peer.seen.length, last, "what is beyond the window waits for acknowledgements");
  peer.close();
});
