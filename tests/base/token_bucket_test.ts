import { equal, ok } from "node:assert/strict";
import { HostRates, TokenBucket, TokenBuckets } from "../../src/base/mod.ts";

Deno.test("a bucket lets a burst through, then so many a second", () => {
  const bucket = new TokenBucket(10, 0, 3);
  const taken = (now: number) => {
    let count = 0;
    while (bucket.take(now)) count++;
    return count;
  };
  equal(taken(0), 3);
  equal(taken(99), 0);
  equal(taken(100), 1);
  equal(taken(250), 1);
  ok(!bucket.isFull(300));
  ok(bucket.isFull(10_000));
  equal(taken(10_000), 3);
});

Deno.test("each key has a bucket, and those that did nothing lately are forgotten", () => {
  const buckets = new TokenBuckets(1, 2);
  equal([1, 2, 3].map(() => buckets.take("a", 0)).join(), "true,true,false");
  ok(buckets.take("b", 0));
  for (let key = 0; key < 10_000; key++) buckets.take(String(key), 10_000 * key);
  ok(buckets.size <= 1_024, `${buckets.size} buckets`);
  const busy = new TokenBuckets(1, 2);
  for (let key = 0; key < 10_000; key++) busy.take(String(key), 0);
  equal(busy.size, 10_000);
  ok(busy.take("0", 0) && !busy.take("0", 0));
});

Deno.test("a bucket tells of its first refusal, and again after a time of rest", () => {
  const told: string[] = [];
  const buckets = new TokenBuckets(10, 3, (key) => told.push(key));
  const flood = (key: string, now: number) => {
    for (let count = 0; count < 5; count++) buckets.take(key, now);
  };
  flood("a", 0);
  flood("a", 100);
  flood("b", 100);
  equal(told.join(), "a,b");
  // Full again, and used as it may be: nothing is said.
  for (let count = 0; count < 3; count++) buckets.take("a", 10_000);
  equal(told.join(), "a,b");
  flood("a", 10_000);
  equal(told.join(), "a,b,a");
});

Deno.test("what weighs more takes more, and never more than a burst", () => {
  const bucket = new TokenBucket(10, 0);
  equal([8, 8, 1].map((weight) => bucket.take(0, weight)).join(), "true,false,true");
  ok(!bucket.take(800, 20));
  ok(bucket.take(900, 20));
  const hosts = new HostRates(16, 0, () => {});
  equal([8, 1].map((weight) => hosts.take("a", 0, weight)).join(), "true,false");
  equal([4, 4, 1].map((weight) => hosts.take("b", 0, weight)).join(), "true,true,false");
});

Deno.test("a rate of 0 is no limit and remembers nothing", () => {
  const buckets = new TokenBuckets(0, 0);
  for (let count = 0; count < 100; count++) ok(buckets.take("a", 0));
  equal(buckets.size, 0);
});
