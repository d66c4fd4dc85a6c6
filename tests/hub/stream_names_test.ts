import { deepEqual, equal, throws } from "node:assert/strict";
import { Client, Hub, openHandler, Refusal, StreamNames } from "../../src/hub/mod.ts";
import { decided } from "../support/decided.ts";
import { FakeClock } from "../support/fake_clock.ts";
import { CountingSink, PUBLISHER } from "./scene.ts";

const APPLICATIONS = ["/live", "/live/a", "/hello"];
const hasApplication = (path: string) => APPLICATIONS.includes(path);

Deno.test("names of applications are taken apart as they are put together", () => {
  const names = new StreamNames("application", hasApplication);
  for (
    const [path, localName, name] of [
      ["", "test", "test"],
      ["/live", "test", "live/test"],
      ["/live", "b/test", "live/b/test"],
      ["/live/a", "test", "live/a/test"],
      ["/live", "a", "live/a"],
      ["", "other/test", "other/test"],
      ["/live", "/test", "live//test"],
      ["", "/live/test", "/live/test"],
      ["/live", "", ""],
      ["/live", "../hello/test", "live/../hello/test"],
    ] as const
  ) {
    equal(names.nameOf(path, localName, "Publish.BadName"), name);
    if (name !== "") deepEqual(names.split(name), { application: path, localName });
  }
  for (const [path, localName] of [["", "live/test"], ["/live", "a/test"], ["", "live/a/test"]]) {
    throws(() => names.nameOf(path ?? "", localName ?? "", "Publish.BadName"), Refusal, localName);
  }
  const shared = new StreamNames("server", hasApplication);
  equal(shared.nameOf("/live", "a/test", "Publish.BadName"), "a/test");
  deepEqual(shared.split("live/test"), { application: "", localName: "live/test" });
});

Deno.test("applications publish and play under names of their own", () => {
  const hub = new Hub({ clock: new FakeClock(), names: "application" });
  hub.handler = { ...openHandler, hasApplication };
  const connect = (path: string) => {
    const properties = new Map<string, string>();
    const address = "192.0.2.1:5000";
    return new Client({ protocol: "RTMP", address, path, query: "", properties });
  };
  const [live, hello] = [connect("/live"), connect("/hello")];
  const first = decided(hub.publish(live, "test", PUBLISHER));
  const second = decided(hub.publish(hello, "test", PUBLISHER));
  deepEqual([first.name, first.application, first.localName], ["live/test", "/live", "test"]);
  equal(second.name, "hello/test");
  throws(() => hub.publish(connect("/live"), "test", PUBLISHER), Refusal);
  throws(() => hub.publish(connect(""), "live/other", PUBLISHER), Refusal);
  throws(() => hub.subscribe(connect(""), "live/test", new CountingSink()), Refusal);
  equal(decided(hub.subscribe(connect("/hello"), "test", new CountingSink())).publication, second);
  equal(hub.publishFromScript("clock", "/live")?.name, "live/clock");
  equal(hub.publishFromScript("live/clock2"), undefined);
  equal(
    hub.tap({
      name: "live/test",
      encoder: { encode: () => undefined } as never,
      onReady() {},
      onOverrun() {},
    }).publication,
    first,
  );
});
