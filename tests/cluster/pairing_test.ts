import assert from "node:assert/strict";
import fc from "fast-check";
import { Pairing } from "../../src/cluster/link/pairing.ts";
import { PING_INTERVAL } from "../../src/cluster/params.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { settle, Side } from "./link_pair.ts";

const id = (byte: number) => byte.toString(16).padStart(2, "0").repeat(16);

Deno.test("one of two links remains when two servers connect to each other, in any order of packets", () => {
  const order = fc.array(fc.nat(5), { maxLength: 12 }).map((order) => [0, ...order]);
  fc.assert(
    fc.property(order, fc.boolean(), (order, isFirstLarger) => {
      const clock = new FakeClock();
      const [a, b] = isFirstLarger ? [9, 1] : [1, 9];
      const [pairingA, pairingB] = [a, b].map((one) => new Pairing(id(one), clock, () => false));
      const now = clock.now();
      const atA = { id: a, pairing: pairingA as Pairing, now };
      const atB = { id: b, pairing: pairingB as Pairing, now };
      const links: [Side, Side][] = [];
      const dial = [
        () => links.push([new Side("initiator", atA), new Side("acceptor", atB)]),
        () => links.push([new Side("initiator", atB), new Side("acceptor", atA)]),
      ];
      for (const step of order) {
        if (step < 2) dial.splice(step, 1)[0]?.();
        else {
          const link = links[step & 1];
          if (step < 4) link?.[0].carryTo(link[1], Infinity, now);
          else link?.[1].carryTo(link[0], Infinity, now);
        }
      }
      for (const start of dial) start();
      for (let round = 0; round < 4; round++) for (const link of links) settle(link, Infinity, now);
      const up = links.map(([x, y]) => x.session.isUp && y.session.isUp);
      const down = links.map(([x, y]) => x.end !== undefined && y.end !== undefined);
      assert.deepEqual(up.filter(Boolean).length, 1);
      assert.deepEqual(down.filter(Boolean).length, 1);
    }),
    {
      numRuns: 500,
      examples: [[[0, 0, 2, 3, 4, 5, 2, 3], true], [[0, 0, 2, 3, 4, 5, 2, 3], false]],
    },
  );
});

Deno.test("a link that has gone silent gives way to a new one from the same server", () => {
  const clock = new FakeClock();
  const pairing = new Pairing(id(2), clock, () => false);
  const link = (): [Side, Side] => {
    const now = clock.now();
    const sides: [Side, Side] = [
      new Side("initiator", { now }),
      new Side("acceptor", { pairing, now }),
    ];
    settle(sides, Infinity, now);
    return sides;
  };
  const [, old] = link();
  assert.equal(link()[1].end?.reason, "there is a link already");
  clock.advance(2 * PING_INTERVAL + 1);
  const [, fresh] = link();
  assert.equal(old.end?.reason, "a new link takes the place of a silent one");
  assert.ok(fresh.session.isUp && pairing.has(id(1)));
});
