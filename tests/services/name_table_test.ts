import { deepEqual, equal } from "node:assert/strict";
import { systemClock } from "../../src/base/mod.ts";
import { NameTable } from "../../src/services/mod.ts";
import { FakeClock } from "../support/fake_clock.ts";

/** A table whose questions are answered by hand. */
function table(hosts = "") {
  const clock = new FakeClock();
  const asked: { name: string; answer: PromiseWithResolvers<string[]> }[] = [];
  const names = new NameTable(clock, (name) => {
    const answer = Promise.withResolvers<string[]>();
    asked.push({ name, answer });
    return answer.promise;
  }, () => hosts);
  return { clock, asked, names };
}

/** Lets promises that are settled have their say. */
const settle = async () => {
  for (let i = 0; i < 3; i++) await null;
};

Deno.test("a name is asked for once while nobody knows it, and its answer kept a minute", async () => {
  const { clock, asked, names } = table();
  equal(names.find("Far.Test."), undefined);
  equal(names.find("far.test"), undefined);
  deepEqual(asked.map(({ name }) => name), ["far.test"]);
  asked[0]?.answer.resolve(["192.0.2.1"]);
  await settle();
  deepEqual(names.find("far.test"), { addresses: ["192.0.2.1"] });
  clock.advance(59_999);
  names.find("far.test");
  equal(asked.length, 1);
  clock.advance(1);
  deepEqual(names.find("far.test"), { addresses: ["192.0.2.1"] }, "the old answer serves");
  equal(asked.length, 2);
  asked[1]?.answer.resolve(["192.0.2.2"]);
  await settle();
  deepEqual(names.find("far.test"), { addresses: ["192.0.2.2"] });
});

Deno.test("a name without address is asked for again after five seconds", async () => {
  const { clock, asked, names } = table();
  names.find("nowhere");
  asked[0]?.answer.reject(new Error("no"));
  await settle();
  deepEqual(names.find("nowhere"), { error: "no address of 'nowhere' was found" });
  equal(asked.length, 1);
  clock.advance(5000);
  names.find("nowhere");
  equal(asked.length, 2);
});

Deno.test("the machine's own list answers at once, its comments do not", () => {
  const { asked, names } = table("# 192.0.2.9 no\n192.0.2.1\tone  Two # three\n\n::1 two\r\n");
  deepEqual(names.find("TWO"), { addresses: ["192.0.2.1", "::1"] });
  deepEqual(names.find("one"), { addresses: ["192.0.2.1"] });
  deepEqual([names.find("three"), names.find("no")], [undefined, undefined]);
  deepEqual(asked.map(({ name }) => name), ["three", "no"]);
});

Deno.test("what cannot be a name is not asked for", () => {
  const { asked, names } = table();
  for (const name of ["", "a b", "a..b", ".a", "a\n", "é", "a".repeat(254), "[::1]"]) {
    deepEqual(names.find(name), { error: `'${name}' is no host name` });
  }
  equal(asked.length, 0);
});

Deno.test("a flood of names asks few questions at a time and remembers the last thousand", async () => {
  const { asked, names } = table();
  for (let i = 0; i < 3000; i++) names.find(`n${i}`);
  equal(asked.length, 32);
  for (const { answer } of asked) answer.resolve(["192.0.2.1"]);
  await settle();
  equal(names.find("n0"), undefined, "long forgotten");
  equal(asked.at(-1)?.name, "n0");
  names.find("n2999");
  equal(asked.at(-1)?.name, "n2999", "there is room for questions again");
});

Deno.test("the system is asked for real", async () => {
  const names = new NameTable(systemClock, undefined, () => "");
  while (names.find("localhost") === undefined) await new Promise((done) => setTimeout(done, 1));
  const answer = names.find("localhost");
  equal(answer !== undefined && "addresses" in answer && answer.addresses.length > 0, true);
});
