import { deepEqual, equal } from "node:assert/strict";
import { settled } from "../support/decided.ts";
import { answered, Hooked } from "./hook_support.ts";

const rules = "publish.*=any\nplay.*=any\nhookRetries=0\n";

Deno.test("a hook is told what begins and ends, those of one client in order", async () => {
  const hooked = new Hooked(rules);
  const client = hooked.connect();
  const publication = await hooked.publish(client, "test?a=1");
  const listener = await hooked.play(client, "test");
  hooked.hub.unsubscribe(listener);
  hooked.hub.unpublish(publication);
  await settled();
  deepEqual(
    hooked.bodies.map(({ event, stream, client, query }) => [event, stream, client, query]),
    [
      ["publish", "test", client.id, "a=1"],
      ["play", "test", client.id, undefined],
      ["stop", "test", client.id, undefined],
      ["unpublish", "test", client.id, "a=1"],
    ],
  );
});

Deno.test("publications without a client are told, but not those of another server", async () => {
  const hooked = new Hooked(rules);
  const script = hooked.hub.publishFromScript("clock");
  const server = hooked.hub.publishFrom({ kind: "server", id: "s2" }, "there");
  for (const publication of [script, server]) {
    if (publication !== undefined) hooked.hub.unpublish(publication);
  }
  await settled();
  deepEqual(
    hooked.bodies.map(({ event, stream, client }) => [event, stream, client]),
    [["publish", "clock", "script:clock"], ["unpublish", "clock", "script:clock"]],
  );
});

Deno.test("a recording that is whole is told, in the words of each form", async () => {
  const words = { json: "event", nginx: "call", srs: "action" };
  for (const [format, word] of Object.entries(words)) {
    const hooked = new Hooked(`${rules}hookFormat=${format}\n`);
    const publication = await hooked.publish(hooked.connect(), "test");
    hooked.hub.unpublish(publication);
    const file = {
      application: "/live",
      stream: "test",
      name: "test/1.mp4",
      path: "/rec/live/test/1.mp4",
      format: "mp4",
      start: 0,
      duration: 1,
      size: 1,
      gaps: [],
    };
    for (const each of hooked.hub.observers) each.onRecorded?.(publication, file);
    await settled();
    const body = hooked.requests.at(-1)?.body ?? "";
    const told: Record<string, string> = format === "nginx"
      ? Object.fromEntries(new URLSearchParams(body))
      : JSON.parse(body);
    deepEqual(
      [told[word], told.file ?? told.path, told.stream ?? told.name],
      [{ json: "recorded", nginx: "record_done", srs: "on_dvr" }[format], file.path, "test"],
    );
  }
});

Deno.test("events wait for a slow hook up to a bound, and what is left out is logged once", async () => {
  const hooked = new Hooked(rules);
  const { promise, resolve } = Promise.withResolvers<ReturnType<typeof answered>>();
  hooked.answer = () => promise;
  for (let count = 0; count < 5_010; count++) {
    const publication = hooked.hub.publishFromScript(`s${count}`);
    if (publication !== undefined) hooked.hub.unpublish(publication);
  }
  equal(hooked.events.waiting, 10_000);
  deepEqual(hooked.log.lines, ["WARN the hook is too slow for its events: some are left out"]);
  hooked.events.close();
  resolve(answered(200));
  await settled();
  equal(hooked.requests.length, 1);
});
