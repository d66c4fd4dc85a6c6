import { deepEqual, equal } from "node:assert/strict";
import { ChainedMessage } from "../../src/hub/mod.ts";
import { GroupBudget, KeptGroups } from "../../src/hub/kept_groups.ts";

const at = (position: number) =>
  new ChainedMessage("video", "frame", 0, new Uint8Array(), position);
const starts = (groups: KeptGroups) => [1, 2].map((count) => groups.start(count)?.position);

Deno.test("two groups are kept, and the older one goes when they are too large", () => {
  const groups = new KeptGroups(1000, new GroupBudget(5000));
  deepEqual(starts(groups), [undefined, undefined]);
  groups.begin(at(0));
  groups.grow(300);
  deepEqual(starts(groups), [0, 0]);
  groups.begin(at(300));
  groups.begin(at(600));
  groups.grow(1200);
  deepEqual(starts(groups), [600, 300]);
  groups.grow(1500);
  deepEqual(starts(groups), [600, 600]);
  groups.grow(1700);
  deepEqual([starts(groups), groups.start(0)], [[undefined, undefined], undefined]);
});

Deno.test("the groups of all have no more bytes than their budget, and give them back", () => {
  const budget = new GroupBudget(1000);
  const [first, second] = [new KeptGroups(800, budget), new KeptGroups(800, budget)];
  for (const groups of [first, second]) groups.begin(at(0));
  first.grow(700);
  second.grow(400);
  equal(second.start(1), undefined);
  second.begin(at(400));
  second.grow(700);
  equal(second.start(1)?.position, 400);
  first.drop();
  second.grow(1200);
  equal(second.start(1)?.position, 400);
});
