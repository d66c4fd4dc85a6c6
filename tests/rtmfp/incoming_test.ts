import assert from "node:assert/strict";
import type { RecvFlow } from "../../src/protocols/rtmfp/flow/recv_flow.ts";
import {
  MAX_FLOWS,
  MAX_METADATA,
  RECEIVE_COMPLETE_LINGER,
} from "../../src/protocols/rtmfp/params.ts";
import { Incoming } from "../../src/protocols/rtmfp/session/incoming.ts";
import { DataFlag, Part, UserData } from "../../src/protocols/rtmfp/wire/user_data.ts";
import { FakeClock } from "../support/fake_clock.ts";

const fragment = new Uint8Array(65_536);

/** The receiving half of a session, whose flows are all accepted. */
function receiving(onHeld?: (bytes: number) => boolean) {
  const clock = new FakeClock();
  const offered: RecvFlow[] = [];
  const refused: string[] = [];
  const incoming = new Incoming({
    clock,
    onReady: () => {},
    sendFlow: () => undefined,
    ...(onHeld && { onHeld }),
    onRefused: (text) => refused.push(text),
    onFlow: (flow) => {
      offered.push(flow);
      flow.accept({ onMessage: () => {} });
    },
  });
  const say = (flow: number, sequence: number, flags: number, data = new Uint8Array(0)) => {
    const chunk = new UserData();
    Object.assign(chunk, { flow, sequence, flags, data, forward: 0 });
    if (sequence === 1) chunk.metadata = Uint8Array.of(1);
    incoming.onData(chunk);
    return chunk;
  };
  return { clock, offered, refused, incoming, say };
}

/** Sends a message that has no end until its flow is refused; returns how many bytes were taken. */
function flood({ offered, say }: ReturnType<typeof receiving>, id: number): number {
  for (let sequence = 1; sequence <= 600; sequence++) {
    say(id, sequence, sequence === 1 ? Part.begin : Part.middle, fragment);
    if (!offered.at(-1)?.isOpen) return sequence * fragment.length;
  }
  return Infinity;
}

Deno.test("a message in assembly may have 16 MB and a little, all of a session 32 MB", () => {
  const session = receiving();
  const megabyte = 1024 * 1024;
  const alone = flood(session, 1);
  assert(alone > 16 * megabyte && alone < 19 * megabyte, `${alone}`);
  // What was refused is held no more.
  for (const id of [2, 3]) {
    for (let sequence = 1; sequence <= 240; sequence++) {
      session.say(id, sequence, sequence === 1 ? Part.begin : Part.middle, fragment);
    }
    assert.equal(session.offered.at(-1)?.isOpen, true);
  }
  assert(flood(session, 4) < 3 * megabyte);
  session.incoming.close();
  assert.equal(session.clock.timers, 0);
});

Deno.test("a message in assembly ends when all addresses together hold too much", () => {
  const held: number[] = [];
  const session = receiving((bytes) => held.push(bytes) > 0 && bytes < 1_000_000);
  assert.equal(flood(session, 1), 16 * fragment.length);
  assert.equal(held.at(-1), 0);
  session.incoming.close();
});

Deno.test("a flow that ended is remembered for two minutes, and so are 1024 at most", () => {
  const { clock, offered, incoming, say } = receiving();
  const end = (id: number) => say(id, 1, DataFlag.final);
  end(1);
  end(1);
  assert.equal(offered.length, 1);
  for (let id = 2; id <= MAX_FLOWS + 2; id++) {
    if (id === MAX_FLOWS) clock.advance(1000);
    end(id);
  }
  assert.equal(incoming.flowCount, 0);
  end(1);
  assert.equal(offered.length, MAX_FLOWS + 3);
  clock.advance(RECEIVE_COMPLETE_LINGER + 1);
  end(MAX_FLOWS + 3);
  end(MAX_FLOWS + 2);
  assert.equal(offered.length, MAX_FLOWS + 5);
  incoming.close();
});

Deno.test("a session opens flows without end at a rate, and what is refused comes again", () => {
  const { clock, offered, refused, incoming, say } = receiving();
  for (let id = 1; id <= 2 * MAX_FLOWS; id++) say(id, 1, DataFlag.final);
  assert.equal(offered.length, MAX_FLOWS);
  clock.advance(1000);
  for (let id = MAX_FLOWS + 1; id <= 2 * MAX_FLOWS; id++) say(id, 1, DataFlag.final);
  assert.equal(offered.length, MAX_FLOWS + 200);
  assert.deepEqual(refused, [`flows refused: more than 200 new ones a second, [limits] flows`]);
  incoming.close();
});

Deno.test("a session that has all flows that it may is told of once", () => {
  const { offered, refused, incoming, say } = receiving();
  for (let id = 1; id <= MAX_FLOWS + 10; id++) say(id, 1, 0);
  assert.equal(offered.length, MAX_FLOWS);
  assert.deepEqual(refused, [`flows refused: more than ${MAX_FLOWS} at one time`]);
  incoming.close();
});

Deno.test("a flow with more than 512 bytes of metadata is not offered", () => {
  const { offered, incoming } = receiving();
  for (const [flow, length] of [[1, MAX_METADATA], [2, MAX_METADATA + 1]] as const) {
    const chunk = new UserData();
    Object.assign(chunk, { flow, sequence: 1, metadata: new Uint8Array(length) });
    incoming.onData(chunk);
  }
  assert.deepEqual(offered.map(({ id }) => id), [1]);
  incoming.close();
});
