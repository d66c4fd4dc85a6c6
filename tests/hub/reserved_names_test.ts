import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { openHandler, type PublishQuestion, Refusal } from "../../src/hub/mod.ts";
import { decided } from "../support/decided.ts";
import { PUBLISHER, setUp } from "./scene.ts";

/** A hub whose application answers publishers by a promise that the test settles. */
function undecided() {
  const scene = setUp();
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const questions: PublishQuestion[] = [];
  scene.hub.handler = {
    ...openHandler,
    onPublish(question) {
      questions.push(question);
      return promise;
    },
  };
  const told: string[] = [];
  scene.hub.observers.add({
    onPublished: ({ name }) => void told.push(`+${name}`),
    onUnpublished: ({ name }) => void told.push(`-${name}`),
  });
  return { ...scene, questions, told, resolve, reject };
}

const badName = (error: unknown) => error instanceof Refusal && error.code === "Publish.BadName";

Deno.test("a name is taken while its publisher is decided about, and nothing is published yet", async () => {
  const { hub, connect, resolve, told } = undecided();
  const decision = hub.publish(connect(), "live", PUBLISHER);
  deepEqual([hub.isTaken("live"), hub.isFree("live")], [true, false]);
  equal(hub.publication("live"), undefined);
  equal([...hub.publications()].length, 0);
  throws(() => hub.publish(connect(), "live", PUBLISHER), badName);
  equal(hub.publishFromScript("live"), undefined);
  deepEqual(told, []);
  resolve();
  const publication = await decision;
  equal(hub.publication("live"), publication);
  deepEqual([...hub.publications()], [publication]);
  deepEqual(told, ["+live"]);
});

Deno.test("a publisher that is refused, or leaves while it waits, gives the name back", async () => {
  for (const end of ["refused", "left"]) {
    const { hub, connect, reject, told } = undecided();
    const client = connect();
    const decision = hub.publish(client, "live", PUBLISHER);
    if (end === "refused") reject(new Refusal("Publish.Failed", "no"));
    else hub.disconnect(client);
    await rejects(Promise.resolve(decision), Refusal, end);
    equal(hub.isFree("live"), true, end);
    deepEqual(told, [], end);
  }
});

Deno.test("a handler gives a publication another name before it begins", () => {
  const { hub, connect } = setUp();
  hub.handler = { ...openHandler, onPublish: (question) => question.rename("ann") };
  const publication = decided(
    hub.publish(connect(), "key", PUBLISHER, { parameters: new Map([["a", "1"]]) }),
  );
  deepEqual([publication.name, publication.parameters.get("a")], ["ann", "1"]);
  deepEqual([hub.isFree("key"), hub.publication("ann")], [true, publication]);
  throws(() => hub.publish(connect(), "other", PUBLISHER), badName);
  deepEqual([hub.isFree("other"), hub.publication("ann")], [true, publication]);
});

Deno.test("a client that has left takes no other name", async () => {
  const { hub, connect, questions } = undecided();
  const client = connect();
  const decision = hub.publish(client, "live", PUBLISHER);
  hub.disconnect(client);
  await rejects(Promise.resolve(decision), Refusal);
  throws(() => questions[0]?.rename("other"), Refusal);
  deepEqual([hub.isFree("live"), hub.isFree("other")], [true, true]);
});
