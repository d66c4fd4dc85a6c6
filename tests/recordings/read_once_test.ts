import { deepEqual, equal, rejects } from "node:assert/strict";
import { ReadOnce } from "../../src/recordings/read_once.ts";

const make = () => new ReadOnce<number>({ weigh: (value) => value, limit: 10, atOnce: 2 });

Deno.test("what many ask for at a time is read once", async () => {
  const kept = make();
  let count = 0;
  const read = () => Promise.resolve(++count);
  deepEqual(await Promise.all([kept.get("a", read), kept.get("a", read)]), [1, 1]);
  equal(await kept.get("a", read), 1);
});

Deno.test("what nobody asked for longest is forgotten first, the newest never", async () => {
  const kept = make();
  for (const name of ["a", "b"]) await kept.get(name, () => Promise.resolve(5));
  equal(await kept.find("a"), 5);
  await kept.get("c", () => Promise.resolve(4));
  deepEqual([kept.find("a"), kept.find("b"), kept.find("c")].map((each) => each !== undefined), [
    true,
    false,
    true,
  ]);
  await kept.get("huge", () => Promise.resolve(1000));
  equal(await kept.find("huge"), 1000);
  equal(kept.find("a"), undefined);
  // What was forgotten weighs no more.
  await kept.get("d", () => Promise.resolve(5));
  await kept.get("e", () => Promise.resolve(5));
  equal(await kept.find("d"), 5);
});

Deno.test("so many are read at a time, others wait, and one that fails is read anew", async () => {
  const kept = make();
  const started: string[] = [];
  const gates = new Map<string, PromiseWithResolvers<number>>();
  const ask = (name: string) =>
    kept.get(name, () => {
      started.push(name);
      const gate = Promise.withResolvers<number>();
      gates.set(name, gate);
      return gate.promise;
    });
  const [a, b, c] = [ask("a"), ask("b"), ask("c")];
  deepEqual(started, ["a", "b"]);
  gates.get("a")!.reject(new Error("broken"));
  await rejects(a, /broken/);
  deepEqual(started, ["a", "b", "c"]);
  const again = ask("a");
  deepEqual(started, ["a", "b", "c"]);
  gates.get("b")!.resolve(1);
  gates.get("c")!.resolve(2);
  deepEqual(await Promise.all([b, c]), [1, 2]);
  gates.get("a")!.resolve(3);
  equal(await again, 3);
});
