import assert from "node:assert/strict";
import { ObjectCopy, objectMessage, type SentEvent, set, USE } from "../support/object_client.ts";
import { ObjectSocket } from "../support/object_socket.ts";
import { WAYS, withCluster } from "./cluster.ts";
import { eventually } from "./live_client.ts";
import type { RunningProgram } from "./server.ts";

/** A client of one server, and its copy of the object. */
async function client({ rtmp }: RunningProgram) {
  const socket = await ObjectSocket.open(rtmp);
  const copy = new ObjectCopy();
  socket.onObject = (heard) => copy.hear(heard);
  const say = (...events: SentEvent[]) => {
    const { version } = copy;
    return socket.send(objectMessage({ name: "board", persistent: true, version }, ...events));
  };
  const put = (name: string, value: unknown) => {
    copy.set(name, value);
    return say(set(name, value));
  };
  await say(USE);
  await eventually(() => copy.isUsed);
  return { copy, put, close: () => socket.close() };
}

const all = (copy: ObjectCopy) => JSON.stringify(copy.slots);

for (const way of WAYS) {
  Deno.test(`by ${way}: a shared object is one on three servers, and outlives its owner`, () =>
    withCluster(way, 3, async ({ servers }) => {
      const [first, second, third] = servers as [RunningProgram, RunningProgram, RunningProgram];
      const ann = await client(first);
      await ann.put("ann", 1);
      const [bob, eve] = [await client(second), await client(third)];
      await bob.put("bob", { list: [2] });
      await eve.put("eve", "three");
      const slots = '[["ann",1],["bob",{"list":[2]}],["eve","three"]]';
      await eventually(
        () => [ann, bob, eve].every(({ copy }) => all(copy) === slots),
        () => [ann, bob, eve].map(({ copy }) => all(copy)).join("\n"),
      );
      ann.close();
      await first.kill();
      for (const server of [second, third]) await server.logged(/is gone/);
      await bob.put("bob", 4);
      await eve.put("late", null);
      await eve.put("more", true);
      const later = '[["ann",1],["bob",4],["eve","three"],["more",true]]';
      await eventually(
        () => all(bob.copy) === all(eve.copy) && all(bob.copy) === later,
        () => `${all(bob.copy)}\n${all(eve.copy)}`,
      );
      const newcomer = await client(third);
      assert.equal(all(newcomer.copy), later);
      for (const each of [bob, eve, newcomer]) each.close();
    }));
}
